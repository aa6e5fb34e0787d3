/**
 * Binary logs by an attacker who can write to the bucket. They are replayed on a copy of the server inside the task,
 * and may contain any statement: none of them reads a file of the task into the copy, or writes one outside it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardFiles } from '../../containers/restore/physical/file-guard.ts';
import { stageInnodbCopy } from '../../containers/restore/physical/innodb/innodb-copy.ts';
import { mysqlToolTls } from '../../lib/engines/connect/tls.ts';
import { clientFlavour } from '../../lib/engines/mysql/load/commands.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { fileSource } from '../../lib/pipeline/download/file-source.ts';
import { runSql } from '../support/harness.ts';
import { type InnodbChain, makeInnodbChain } from '../support/physical/innodb-chain.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

const SECRET = 'a secret of the task';

/** The log with the statement that ends with `marker` replaced; every event is valid by itself. */
function forged(log: Buffer, marker: string, statement: string): Buffer {
  const HEADER = 19;
  const CRC = 4;
  const events: Buffer[] = [log.subarray(0, 4)];
  let position = 4;
  for (let at = 4; at < log.length; ) {
    const size = log.readUInt32LE(at + 9);
    const event = log.subarray(at, at + size);
    at += size;
    const begin = event[4] === 2 ? event.indexOf('INSERT INTO shop.items') : -1;
    const isIt = begin > HEADER && event.includes(marker);
    const body = isIt ? Buffer.concat([event.subarray(0, begin), Buffer.from(statement)]) : event.subarray(0, -CRC);
    const made = Buffer.concat([body, Buffer.alloc(CRC)]);
    position += made.length;
    made.writeUInt32LE(made.length, 9);
    // the events of a transaction's cache have none
    if (made.readUInt32LE(13) !== 0) made.writeUInt32LE(position, 13);
    made.writeUInt32LE(crc32(made.subarray(0, -CRC)), made.length - CRC);
    events.push(made);
  }
  const whole = Buffer.concat(events);
  expect(whole.includes(statement)).toBe(true);
  return whole;
}

describe('replaying a log on a copy of MariaDB', () => {
  let made: InnodbChain;
  let secret: string;
  beforeAll(async () => {
    made = await makeInnodbChain();
    secret = join(made.directory, 'secret.txt');
    await writeFile(secret, `${SECRET}\n`);
    await chmod(secret, 0o644);
  });
  afterAll(() => made?.remove());

  /** The dump of `shop` after a replay up to before the table is dropped. */
  async function replayed(statement: (directory: string) => string): Promise<string> {
    const directory = await mkdtemp(join(made.directory, 'staged-'));
    const logs = await mkdtemp(join(made.directory, 'logs-'));
    for (const name of made.logNames) await copyFile(join(made.logsDirectory, name), join(logs, name));
    const holding = [];
    for (const name of made.logNames) {
      const log = await readFile(join(logs, name));
      if (log.includes("VALUES ('late'")) holding.push({ name, log });
    }
    const [{ name, log } = { name: '', log: Buffer.alloc(0) }] = holding;
    await writeFile(join(logs, name), forged(log, "VALUES ('late'", statement(directory)));
    const staged = await stageInnodbCopy(
      {
        chain: made.objects.map(({ backup }) => backup),
        target: { kind: 'time', time: made.beforeDrop },
        directory,
        signal: new AbortController().signal,
        telling: { log: () => {}, warn: () => {}, stage: () => {}, progress: () => {} },
        took: () => {},
      },
      made.objects,
      { names: made.logNames, source: (one) => fileSource(join(logs, one)) },
    );
    try {
      let dump = '';
      for await (const chunk of staged.dump('shop')) dump += chunk.toString('latin1');
      return dump;
    } finally {
      await staged.stop();
    }
  }

  it('works if its statement was replaced by an honest one', async () => {
    expect(await replayed(() => "INSERT INTO shop.items (name) VALUES ('as good')")).toContain('as good');
  });

  it.each([
    ['LOAD DATA LOCAL', (file: string) => `LOAD DATA LOCAL INFILE '${file}' INTO TABLE shop.items (name)`],
    ['LOAD XML LOCAL', (file: string) => `LOAD XML LOCAL INFILE '${file}' INTO TABLE shop.items (name)`],
    [
      'LOAD DATA LOCAL after another statement',
      (file: string) => `DO 1; LOAD DATA LOCAL INFILE '${file}' INTO TABLE shop.items (name)`,
    ],
  ])('gives the server no file of the task: %s', async (_, attack) => {
    await expect(replayed(() => attack(secret))).rejects.toThrow(`is not accepted: it reads the file ${secret}`);
  });

  it('gives no file from elsewhere whose path begins like that of a LOAD DATA', async () => {
    await expect(
      replayed(
        (directory) => `LOAD DATA LOCAL INFILE '${directory}/loads/../../secret.txt' INTO TABLE shop.items (name)`,
      ),
    ).rejects.toThrow('is not accepted: it reads the file');
  });

  it.each([
    ['LOAD DATA', (file: string) => `LOAD DATA INFILE '${file}' INTO TABLE shop.items (name)`],
    ['LOAD_FILE', (file: string) => `INSERT INTO shop.items (name) VALUES (LOAD_FILE('${file}'))`],
    ['INTO OUTFILE', (file: string) => `SELECT 'planted' INTO OUTFILE '${file}.planted'`],
    ['INTO DUMPFILE', (file: string) => `SELECT 'planted' INTO DUMPFILE '${file}.planted'`],
  ])('gives the copy’s server no access to files: %s', async (_, attack) => {
    await chmod(made.directory, 0o777);
    const dump = await replayed(() => attack(secret)).catch((error: Error) => error.message);
    expect(dump).not.toContain(SECRET);
    await expect(readFile(`${secret}.planted`)).rejects.toThrow('ENOENT');
  });
});

describe.each(['mariadb', 'mysql'] as const)('a session with %s through the guard', (dbType) => {
  let server: RunningServer | undefined;
  let directory: string;
  let files: string;
  let upstream: string;
  beforeAll(async () => {
    server = await startServer(dbType, ['--local-infile=1']);
    if (server === undefined) return;
    directory = await mkdtemp('/tmp/jagad-guard-');
    files = join(directory, 'files');
    await mkdir(files);
    await writeFile(join(directory, 'secret.txt'), `${SECRET}\n`);
    await writeFile(join(files, 'rows'), 'from a file\n'.repeat(20_000));
    await symlink(join(directory, 'secret.txt'), join(files, 'link'));
    await runSql(server, undefined, ['CREATE DATABASE d', 'CREATE TABLE d.t (a text)']);
    const [places] = await runSql(server, undefined, ['SELECT @@datadir AS data, @@socket AS socket']);
    upstream = join(String(places?.data), String(places?.socket));
  });
  afterAll(async () => {
    await server?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  async function run(sql: string): Promise<{ code: number; stdout: string; refused: string | undefined }> {
    const { username, password, binDir = '' } = server as RunningServer;
    const socket = join(directory, 'guard.sock');
    const guard = await guardFiles(socket, upstream, files);
    const name = join(binDir, dbType === 'mysql' ? 'mysql' : 'mariadb');
    const settings = join(directory, 'client.cnf');
    await writeFile(settings, `[client]\npassword="${password}"\n`);
    const child = spawn(
      name,
      [
        `--defaults-file=${settings}`,
        `--user=${username}`,
        `--socket=${socket}`,
        '--protocol=SOCKET',
        '--local-infile=1',
        ...mysqlToolTls(clientFlavour(dbType), 'disable', false, ''),
        '--batch',
        '--skip-column-names',
        'd',
      ],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    child.stdin.on('error', () => {});
    child.stdin.end(sql);
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    await guard.close();
    return { code, stdout, refused: guard.refused() };
  }

  it('gets the files of its directory, and rows and results of any size', async ({ skip }) => {
    if (server === undefined) skip(NO_MYSQL);
    const long = 'x'.repeat(100_000);
    const got = await run(
      `LOAD DATA LOCAL INFILE '${files}/rows' INTO TABLE t; SELECT COUNT(*) FROM t; SELECT NULL; SELECT '${long}'; SELECT a FROM t;`,
    );
    expect(got.refused).toBeUndefined();
    expect(got.code).toBe(0);
    expect(got.stdout).toBe(`20000\nNULL\n${long}\n${'from a file\n'.repeat(20_000)}`);
  });

  it.each(['../secret.txt', '/etc/passwd', 'link', 'missing', '', '.'])('gets no other file: %s', async (name) => {
    if (server === undefined) return;
    await runSql(server, undefined, ['TRUNCATE TABLE d.t']);
    const path = name.startsWith('/') ? name : `${files}/${name}`;
    const { code, refused } = await run(`LOAD DATA LOCAL INFILE '${path}' INTO TABLE t;`);
    expect(refused).toBe(path);
    expect(code).not.toBe(0);
    expect(await runSql(server, undefined, ['SELECT * FROM d.t'])).toEqual([]);
  });
});
