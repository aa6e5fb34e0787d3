/** Attacks on the other paths that read a dump: the command line, and the whole service for MySQL and MariaDB. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { typed } from '../cli/typed.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { attacksWith as mysqlAttacks, dumpOf as mysqlDump, SECRET } from './attacks-mysql.ts';
import { attacksWith as plainAttacks, dumpOf as plainDump } from './attacks-postgres-plain.ts';

const directory = mkdtempSync(join(tmpdir(), 'jagad-hostile-'));
const secretFile = join(directory, 'secret');
writeFileSync(secretFile, SECRET);
afterAll(() => rmSync(directory, { recursive: true }));

let databases = 0;
/** Verifies, and restores unverified, which makes the missing database: both have to name the line. */
async function expectRefusedByCli(dump: Buffer, server: RunningServer): Promise<void> {
  const file = join(directory, 'dump.sql.gz');
  writeFileSync(file, gzipSync(dump));
  const { dbType, host, port, username, password } = server;
  const to = `${dbType}://${username}@${host}:${port}/target_cli_${++databases}`;
  const verified = await typed(['verify', file]);
  const restored = await typed(['restore', file, '--to', to, '--yes', '--verify', 'skip'], {
    JAGAD_TARGET_PASSWORD: password,
  });
  for (const { code, stderr } of [verified, restored]) {
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/line \d+.*not accepted/)]);
    expect(stderr).not.toMatch(/damaged/i);
  }
}

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  let harness: Harness;
  beforeAll(async () => {
    server = await startServer(dbType, ['--secure-file-priv=', '--local-infile=1']);
    if (server === undefined) return;
    harness = await startHarness(server);
    await runSql(server, undefined, [
      ...['CREATE DATABASE victim', 'CREATE TABLE victim.v (a text)', `INSERT INTO victim.v VALUES ('${SECRET}')`],
    ]);
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
  });
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  const witnesses = async () => [
    await harness.sql(undefined, 'SELECT * FROM victim.v'),
    await harness.sql(undefined, 'SHOW TABLES IN victim'),
    await harness.sql(undefined, 'SELECT User FROM mysql.user ORDER BY 1'),
    await harness.sql(undefined, 'SELECT @@GLOBAL.max_connections AS n'),
  ];
  /** Those that are refused for their content: for the others, only the server knows where a statement ends. */
  const attacks = mysqlAttacks(secretFile).filter(
    ({ name, on, loads }) => (on ?? dbType) === dbType && !loads && !/^a (statement after|call of)/.test(name),
  );

  it('are refused by the command line', async () => {
    const before = await witnesses();
    for (const name of ['LOAD_FILE', 'a mode from a variable', 'the character set gbk', 'RENAME']) {
      const attack = attacks.find((one) => one.name === name);
      await expectRefusedByCli(mysqlDump(attack?.sql ?? ''), server as RunningServer);
    }
    expect(await witnesses()).toEqual(before);
  });

  it('are refused by a restore through the service, which calls nothing damaged', async () => {
    const before = await witnesses();
    const refused = await Promise.all(
      attacks.map(async ({ name, sql }, index) => {
        const backup = await harness.addBackup(harness.backups[1], gzipSync(mysqlDump(sql)), {
          ...{ database_name: 'target', size_bytes: null, checksum: null },
        });
        const { status, error } = await harness.restore(backup, { target_database: `target_${index}_sent` });
        const { body } = await harness.api.call('GET', `/api/backups/${backup.id}`);
        const { verify_status, verify_error } = body as Backup;
        return { name, status, verify_status, isSame: error?.message === verify_error, verify_error };
      }),
    );
    for (const { name, verify_error, ...rest } of refused) {
      expect([name, rest]).toEqual([name, { status: 'failed', verify_status: 'failed', isSame: true }]);
      expect([name, verify_error]).toEqual([name, expect.stringMatching(/^RESTORE ERROR: line \d+.*not accepted/)]);
      expect([name, verify_error]).not.toEqual([name, expect.stringMatching(/damaged/i)]);
    }
    expect(await witnesses()).toEqual(before);
    expect(await harness.sql(undefined, "SHOW DATABASES LIKE 'target\\\\_%\\\\_sent'")).toEqual([]);
  }, 180_000);
});

describe('plain SQL of PostgreSQL', () => {
  it('is refused by the command line', async () => {
    const server = (await startServer('postgresql')) as RunningServer;
    try {
      await runSql(server, undefined, ['CREATE DATABASE victim', 'CREATE ROLE public_role']);
      const attacks = plainAttacks((name) => join(directory, `trace-${name.replaceAll(/\W/g, '-')}`), secretFile);
      for (const name of ['a command of psql', 'END, then DROP DATABASE', 'rows from a program', 'a role']) {
        await expectRefusedByCli(plainDump(attacks[name]?.sql ?? ''), server);
      }
      const names = await runSql(server, undefined, [
        "SELECT datname FROM pg_database WHERE datname NOT LIKE 'target%' ORDER BY 1",
      ]);
      expect(names.map(({ datname }) => datname)).toEqual(['postgres', 'template0', 'template1', 'victim']);
    } finally {
      await server.stop();
    }
  });
});
