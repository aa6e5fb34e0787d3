import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { startMariadb } from '../../../lib/local/servers/mariadb.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { answer, expected, runSql } from '../../support/harness.ts';
import { FIXTURES, typed } from '../typed.ts';

const { postgresEncrypted, postgresPlain, mariadbPlain } = FIXTURES;

let directory: string;
let postgres: RunningServer;
let mariadb: RunningServer;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-cli-'));
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), mariadb.stop()]);
  rmSync(directory, { recursive: true });
});

const to = ({ dbType, host, port, username }: RunningServer, database: string) =>
  `${dbType}://${username}@${host}:${port}/${database}`;
const passwordOf = ({ password }: RunningServer) => ({ JAGAD_TARGET_PASSWORD: password });
const restore = (object: string, database: string, ...more: string[]) =>
  typed(['restore', object, '--to', to(postgres, database), ...more], passwordOf(postgres));

async function exists(database: string): Promise<boolean> {
  const rows = await runSql(postgres, 'postgres', [`SELECT FROM pg_database WHERE datname = '${database}'`]);
  return rows.length > 0;
}

it('creates the database, restores, and logs as the service does', async () => {
  const env = { ...passwordOf(postgres), JAGAD_ENCRYPTION_KEY: expected.encryption_key };
  const { code, stdout, stderr } = await typed(['restore', postgresEncrypted, '--to', to(postgres, 'new one')], env);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^CHECKSUM: none was given; the structure is sound \(SHA-256 b954309c/),
    `DOWNLOAD: ${postgresEncrypted} (403705 bytes)`,
    expect.stringMatching(/^NOTE: pg_restore \d+ restores into PostgreSQL \d+$/),
    expect.stringMatching(/^NOTE: the role jagad_restore_[0-9a-f]{32} loads the dump, since postgres is a superuser$/),
    expect.stringMatching(/^ANALYZE: OK \((\d+) of \1 new tables have statistics\)$/),
    'DECRYPT: OK (AES-256-GCM)',
    'DECOMPRESS: 356073 -> 386845 bytes',
    'RESTORE: OK',
  ]);
  expect(await answer(postgres, 'new one')).toBe(expected.postgresql.row);
});

it('asks before it writes to an existing database', async () => {
  await runSql(postgres, 'postgres', ['CREATE DATABASE taken']);
  await runSql(postgres, 'taken', ['CREATE TABLE notes (id int)', 'INSERT INTO notes SELECT generate_series(1, 7)']);
  const refused = await restore(postgresPlain, 'taken');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^database taken at 127\.0\.0\.1:\d+ exists: 1 table, about 7 rows/);
  expect(refused.stderr).toContain('or add --yes');
  const restored = await restore(postgresPlain, 'taken', '--yes');
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  expect(restored.stdout).toContain('WARNING: table public.notes is not in the backup and stays as it is');
  expect(await answer(postgres, 'taken')).toBe(expected.postgresql.row);
});

it('leaves the target alone if the backup is damaged', async () => {
  const bytes = readFileSync(postgresPlain);
  bytes[200_001] = (bytes[200_001] as number) ^ 1;
  const faulty = join(directory, 'faulty');
  writeFileSync(faulty, bytes);
  expect(await restore(faulty, 'never')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('DECOMPRESS ERROR'),
  });
  const other = await restore(postgresPlain, 'never', '--sha256', 'ab'.repeat(32));
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('CHECKSUM MISMATCH') });
  expect(await exists('never')).toBe(false);
});

it('says that nothing was verified if verification was skipped', async () => {
  const { code, stdout } = await restore(postgresPlain, 'hasty', '--verify', 'skip');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^WARNING: the backup was not verified, as requested/);
  expect(await answer(postgres, 'hasty')).toBe(expected.postgresql.row);
});

it('exits with 3 if the target refuses, and says why', async () => {
  await runSql(postgres, 'postgres', ['CREATE DATABASE blocked']);
  await restore(postgresPlain, 'blocked', '--yes');
  await runSql(postgres, 'blocked', ['CREATE VIEW report AS SELECT id FROM sales.customers']);
  const blocked = await restore(postgresPlain, 'blocked', '--yes');
  expect(blocked).toMatchObject({ code: 3, stderr: expect.stringContaining('block the restore: view public.report') });
  const wrong = await typed(['restore', postgresPlain, '--to', to(postgres, 'x')], {
    JAGAD_TARGET_PASSWORD: 'hunter2',
  });
  expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot connect to the target') });
  expect(wrong.stderr).not.toContain('hunter2');
  const tls = await restore(postgresPlain, 'x', '--ssl-mode', 'require');
  expect(tls).toMatchObject({ code: 3, stderr: expect.stringContaining('does not support SSL') });
});

it('takes the password from a file, and none from a URL', async () => {
  const file = join(directory, 'password');
  writeFileSync(file, `${postgres.password}\nanother line\n`);
  const args = ['restore', postgresPlain, '--to', to(postgres, 'by_file')];
  expect(await typed([...args, '--password-file', file])).toMatchObject({ code: 0, stderr: '' });
  expect(await typed(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('Set JAGAD_TARGET_PASSWORD') });
  const url = to(postgres, 'x').replace('@', `:${postgres.password}@`);
  const inUrl = await typed(['restore', postgresPlain, '--to', url], passwordOf(postgres));
  expect(inUrl).toMatchObject({ code: 2, stderr: expect.stringContaining('--to contains a password') });
  expect(inUrl.stderr).not.toContain(postgres.password);
});

it('restores MariaDB, and distinguishes it from MySQL', async () => {
  const args = ['restore', mariadbPlain, '--to', to(mariadb, 'shop')];
  const { code, stdout, stderr } = await typed(args, passwordOf(mariadb));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/RESTORE: OK\n$/);
  expect(await answer(mariadb, 'shop')).toBe(expected['mysql and mariadb'].row);
  const asMysql = to({ ...mariadb, dbType: 'mysql' }, 'x');
  const other = await typed(['restore', mariadbPlain, '--to', asMysql], passwordOf(mariadb));
  expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining('Write --to mariadb://') });
});

it('restores an archive whose encoding the server cannot use for a database', async () => {
  await runSql(postgres, 'postgres', ['CREATE DATABASE umlauts']);
  await runSql(postgres, 'umlauts', ["CREATE TABLE t AS SELECT 'ä' AS letter"]);
  for (const encoding of ['LATIN1', 'WIN1252', 'GBK']) {
    const path = join(directory, `${encoding}.sql.gz`);
    if (encoding === 'GBK') await runSql(postgres, 'umlauts', ["UPDATE t SET letter = '表'"]);
    writeFileSync(path, gzipSync(await buffer(openDump(postgres, 'umlauts', [`--encoding=${encoding}`]))));
    const copy = `in_${encoding.toLowerCase()}`;
    const { code, stderr } = await restore(path, copy);
    expect([code, stderr]).toEqual([0, '']);
    expect(await runSql(postgres, copy, ['SELECT letter FROM t'])).toEqual(
      await runSql(postgres, 'umlauts', ['SELECT letter FROM t']),
    );
  }
});

it('says that the user may not create the database', async () => {
  await runSql(postgres, 'postgres', ["CREATE ROLE modest LOGIN PASSWORD 'modest'"]);
  await runSql(mariadb, undefined, ["CREATE USER modest IDENTIFIED BY 'modest'"]);
  for (const [server, object] of [
    [postgres, postgresPlain],
    [mariadb, mariadbPlain],
  ] as const) {
    const target = to({ ...server, username: 'modest' }, 'not_there');
    const { code, stderr } = await typed(['restore', object, '--to', target], { JAGAD_TARGET_PASSWORD: 'modest' });
    expect(code).toBe(3);
    if (server === postgres) {
      expect(stderr).toMatch(/^RESTORE ERROR: the database not_there cannot be created: .*denied/);
      expect(stderr).toContain('Create it first');
    } else {
      expect(stderr).toMatch(/^RESTORE ERROR: modest lacks rights .* CREATE \(for the database itself/);
      expect(stderr).toContain('GRANT CREATE, ');
    }
  }
});

it('reports the state of each table after a failed restore', async () => {
  await runSql(mariadb, undefined, ['CREATE DATABASE torn']);
  const tables = ['a', 'b', 'c'].flatMap((name) => [
    `CREATE TABLE ${name} (id int PRIMARY KEY)`,
    `INSERT INTO ${name} VALUES (1)`,
  ]);
  await runSql(mariadb, 'torn', tables);
  const dump = (await buffer(openDump(mariadb, 'torn'))).toString();
  const file = join(directory, 'torn.sql.gz');
  writeFileSync(file, gzipSync(dump.replace(/(INSERT INTO `b` VALUES\s*)\(1\)/, '$1(1),(1)')));
  const { code, stderr } = await typed(['restore', file, '--to', to(mariadb, 'torn'), '--yes'], passwordOf(mariadb));
  expect(code).not.toBe(0);
  expect(stderr).toMatch(
    /ERROR 1062 (.|\n)* The target is incomplete: [^\n]*\nIncomplete or missing: 1 table \(b\)\nComplete: 1 table \(a\)\nNot touched: 1 table \(c\)\n$/,
  );
});
