/** Restores into PostgreSQL that once failed without reason, or only seemed to succeed. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tellWaits } from '../../lib/engines/postgres/load/waits.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { aConnection } from '../support/records.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

let server: RunningServer;
const sql = (database: string | undefined, ...statements: string[]) => runSql(server, database, statements);
const load = (dump: Buffer, user: Partial<RunningServer> = {}, database = 'target') =>
  loadIntoPostgres({ ...server, ...user }, database, dump);
const drop = async (...databases: string[]) => {
  for (const database of databases) await sql(undefined, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
};

/** What pg_dump writes of a database with these things in it. */
async function dumpOf(...statements: string[]): Promise<Buffer> {
  await drop('source');
  await sql(undefined, 'CREATE DATABASE source');
  await sql('source', ...statements);
  return buffer(openDump(server, 'source'));
}

async function makeTarget(...statements: string[]): Promise<void> {
  await sql(undefined, 'CREATE DATABASE target');
  await sql('target', ...statements);
}

beforeAll(async () => {
  server = (await startServer('postgresql', ['-c', 'max_prepared_transactions=5'])) as RunningServer;
  await sql(undefined, "CREATE ROLE restorer LOGIN CREATEDB PASSWORD 'restorer'", 'CREATE ROLE app');
}, 60_000);
beforeEach(() => drop('target'));
afterAll(() => server?.stop());

const RESTORER = { username: 'restorer', password: 'restorer' };

describe('a user who does not own the objects that would be replaced', () => {
  it('is refused before the first write, with the object and its owner', async () => {
    const dump = await dumpOf('CREATE TABLE events (at int)', 'INSERT INTO events VALUES (1), (2), (3)');
    await makeTarget(
      'CREATE TABLE events (at int)',
      'INSERT INTO events VALUES (1), (2), (3)',
      'ALTER TABLE events OWNER TO app',
      'GRANT ALL ON SCHEMA public TO restorer',
      'GRANT SELECT, INSERT ON events TO restorer',
    );
    await sql(undefined, 'GRANT CREATE ON DATABASE target TO restorer');
    await expect(load(dump, RESTORER)).rejects.toMatchObject({
      message: "restorer can't replace objects that belong to others in database target: table public.events of app",
      hint: expect.stringContaining('as their owner'),
    });
    expect(await sql('target', 'SELECT count(*)::int AS n FROM events')).toEqual([{ n: 3 }]);
  });

  it('restores beside objects that it does not replace', async () => {
    const dump = await dumpOf('CREATE TABLE mine (a int)', 'INSERT INTO mine VALUES (1)');
    await makeTarget(
      'CREATE TABLE other (a int)',
      'ALTER TABLE other OWNER TO app',
      'GRANT ALL ON SCHEMA public TO restorer',
    );
    await sql(undefined, 'GRANT CREATE ON DATABASE target TO restorer');
    await load(dump, RESTORER);
    expect(await sql('target', 'SELECT a FROM mine')).toEqual([{ a: 1 }]);
  });
});

it.each([
  ['public.refuse()', /^division by zero \(TABLE t .*: DROP TABLE public\.t\)$/],
  // in our session, the search path is not the trigger's
  ['refuse()', /^function refuse\(\) does not exist \(TABLE t .*: DROP TABLE public\.t\)$/],
])('never adds rows to a table that an event trigger keeps from being dropped: %s', async (called, message) => {
  const dump = await dumpOf('CREATE TABLE t (a int)', 'INSERT INTO t SELECT generate_series(1, 1000)');
  await sql(undefined, 'CREATE DATABASE target OWNER restorer');
  await sql(
    'target',
    'CREATE TABLE t (a int)',
    'INSERT INTO t VALUES (5)',
    'ALTER TABLE t OWNER TO restorer',
    // a RAISE would be found before the first write
    'CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; END $$',
    `CREATE FUNCTION freeze() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ${called}; END $$`,
    "CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION freeze()",
  );
  await expect(load(dump, RESTORER)).rejects.toThrow(message);
  expect(await sql('target', 'SELECT a FROM t')).toEqual([{ a: 5 }]);
});

it('lists what is dropped along with the replaced objects', async () => {
  const dump = await dumpOf(
    'CREATE TABLE t (a int)',
    'CREATE INDEX by_a ON t (a)',
    'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a',
    'CREATE INDEX by_v ON v (a)',
  );
  await makeTarget(
    'CREATE TABLE t (a int)',
    'CREATE TABLE other (a int)',
    'CREATE INDEX by_a ON other (a)',
    'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a',
    'CREATE INDEX by_v ON v (a)',
    'CREATE PUBLICATION feed FOR TABLE t, other',
  );
  const lines = await load(dump);
  expect(lines).toContain(
    'table "public"."t" is replaced, which removes it from publication "feed": afterwards run ALTER PUBLICATION "feed" ADD TABLE "public"."t"',
  );
  expect(lines).toContain(
    'index public.by_a of table public.other is dropped: the backup has an index of that name on another table',
  );
  expect(lines.join('\n')).not.toContain('by_v');
  const published = 'SELECT tablename FROM pg_publication_tables';
  expect(await sql('target', published)).toEqual([{ tablename: 'other' }]);
  expect(await sql('target', 'ALTER PUBLICATION feed ADD TABLE t', `${published} ORDER BY 1`)).toHaveLength(2);
});

describe('the locale of a database that a restore creates', () => {
  it.each([
    ["LOCALE 'C'", "lower('ÄNNE')", 'Änne'],
    ["LOCALE 'C.UTF-8'", "lower('ÄNNE')", 'änne'],
    ["LOCALE_PROVIDER icu LOCALE 'C.UTF-8' ICU_LOCALE 'de-u-ks-level2'", "('a' < 'B' AND 'B' < 'c')", true],
  ])('is that of the source: %s', async (locale, expression, expected) => {
    await drop('source');
    await sql(undefined, `CREATE DATABASE source TEMPLATE template0 ENCODING 'UTF8' ${locale}`);
    await sql('source', 'CREATE TABLE t (a text)');
    await load(await buffer(openDump(server, 'source')));
    expect(await sql('target', `SELECT ${expression} AS x`)).toEqual([{ x: expected }]);
  });

  it('is reported if the server lacks it, or if it differs', async () => {
    await drop('source');
    await sql(undefined, "CREATE DATABASE source TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
    await sql('source', 'CREATE TABLE t (a text)');
    const dump = await buffer(openDump(server, 'source'));
    await sql(undefined, "CREATE DATABASE target TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
    expect((await load(dump)).join('\n')).toContain(
      "the database has the locale libc's C.UTF-8, and the backup libc's C",
    );
    await drop('target');
    const foreign = Buffer.from(dump.toString('latin1').replace("LOCALE = 'C'", "LOCALE = 'X'"), 'latin1');
    expect((await load(foreign)).join('\n')).toContain("could not have the locale of the backup, libc's X");
  });
});

it.each([
  ['archive', []],
  ['plain SQL', ['--format=plain']],
])(
  'a materialized view that cannot be filled is a warning with the statement that fills it: %s',
  async (_, options) => {
    await drop('source');
    await sql(undefined, 'CREATE DATABASE source');
    const counted = (from: string) =>
      'CREATE OR REPLACE FUNCTION counted() RETURNS TABLE (software int, n bigint) LANGUAGE sql STABLE AS ' +
      `'SELECT a.software, count(a.paper) FROM ${from}all_mentions() a GROUP BY a.software'`;
    await sql(
      'source',
      'CREATE TABLE mentions (software int, paper int)',
      'INSERT INTO mentions VALUES (1, 1), (1, 2), (2, 1)',
      'CREATE FUNCTION all_mentions() RETURNS TABLE (software int, paper int) LANGUAGE sql STABLE AS ' +
        "'SELECT m.software, m.paper FROM public.mentions m'",
      counted('public.'),
      'CREATE MATERIALIZED VIEW counts AS SELECT * FROM counted()',
      'CREATE UNIQUE INDEX ON counts (software)',
      // PostgreSQL 17 would not create the view from it
      counted(''),
    );
    const lines = await load(await buffer(openDump(server, 'source', options)));
    const cure =
      Number(server.version.split('.')[0]) < 17
        ? 'SET search_path = public; REFRESH MATERIALIZED VIEW public.counts;'
        : 'ALTER FUNCTION … SET search_path = public, for what it calls; then REFRESH MATERIALIZED VIEW public.counts;';
    expect(lines.join('\n')).toContain(`The rows of all tables are there. To fill it: ${cure}`);
    expect(await sql('target', 'SELECT count(*)::int AS n FROM mentions')).toEqual([{ n: 3 }]);
    const typed = cure.replace(', for what it calls; then', ';').replace('…', 'counted()');
    expect(await sql('target', ...typed.split(';').slice(0, -1), 'SELECT count(*)::int AS n FROM counts')).toEqual([
      { n: 2 },
    ]);
  },
);

it('reports every error, those that lose rows first', async () => {
  const dump = await dumpOf(
    'CREATE SCHEMA app',
    "CREATE FUNCTION public.tidy(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(trim($1))'",
    'CREATE FUNCTION public.slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS ' +
      "$$ BEGIN RETURN replace(tidy($1), ' ', '-'); END $$",
    'CREATE TABLE app.pages (id int PRIMARY KEY, title text, slug text GENERATED ALWAYS AS (public.slug(title)) STORED)',
    'CREATE TABLE app.plain (id int PRIMARY KEY, title text)',
    'CREATE INDEX plain_slug ON app.plain (public.slug(title))',
    "INSERT INTO app.pages (id, title) VALUES (1, ' Hello World ')",
    "INSERT INTO app.plain VALUES (1, 'A B')",
  );
  const lines: string[] = [];
  await expect(loadIntoPostgres(server, 'target', dump, (line) => lines.push(line))).rejects.toThrow(
    /^COPY failed for table "pages": .*\(and 1 more error: see the log\)$/,
  );
  expect(lines.filter((line) => line.startsWith('ERROR: '))).toEqual([
    expect.stringMatching(/^ERROR: COPY failed for table "pages": .*tidy/),
    expect.stringMatching(/^ERROR: function tidy\(text\) does not exist .*plain_slug/),
  ]);
});

describe('the schema public in a dump', () => {
  it.each(['into a new database', 'over existing objects'])('keeps its grants and its comment, %s', async (where) => {
    await drop('source');
    await sql(undefined, 'CREATE DATABASE source');
    await sql(
      'source',
      'CREATE TABLE t (id int PRIMARY KEY)',
      'INSERT INTO t VALUES (1)',
      "COMMENT ON SCHEMA public IS 'ours'",
      'GRANT USAGE ON SCHEMA public TO PUBLIC',
    );
    const dump = await buffer(openDump(server, 'source', ['-n', 'public']));
    if (where === 'over existing objects') await makeTarget('CREATE TABLE t (id int)', 'INSERT INTO t VALUES (8)');
    await load(dump);
    expect(await sql('target', 'SELECT id FROM t')).toEqual([{ id: 1 }]);
    const usage =
      "SELECT has_schema_privilege('app', 'public', 'USAGE') AS usage, obj_description('public'::regnamespace) AS said";
    expect(await sql('target', usage)).toEqual([{ usage: true, said: 'ours' }]);
  });
});

it('restored tables have statistics, unless that is switched off', async () => {
  const dump = await dumpOf('CREATE TABLE t (a int)', 'INSERT INTO t SELECT generate_series(1, 1000)');
  const known = 'SELECT n_distinct FROM pg_stats WHERE tablename = ' + "'t'";
  await load(dump);
  expect(await sql('target', known)).toEqual([]);
  const lines = await loadIntoPostgres(server, 'target', dump, () => {}, true);
  expect(lines).toContain('ANALYZE: OK (1 of 1 new tables have statistics)');
  expect(await sql('target', known)).toHaveLength(1);
});

describe('the log says what a restore is waiting for', () => {
  const OWN = { application: 'jagad-restore of a test', role: '' };

  async function told(hold: string[]): Promise<string> {
    await makeTarget('CREATE TABLE t (a int)');
    const { dbType: db_type, host, port, username, password } = server;
    const access = { connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }), password };
    const [holder, waiter] = [new pg.Client(login('holder')), new pg.Client(login(OWN.application))];
    // both are killed
    for (const client of [holder, waiter]) client.on('error', () => {});
    await Promise.all([holder.connect(), waiter.connect()]);
    for (const statement of hold) await holder.query(statement);
    const waiting = waiter.query('DROP TABLE t');
    waiting.catch(() => {});
    const lines: string[] = [];
    const waits = tellWaits(access, 'target', OWN, { log: (line) => lines.push(line) }, 50);
    try {
      await until(async () => lines.length > 0);
      return lines[0] as string;
    } finally {
      waits.stop();
      await sql(undefined, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ' + "'target'");
      await Promise.allSettled([waiting, holder.end(), waiter.end()]);
    }
  }

  function login(application_name: string) {
    const { host, port, username: user, password } = server;
    return { host, port, user, password, database: 'target', application_name };
  }

  it('if it is a session', async () => {
    expect(await told(['BEGIN', 'SELECT * FROM t'])).toMatch(
      /^WAITING: for a lock that session (\d+) of postgres \(holder\) holds \(idle in transaction, its transaction is \d+ s old\)\. To end it: SELECT pg_terminate_backend\(\1\);$/,
    );
  });

  it('if it is a prepared transaction', async () => {
    const line = await told(['BEGIN', 'INSERT INTO t VALUES (1)', "PREPARE TRANSACTION 'left behind'"]);
    await sql('target', "ROLLBACK PREPARED 'left behind'");
    expect(line).toMatch(/held by the prepared transaction 'left behind' of postgres, since .* ROLLBACK PREPARED/);
  });
});

it('loads a plain dump of a newer server without the settings and roles that the target lacks', async () => {
  const dump = await readFile(new URL('../fixtures/cases/plain-dump-newer-settings.sql', import.meta.url));
  const lines = await load(dump);
  expect(await sql('target', 'SELECT id, note FROM t ORDER BY id')).toEqual([
    { id: 1, note: 'SET transaction_timeout = 0;' },
    { id: 2, note: null },
  ]);
  const [{ known } = {}] = await sql(
    undefined,
    "SELECT current_setting('transaction_timeout', true) IS NOT NULL AS known",
  );
  if (!known) expect(lines.join('\n')).toContain('unrecognized configuration parameter "transaction_timeout"');
  expect(lines.join('\n')).toContain('role "app_owner_of_elsewhere" does not exist');
});

it.each([
  ['archive', []],
  ['plain SQL', ['--format=plain']],
])(
  'creates a range type if functions are not executable by default, and leaves no privilege behind: %s',
  async (_, options) => {
    await drop('source');
    await sql(undefined, 'CREATE DATABASE source');
    await sql('source', 'CREATE TYPE spans AS RANGE (subtype = float8)', 'CREATE TABLE t (a spans)');
    const closed = 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC';
    await makeTarget(closed);
    await load(await buffer(openDump(server, 'source', options)));
    const rights = `SELECT proacl::text AS acl FROM pg_proc WHERE proname IN ('spans', 'spanmultirange')
    UNION SELECT defaclacl::text FROM pg_default_acl`;
    expect(await sql('target', rights)).toEqual([{ acl: '{postgres=X/postgres}' }]);
  },
);
