/** A copy under another name doesn't affect its original, whatever its views, routines, triggers and events name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { loadWithEngine } from '../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const COMMON = [
  'CREATE TABLE users (id int PRIMARY KEY, name varchar(50))',
  'CREATE TABLE perf (id int PRIMARY KEY, val int)',
  'CREATE TABLE log (id int, what varchar(50))',
  "INSERT INTO users VALUES (1, 'ann'), (2, 'bob')",
  'INSERT INTO perf VALUES (1, 1), (2, 2)',
  'CREATE VIEW with_country AS SELECT u.id, c.name FROM users u JOIN shared.countries c ON c.id = u.id',
  "CREATE TRIGGER src.perf_au AFTER UPDATE ON src.perf FOR EACH ROW INSERT INTO log VALUES (OLD.id, 'updated')",
  "CREATE TRIGGER perf_ad AFTER DELETE ON perf FOR EACH ROW INSERT INTO src.log VALUES (OLD.id, 'deleted')",
  "CREATE PROCEDURE note_it(n int) INSERT INTO src.log VALUES (n, 'src.called')",
  'CREATE FUNCTION users_left() RETURNS int READS SQL DATA RETURN (SELECT COUNT(*) FROM src.users)',
  "CREATE PROCEDURE by_text() BEGIN SET @q = 'DELETE FROM src.users'; PREPARE s FROM @q; EXECUTE s; END",
  "CREATE EVENT tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO src.log VALUES (0, 'tick')",
];
const OF_MARIADB = [
  'CREATE SEQUENCE s START WITH 100',
  'CREATE TABLE numbered (id bigint NOT NULL DEFAULT nextval(s) PRIMARY KEY, note varchar(20))',
  "INSERT INTO numbered (note) VALUES ('a'), ('b')",
];

describe.each(['mariadb', 'mysql'] as const)('a copy on %s', (dbType) => {
  let server: RunningServer | undefined;
  let lines: string[] = [];
  const sql = (database: string | undefined, ...statements: string[]) =>
    runSql(server as RunningServer, database, statements);
  const count = async (database: string, table: string, where = '1 = 1') =>
    Number((await sql(database, `SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`))[0]?.n);

  beforeAll(async () => {
    server = await startServer(dbType);
    if (server === undefined) return;
    await sql(undefined, 'CREATE DATABASE src', 'CREATE DATABASE shared', 'SET GLOBAL event_scheduler = OFF');
    await sql(
      'shared',
      'CREATE TABLE countries (id int PRIMARY KEY, name varchar(9))',
      "INSERT INTO countries VALUES (1, 'CH')",
    );
    await sql('src', ...COMMON, ...(dbType === 'mariadb' ? OF_MARIADB : []));
    lines = await loadWithEngine(server, 'copy', openDump(server, 'src'));
  }, 60_000);
  afterAll(() => server?.stop());

  it('reads and writes only its own tables', async ({ skip }) => {
    if (server === undefined) skip(NO_MYSQL);
    const before = await count('src', 'log');
    await sql(
      'copy',
      'UPDATE perf SET val = 9',
      'DELETE FROM perf',
      'CALL note_it(7)',
      'DELETE FROM users WHERE id = 2',
    );
    expect(await count('src', 'log')).toBe(before);
    expect(await count('copy', 'log')).toBe(5);
    expect(await count('copy', 'log', "what = 'src.called'")).toBe(1);
    expect(Number((await sql('copy', 'SELECT users_left() AS n'))[0]?.n)).toBe(1);
    await sql('copy', 'DELETE FROM users');
    expect(await count('copy', 'with_country')).toBe(0);
    expect(await count('src', 'users')).toBe(2);
  });

  it('uses its own sequence in a default', async ({ skip }) => {
    if (dbType !== 'mariadb') skip();
    const next = async () => Number((await sql('src', 'SELECT NEXTVAL(s) AS n'))[0]?.n);
    const before = await next();
    await sql('copy', "INSERT INTO numbered (note) VALUES ('c')");
    expect(await next()).toBe(before + 1);
    expect(lines.join('\n')).not.toContain('`s` is not in the backup');
  });

  it('runs no event, and says how to enable it', async ({ skip }) => {
    if (server === undefined) skip(NO_MYSQL);
    const statusOf = async (database: string) =>
      (await sql(undefined, `SELECT STATUS AS s FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}'`))[0]
        ?.s;
    expect([await statusOf('src'), await statusOf('copy')]).toEqual(['ENABLED', 'DISABLED']);
    expect(lines).toContain('event `tick` is disabled in this copy; to have it run: ALTER EVENT `copy`.`tick` ENABLE');
    const before = await count('src', 'log');
    await sql('copy', 'ALTER EVENT `copy`.`tick` ENABLE');
    await sql('src', 'ALTER EVENT tick DISABLE', 'SET GLOBAL event_scheduler = ON');
    await until(async () => (await count('copy', 'log', "what = 'tick'")) > 0, 20_000);
    await sql('copy', 'SET GLOBAL event_scheduler = OFF');
    expect(await count('src', 'log')).toBe(before);
  });

  it('reports each object, and what it cannot rewrite', async ({ skip }) => {
    if (server === undefined) skip(NO_MYSQL);
    const text = lines.join('\n');
    for (const object of ['trigger `perf_ad`', 'procedure `note_it`', 'function `users_left`', 'event `tick`']) {
      expect(text).toContain(`NOTE: rewrote \`src\` to \`copy\` in ${object}`);
    }
    expect(lines).toContain('procedure `by_text` builds SQL as text that names `src`: it reaches into the original');
    expect(lines).toContain('view `with_country` names another database, `shared`');
  });
});
