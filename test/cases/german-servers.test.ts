/** Servers with German messages: a restore's decisions and hints depend on error codes, not on wording. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { dumpOfStatements, emptyDatabase, loadBothWays, loadWithEngine } from '../support/mysql-load.ts';
import { NO_POSTGRES_17, usePostgres17 } from '../support/postgres-17.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

const LOCALE = 'de_DE.UTF-8';
const NO_LOCALE = `this machine's PostgreSQL can't speak German: it needs the locale ${LOCALE} (localedef)`;
const SEVERAL_JOBS_BYTES = 64 * 1024 * 1024;
const WAYS = [
  ['an archive', [], 0],
  ['an archive by several jobs', [], SEVERAL_JOBS_BYTES],
  ['plain SQL', ['--format=plain'], 0],
] satisfies [string, string[], number][];
const OWNER = { username: 'login', password: 'login' };

// 17 last: from then on, this file uses its tools
describe.each(["the machine's PostgreSQL", 'PostgreSQL 17'])('%s', (which) => {
  let server: RunningServer;
  let missing: string | undefined;
  const sql = (database: string | undefined, ...statements: string[]) => runSql(server, database, statements);

  beforeAll(async () => {
    if (which === 'PostgreSQL 17' && !(await usePostgres17())) {
      missing = NO_POSTGRES_17;
      return;
    }
    const extraArgs = ['-c', `lc_messages=${LOCALE}`];
    const start = () =>
      which === 'PostgreSQL 17' ? startServer('postgresql', extraArgs) : startPostgres({ extraArgs });
    try {
      server = (await start()) as RunningServer;
    } catch (error) {
      if (!/lc_messages/.test((error as Error).message)) throw error;
      missing = NO_LOCALE;
      return;
    }
    await sql(undefined, `CREATE ROLE login LOGIN CREATEDB PASSWORD '${OWNER.password}'`);
  });
  afterAll(() => server?.stop());
  beforeEach(async (context) => {
    if (missing !== undefined) context.skip(missing);
    await sql(undefined, 'DROP DATABASE IF EXISTS source WITH (FORCE)', 'DROP DATABASE IF EXISTS target WITH (FORCE)');
    await sql(undefined, 'CREATE DATABASE source');
  });

  async function dumpOf(options: string[], ...statements: string[]): Promise<Buffer> {
    await sql('source', ...statements);
    return buffer(openDump(server, 'source', options));
  }

  it('writes its messages in German', async () => {
    await expect(sql(undefined, 'SELECT FROM nowhere')).rejects.toThrow('existiert nicht');
  });

  describe.each(WAYS)('%s', (_, options, bytes) => {
    it.each(['a superuser', 'an owner'])('restores with the same warnings, also over itself, by %s', async (who) => {
      const dump = await dumpOf(
        options,
        'CREATE ROLE app_gone',
        'CREATE TABLE orders (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)',
        "CREATE TABLE orders_new PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO (MAXVALUE)",
        "INSERT INTO orders VALUES (1, '2025-02-03')",
        'ALTER TABLE orders OWNER TO app_gone',
        'CREATE TABLE kept (a int)',
        'INSERT INTO kept VALUES (5)',
        'GRANT SELECT ON kept TO app_gone',
        'CREATE FUNCTION inner_one() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$',
        'CREATE FUNCTION outer_one() RETURNS int LANGUAGE sql STABLE AS $$ SELECT public.inner_one() $$',
        'CREATE MATERIALIZED VIEW one AS SELECT outer_one() AS a',
        'CREATE OR REPLACE FUNCTION outer_one() RETURNS int LANGUAGE sql STABLE AS $$ SELECT inner_one() $$',
      );
      await sql('source', 'DROP OWNED BY app_gone');
      await sql(undefined, 'DROP ROLE app_gone', `CREATE DATABASE target OWNER ${OWNER.username}`);
      const login = who === 'an owner' ? { ...server, ...OWNER } : server;
      for (const again of [false, true]) {
        const lines = await loadIntoPostgres(login, 'target', dump, () => {}, true, {
          dumpBytes: bytes || dump.length,
        });
        const told = lines.join('\n');
        expect(told, String(again)).toContain('app_gone');
        expect(told).toContain('materialized view public.one is empty');
        expect(await sql('target', 'SELECT (SELECT count(*)::int FROM orders) AS n, a FROM kept')).toEqual([
          { n: 1, a: 5 },
        ]);
      }
    });

    it.each(['a superuser', 'a trusted superuser'])('fails, and says how to fix the error: %s', async (who) => {
      const dump = await dumpOf(
        options,
        "CREATE FUNCTION tidy(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)'",
        "CREATE FUNCTION slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN tidy($1); END'",
        'CREATE TABLE pages (title text, slug text GENERATED ALWAYS AS (slug(title)) STORED)',
        'CREATE TABLE others (a int)',
        "INSERT INTO pages VALUES ('A')",
        'INSERT INTO others VALUES (1)',
      );
      await expect(
        loadIntoPostgres(server, 'target', dump, () => {}, false, {
          dumpBytes: bytes || dump.length,
          trusted: who === 'a trusted superuser',
        }),
      ).rejects.toMatchObject({ hint: expect.stringContaining('search_path') });
    });
  });
});

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer(dbType, ['--lc-messages=de_DE']);
  });
  afterAll(() => server?.stop());
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });
  const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;

  it("recognises the server's errors whatever their language", async () => {
    const own = server as RunningServer;
    await expect(runSql(own, undefined, ['SELECT * FROM nowhere.t'])).rejects.toThrow(/Tabelle|Datenbank/);
    const dump = await dumpOfStatements(own, [
      'CREATE TABLE offices (id int NOT NULL PRIMARY KEY)',
      // a foreign key on the base of a stored column: MariaDB only accepts it when it copies the table
      'CREATE TABLE people (id int PRIMARY KEY, office int, k int GENERATED ALWAYS AS (coalesce(office, 0)) STORED, ' +
        'KEY (office), CONSTRAINT in_office FOREIGN KEY (office) REFERENCES offices (id) ON DELETE RESTRICT)',
      'INSERT INTO offices VALUES (1)',
      'INSERT INTO people (id, office) VALUES (1, 1)',
      'CREATE VIEW those AS SELECT id FROM people',
      'CREATE TRIGGER first BEFORE INSERT ON people FOR EACH ROW SET NEW.id = NEW.id',
    ]);
    await loadBothWays(own, dump, 2);
    const foreign = Buffer.from(
      dump.toString('latin1').replace(/DEFINER=`root`@`[^`]*`/g, 'DEFINER=`gone`@`%`'),
      'latin1',
    );
    await emptyDatabase(own, 'parts');
    const told = await loadWithEngine(own, 'parts', chunks(foreign));
    expect(told.join('\n')).toContain('removed DEFINER=`gone`@`%`');
    expect(await runSql(own, 'parts', ['SELECT id FROM those'])).toEqual([{ id: 1 }]);
  });

  it('fails, and says how to fix the error', async () => {
    const own = server as RunningServer;
    const dump = await dumpOfStatements(own, ['CREATE TABLE t (a int)', 'INSERT INTO t VALUES (1), (1)']);
    const twice = Buffer.from(
      dump.toString('latin1').replace(/`a` int(\(11\))? DEFAULT NULL/, '`a` int NOT NULL,\n  UNIQUE KEY `k` (`a`)'),
      'latin1',
    );
    await emptyDatabase(own, 'parts');
    await expect(loadWithEngine(own, 'parts', chunks(twice))).rejects.toMatchObject({
      message: expect.stringMatching(/^ERROR 1062 .*(Doppelt|doppelt)/),
      hint: expect.stringContaining('the source has twice'),
    });
  });
});
