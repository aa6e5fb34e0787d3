/** Traps in real MySQL and MariaDB targets and dumps. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../lib/local/demo/sample/sample-data.ts';
import { addDump, backUp } from '../support/dumps.ts';
import { everyCase } from '../support/every-case.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

const END = '/*!40101 SET NAMES utf8mb4 */;\n-- Dump completed on 2026-11-22  2:00:00\n';

// the traps are in the dump, and the same code loads those of both
describe.each(everyCase<'mariadb' | 'mysql'>(['mariadb'], ['mysql']))('%s', (dbType) => {
  let harness: Harness;
  let stopServer = async () => {};
  let isThere = false;

  beforeAll(async () => {
    const server = await startServer(dbType);
    if (server === undefined) return;
    isThere = true;
    stopServer = server.stop;
    harness = await startHarness(server);
  });
  afterAll(async () => {
    await harness?.stop();
    await stopServer();
  });
  beforeEach((context) => {
    if (!isThere) context.skip(NO_MYSQL);
  });

  const collation = async (database: string) =>
    harness.sql(
      undefined,
      `SELECT default_collation_name AS name FROM information_schema.schemata WHERE schema_name = '${database}'`,
    );

  it('leaves the source alone if its routines bring ALTER DATABASE with them', async () => {
    const { sql, restore } = harness;
    await sql(undefined, 'CREATE DATABASE source CHARACTER SET utf8mb4 COLLATE utf8mb4_bin');
    await sql(
      'source',
      'CREATE TABLE t (id int PRIMARY KEY)',
      'CREATE FUNCTION two() RETURNS int DETERMINISTIC RETURN 2',
      'ALTER DATABASE source CHARACTER SET latin1 COLLATE latin1_swedish_ci',
    );
    const backup = await backUp(harness, 'source');
    await sql(
      undefined,
      'DROP DATABASE source',
      'CREATE DATABASE source CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
    );
    const before = [await collation('source'), await fingerprint(harness.server, 'source')];
    const ended = await restore(backup, { target_database: 'elsewhere' });
    expect(ended).toMatchObject({ status: 'success', log_output: expect.stringContaining('ALTER DATABASE `source`') });
    expect([await collation('source'), await fingerprint(harness.server, 'source')]).toEqual(before);
    expect(await sql('elsewhere', 'SELECT two() AS two')).toEqual([{ two: 2 }]);
  });

  const REFUSED = everyCase<readonly [statement: string, message: string]>(
    [
      ['USE other;', 'own database'],
      ['GRANT ALL ON *.* TO root@localhost;', 'the server'],
    ],
    [
      ['CREATE DATABASE other;', 'own database'],
      ['INSERT INTO other.t VALUES (1);', 'own database'],
    ],
  );
  it.each(REFUSED)('refuses a dump with %s', async (statement, message) => {
    const backup = await addDump(harness, `-- MariaDB dump\n${statement}\n${END}`, 'refusing');
    const ended = await harness.restore(backup);
    expect(ended).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(new RegExp(`^RESTORE ERROR: line 2: .*${message}`)) },
    });
  });

  it('leaves out statements that would change the whole server, and says so', async () => {
    const { sql, restore } = harness;
    const variable = 'SELECT @@GLOBAL.max_connections AS n';
    const before = await sql(undefined, variable);
    const dump = `-- MySQL dump\nSET @@SESSION.SQL_LOG_BIN= 0;\nSET GLOBAL max_connections = 7;\nCREATE TABLE t (id int);\n${END}`;
    const ended = await restore(await addDump(harness, dump, 'harmless'));
    expect(ended).toMatchObject({
      status: 'success',
      log_output: expect.stringMatching(/NOTE: left out SET SQL_LOG_BIN/),
    });
    expect(ended.log_output).toMatch(/MAX_CONNECTIONS/);
    expect(await sql(undefined, variable)).toEqual(before);
  });

  it('fails with the line of the dump and a hint if the server refuses a statement', async () => {
    const dump = `-- MySQL dump\nCREATE TABLE t (id int PRIMARY KEY);\n\nINSERT INTO t VALUES (1),(1);\n${END}`;
    expect(await harness.restore(await addDump(harness, dump, 'failing'))).toMatchObject({
      status: 'failed',
      error: {
        message: expect.stringMatching(/^RESTORE ERROR: ERROR 1062 .*at line 4/),
        hint: expect.stringContaining('incomplete'),
      },
    });
  });

  it('warns about objects that stay', async () => {
    const { sql, restore, backups } = harness;
    await sql(undefined, 'CREATE DATABASE staying');
    await sql(
      'staying',
      'CREATE TABLE customers (id int)',
      'CREATE TABLE notes (id int)',
      'CREATE VIEW report AS SELECT id FROM notes',
    );
    expect(await restore(backups[1], { target_database: 'staying' })).toMatchObject({
      status: 'success',
      warnings: [
        'event `purge_audit` is disabled in this copy; to have it run: ALTER EVENT `staying`.`purge_audit` ENABLE',
        'table notes is not in the backup and stays as it is',
        'view report is not in the backup and stays as it is',
      ],
    });
  });
});
