/** A chain of Mariabackup's, and the binary logs of its server, made once with the real programs. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainObject } from '../../../containers/restore/physical/innodb/innodb-copy.ts';
import { readCheckpoints } from '../../../lib/formats/innodb/files.ts';
import { writeJagadBackup } from '../../../lib/local/demo/backup/jagad-writer.ts';
import { backupRecord } from '../../../lib/local/demo/register.ts';
import { startMariadb } from '../../../lib/local/servers/mariadb.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { fileSource } from '../../../lib/pipeline/download/file-source.ts';
import { runSql } from '../harness.ts';
import { until } from '../until.ts';

export interface InnodbChain {
  /** Private to the chain; tests may write into it. */
  directory: string;
  /** Full, incremental (encrypted), incremental. Each one's own row is in shop.items. */
  objects: [ChainObject, ChainObject, ChainObject];
  /** The place and names of the binary logs: the last one begins before the table is dropped. */
  logsDirectory: string;
  logNames: string[];
  /** The transaction that put the row `late` into shop.items. */
  lateGtid: string;
  /** Between that one and the drop of shop.items. */
  beforeDrop: string;
  /** What the server's clock said before the first backup. */
  begin: string;
  remove(): Promise<void>;
}

const KEY = { id: 'chain', masterKey: 'the key of the chain' };

export async function makeInnodbChain(): Promise<InnodbChain> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-chain-'));
  await chmod(directory, 0o755); // the server reads a file in it
  const server = await startMariadb({ extraArgs: ['--log-bin=binlog', '--server-id=7'] });
  try {
    const sql = (...statements: string[]) => runSql(server, undefined, statements);
    const gtid = async () => String((await sql('SELECT @@gtid_binlog_pos AS gtid'))[0]?.gtid);
    await sql(
      'CREATE DATABASE shop',
      'CREATE DATABASE archive',
      'CREATE TABLE shop.items (id INT PRIMARY KEY AUTO_INCREMENT, name VARBINARY(200), made TIMESTAMP(6) NULL)',
    );
    const begin = new Date().toISOString();
    await sleep(1100); // binary logs know whole seconds
    await sql(addItem('full'));
    const full = await backUp(server, directory, 'full');
    await sql(addItem('first'));
    const first = await backUp(server, directory, 'first', { after: 'full', key: KEY.masterKey });
    await sql(addItem('second'));
    const second = await backUp(server, directory, 'second', { after: 'first' });

    const rows = join(directory, 'rows.txt');
    await writeFile(rows, 'loaded\n');
    await chmod(rows, 0o644);
    await sql(
      'CREATE TEMPORARY TABLE shop.draft (name VARBINARY(200))',
      "INSERT INTO shop.draft VALUES ('from a temporary table'), (X'00FF0A27')",
      'FLUSH BINARY LOGS',
      'SET binlog_format = STATEMENT',
      'INSERT INTO shop.items (name) SELECT name FROM shop.draft',
      `LOAD DATA INFILE '${rows}' INTO TABLE shop.items (name)`,
      "CREATE USER clerk IDENTIFIED BY 'secret'",
      'GRANT SELECT ON shop.* TO clerk',
      "CREATE PROCEDURE shop.tidy() BEGIN DELETE FROM items WHERE name = 'nothing'; SELECT ';'; END",
      'FLUSH BINARY LOGS',
      addItem('late'),
    );
    const lateGtid = await gtid();
    await sql('CREATE TABLE archive.notes (note TEXT)');
    await sleep(1100);
    const beforeDrop = new Date().toISOString();
    await sleep(1100);
    await sql('DROP TABLE shop.items', 'FLUSH BINARY LOGS', "INSERT INTO archive.notes VALUES ('after all')");

    const [{ data } = { data: '' }] = (await sql('SELECT @@datadir AS data')) as { data: string }[];
    const logsDirectory = join(directory, 'logs');
    await mkdir(logsDirectory);
    const logNames = (await readdir(data)).filter((name) => /^binlog\.\d+$/.test(name)).sort();
    for (const name of logNames) await copyFile(join(data, name), join(logsDirectory, name));
    return {
      directory,
      objects: [full, first, second],
      logsDirectory,
      logNames,
      lateGtid,
      beforeDrop,
      begin,
      remove: () => rm(directory, { recursive: true }),
    };
  } finally {
    await server.stop();
  }
}

function addItem(name: string): string {
  return `INSERT INTO shop.items (name, made) VALUES ('${name}', NOW(6))`;
}

/** A backup ends at the server's last checkpoint: it is to be one after those before it. */
async function checkpoint(server: RunningServer): Promise<void> {
  const lsn = async (name: string) => {
    const [row] = await runSql(server, undefined, [`SHOW GLOBAL STATUS LIKE 'Innodb_lsn_${name}'`]);
    return Number(row?.Value);
  };
  const written = await lsn('current');
  await runSql(server, undefined, [
    'SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0',
    'SET GLOBAL innodb_max_dirty_pages_pct = 0',
  ]);
  await until(async () => (await lsn('last_checkpoint')) >= written);
  // the checkpoint itself is logged, a moment later: a backup that begins right then may lack its last bytes
  for (let before = -1, now = await lsn('current'); now !== before; now = await lsn('current')) {
    before = now;
    await sleep(250);
  }
}

/** As Jagad runs it: an mbstream through gzip, and encrypted if there is a key. */
async function backUp(
  server: RunningServer,
  directory: string,
  name: string,
  { after, key }: { after?: string; key?: string } = {},
): Promise<ChainObject> {
  await checkpoint(server);
  const own = join(directory, `lsn-${name}`);
  const path = join(directory, `${name}.tar.gz`);
  const tool = spawn(
    'mariadb-backup',
    // biome-ignore format: one option a line says less
    ['--no-defaults', '--backup', '--stream=mbstream', `--host=${server.host}`, `--port=${server.port}`, `--user=${server.username}`,
      `--password=${server.password}`, `--target-dir=${own}`, `--extra-lsndir=${own}`,
      ...(after === undefined ? [] : [`--incremental-basedir=${join(directory, `lsn-${after}`)}`])],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  tool.stderr.on('data', (chunk) => {
    words = (words + chunk).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve) => tool.once('close', resolve));
  const { checksum, dumpBytes } = await writeJagadBackup({
    dump: tool.stdout,
    out: createWriteStream(path),
    ...(key === undefined ? {} : { encryptionKey: key }),
  });
  if ((await ended) !== 0) throw new Error(`mariadb-backup failed: ${words}`);
  const { fromLsn, toLsn } = readCheckpoints(await readFile(join(own, 'xtrabackup_checkpoints'), 'utf8'));
  const backup = backupRecord({
    connection_id: crypto.randomUUID(),
    db_type: 'mariadb',
    database_name: '*',
    storage_path: `mariabackup/myserver/${name}.tar.gz`,
    backup_type: after === undefined ? 'full' : 'incremental',
    engine: 'mariabackup',
    from_lsn: fromLsn,
    to_lsn: toLsn,
    object_bytes: (await stat(path)).size,
    size_bytes: dumpBytes,
    checksum,
  });
  return { backup, source: fileSource(path), keys: key === undefined ? [] : [KEY], checksum };
}
