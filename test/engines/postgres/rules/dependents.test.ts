import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Blockers, blockers } from '../../../../lib/engines/postgres/rules/dependents.ts';
import { DEPENDENTS_SQL, type DependencyRow } from '../../../../lib/engines/postgres/rules/dependents-query.ts';
import { PgRestoreStderr } from '../../../../lib/engines/postgres/rules/pg-restore-outcome.ts';
import type { PgRestoreOutcome } from '../../../../lib/engines/postgres/rules/pg-restore-verdict.ts';
import type { Toc } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { ArchiveReader } from '../../../../lib/formats/pg-dump/archive/reader.ts';
import { startPostgres } from '../../../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../../../lib/local/servers/throwaway.ts';

const SHOP = gunzipSync(
  readFileSync(
    new URL(
      '../../../fixtures/jagad/objects/backups/Production PG/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b02-20261122-030000.sql.gz',
      import.meta.url,
    ),
  ),
);
const ROWS = "SELECT (SELECT count(*) FROM sales.orders) || '|' || (SELECT count(*) FROM sales.customers) AS rows";

let server: RunningServer;
let databases = 0;

async function query<Row extends pg.QueryResultRow>(database: string, sql: string): Promise<Row[]> {
  const { host, port, username: user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(sql);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

async function tool(name: string, args: string[], input: Buffer = Buffer.alloc(0)) {
  const { host, port, username, password } = server;
  const env = { PGHOST: host, PGPORT: `${port}`, PGUSER: username, PGPASSWORD: password, LC_MESSAGES: 'C' };
  const child = spawn(join(server.binDir ?? '', name), args, { env });
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { stdout: Buffer.concat(output), stderr, exitCode: exitCode as number | null };
}

async function restore(database: string, archive: Buffer): Promise<PgRestoreOutcome> {
  const args = ['--clean', '--if-exists', '--no-password', `--dbname=${database}`];
  const { stderr, exitCode } = await tool('pg_restore', args, archive);
  const reading = new PgRestoreStderr(15);
  reading.push(stderr);
  return reading.outcome(exitCode);
}

async function dump(database: string): Promise<Buffer> {
  const args = ['-d', database, '--no-password', '--clean', '--if-exists', '--format=c'];
  const { stdout, stderr, exitCode } = await tool('pg_dump', args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

function tocOf(archive: Buffer): Toc {
  const reader = new ArchiveReader();
  reader.push(archive);
  reader.end();
  if (reader.toc === undefined) throw new Error('no table of contents');
  return reader.toc;
}

/** A new database, a copy of another one, with what the statements change. */
async function database(template: string, ...statements: string[]): Promise<string> {
  const name = `d${++databases}`;
  await query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template}`);
  for (const statement of statements) await query(name, statement);
  return name;
}

async function look(target: string, archive: Buffer): Promise<Blockers> {
  return blockers(await query<DependencyRow & pg.QueryResultRow>(target, DEPENDENTS_SQL), tocOf(archive));
}

beforeAll(async () => {
  server = await startPostgres();
  await query('postgres', 'CREATE DATABASE shop');
  expect(await restore('shop', SHOP)).toEqual({ status: 'success', warnings: [] });
}, 120_000);
afterAll(() => server?.stop());

describe('no blockers are', () => {
  it.each([
    ['an empty database', 'template0', []],
    ['objects that the same dump created', 'shop', []],
    ['missing rows', 'shop', ['DELETE FROM sales.orders WHERE id % 2 = 0']],
    ['a missing table', 'shop', ['DROP TABLE sales.orders CASCADE']],
    ['a missing schema', 'shop', ['DROP SCHEMA sales CASCADE']],
    ['a missing extension', 'shop', ['DROP EXTENSION pg_trgm CASCADE']],
    [
      'objects that are dropped with their table',
      'shop',
      [
        'CREATE INDEX ON sales.orders (status)',
        "ALTER TABLE sales.customers ADD note sales.order_status DEFAULT 'new', ADD serial serial",
        'CREATE INDEX i ON sales.customers (note)',
        'ALTER TABLE sales.orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID',
        'CREATE TRIGGER t AFTER INSERT ON sales.customers EXECUTE FUNCTION sales.audit_order()',
        'CREATE POLICY p ON sales.customers USING (id > (SELECT 0))',
        'CREATE RULE r AS ON UPDATE TO sales.customers DO ALSO NOTHING',
        'CREATE STATISTICS sales.s ON email, name FROM sales.customers',
        'CREATE PUBLICATION pub FOR TABLE sales.customers',
        "COMMENT ON TABLE sales.audit IS 'mine'",
      ],
    ],
  ])('%s', { timeout: 60_000 }, async (_, template, statements) => {
    const target = await database(template, ...statements);
    expect(await look(target, SHOP)).toEqual({ blocking: [], staying: [] });
    expect((await restore(target, SHOP)).status).not.toBe('failure');
    const [row] = await query<{ rows: string }>(target, ROWS);
    expect(row?.rows).toBe('20002|4000');
  });
});

describe('blockers are named', () => {
  it.each<[string, string[], string[]]>([
    [
      'a view',
      ['CREATE VIEW public.report AS SELECT id FROM sales.orders'],
      ['view public.report depends on table sales.orders'],
    ],
    [
      'views on views, the first one only for itself',
      ['CREATE VIEW public.a AS SELECT id FROM sales.orders', 'CREATE VIEW public.b AS SELECT * FROM public.a'],
      ['view public.a depends on table sales.orders'],
    ],
    [
      'a materialized view in a schema of the dump',
      ['CREATE MATERIALIZED VIEW sales."Top 10" AS SELECT * FROM sales.top_customers'],
      ['materialized view sales."Top 10" depends on view sales.top_customers'],
    ],
    [
      'a foreign key of another table',
      ['CREATE TABLE public.visits (customer bigint REFERENCES sales.customers)'],
      ['constraint visits_customer_fkey on public.visits depends on table sales.customers'],
    ],
    [
      'a foreign key between tables of the dump',
      ['ALTER TABLE sales.audit ADD c bigint CONSTRAINT extra REFERENCES sales.customers'],
      ['constraint extra on sales.audit depends on table sales.customers'],
    ],
    [
      'columns of types and domains',
      ['CREATE TABLE public.t (a sales.order_status)', 'CREATE TABLE public.u (a sales.positive_amount[])'],
      ['table public.t depends on type sales.order_status', 'table public.u depends on type sales.positive_amount'],
    ],
    [
      'a column of a row type',
      ['CREATE TABLE public.t (a sales.customers)'],
      ['table public.t depends on table sales.customers'],
    ],
    [
      'a default from a sequence',
      ["CREATE TABLE public.t (a bigint DEFAULT nextval('sales.audit_id_seq'))"],
      ['default value for public.t.a depends on sequence sales.audit_id_seq'],
    ],
    [
      'a trigger with a function',
      ['CREATE TABLE public.t ()', 'CREATE TRIGGER tr AFTER INSERT ON public.t EXECUTE FUNCTION sales.audit_order()'],
      ['trigger tr on public.t depends on function sales.audit_order()'],
    ],
    [
      'functions with types',
      ["CREATE FUNCTION public.f(sales.order_status) RETURNS text LANGUAGE sql AS 'SELECT $1::text'"],
      ['function public.f(sales.order_status) depends on type sales.order_status'],
    ],
    [
      'a policy that reads another table',
      ['CREATE TABLE public.t ()', 'CREATE POLICY p ON public.t USING (EXISTS (SELECT FROM sales.customers))'],
      ['policy p on public.t depends on table sales.customers'],
    ],
    [
      'a child by inheritance',
      ['CREATE TABLE public.more () INHERITS (sales.customers)'],
      ['table public.more depends on table sales.customers'],
    ],
    [
      'other objects in a schema of the dump',
      [
        'CREATE TABLE sales.notes (id serial PRIMARY KEY)',
        'CREATE TYPE sales.colour AS ENUM ()',
        "CREATE FUNCTION sales.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      ],
      [
        'function sales.f() depends on schema sales',
        'table sales.notes depends on schema sales',
        'type sales.colour depends on schema sales',
      ],
    ],
    [
      'an extension in a schema of the dump',
      ['CREATE EXTENSION citext SCHEMA "Mixed Case"'],
      ['extension citext depends on schema "Mixed Case"'],
    ],
    [
      'a table of the dump with a column of the type of a view that is dropped before it',
      ['ALTER TABLE sales.audit ADD v sales.top_customers'],
      ['table sales.audit depends on view sales.top_customers'],
    ],
    [
      'objects of the dump that depend on each other in a circle',
      [
        'ALTER TABLE sales.audit ADD v sales.top_customers',
        'CREATE OR REPLACE VIEW sales.top_customers AS SELECT c.id, c.name, 0.0 AS total FROM sales.customers c, sales.audit',
      ],
      [
        'table sales.audit depends on view sales.top_customers',
        'view sales.top_customers depends on table sales.audit',
        'view sales.top_customers depends on table sales.customers',
      ],
    ],
    [
      'objects that an extension owns in the target',
      ['ALTER EXTENSION pg_trgm ADD FUNCTION sales.audit_order()'],
      ['function sales.audit_order() is a part of extension pg_trgm'],
    ],
    [
      'a view where the dump has a table',
      ['DROP TABLE sales.audit', 'CREATE VIEW sales.audit AS SELECT 1 AS id'],
      ['view sales.audit has the name of a table in the dump'],
    ],
  ])('%s', { timeout: 60_000 }, async (_, statements, blocking) => {
    const target = await database('shop', ...statements);
    expect((await look(target, SHOP)).blocking).toEqual(blocking);
    expect((await restore(target, SHOP)).status).toBe('failure');
  });

  it('the foreign key of a detached partition, whose table may or may not be dropped first', async () => {
    const target = await database('shop', 'ALTER TABLE sales.orders DETACH PARTITION sales.orders_2025');
    expect((await look(target, SHOP)).blocking).toEqual([
      'constraint orders_customer_id_fkey on sales.orders_2025 depends on table sales.customers',
    ]);
  });

  it('a partition, because it would be dropped with its rows without notice', { timeout: 60_000 }, async () => {
    const target = await database(
      'shop',
      "CREATE TABLE public.orders_2026 PARTITION OF sales.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    );
    expect((await look(target, SHOP)).blocking).toEqual([
      'table public.orders_2026 is a partition of table sales.orders, and would be dropped with it',
    ]);
    expect((await restore(target, SHOP)).status).not.toBe('failure');
    expect(await query(target, "SELECT FROM pg_class WHERE relname = 'orders_2026'")).toEqual([]);
  });
});

describe('objects that stay', () => {
  it('are listed, without their parts and what extensions own', { timeout: 60_000 }, async () => {
    const target = await database(
      'shop',
      'CREATE SCHEMA mine',
      'CREATE TABLE mine.t (id serial PRIMARY KEY, a text UNIQUE)',
      'CREATE VIEW public."V" AS SELECT 1 AS one',
      'CREATE SEQUENCE mine.s',
      'CREATE EXTENSION hstore SCHEMA mine',
      "CREATE FUNCTION public.f(integer, text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'CREATE DOMAIN public.d AS integer',
      'CREATE INDEX ON mine.t USING gin (a public.gin_trgm_ops)',
    );
    expect(await look(target, SHOP)).toEqual({
      blocking: [],
      staying: [
        'extension hstore',
        'function public.f(integer,text[])',
        'schema mine',
        'sequence mine.s',
        'table mine.t',
        'type public.d',
        'view public."V"',
      ],
    });
    // The index keeps pg_trgm from being dropped, which is a warning, and the extension already exists.
    expect(await restore(target, SHOP)).toMatchObject({ status: 'success_with_warnings' });
    expect(await query(target, 'TABLE mine.t')).toEqual([]);
  });
});

describe('the schema public', () => {
  it('is not dropped, even if the dump names it', { timeout: 60_000 }, async () => {
    const source = await database('template0', 'ALTER SCHEMA public OWNER TO postgres', 'CREATE TABLE public.a ()');
    const archive = await dump(source);
    expect(tocOf(archive).entries).toContainEqual(expect.objectContaining({ desc: 'SCHEMA', tag: 'public' }));
    const target = await database(source, 'CREATE TABLE public.more ()');
    expect(await look(target, archive)).toEqual({ blocking: [], staying: ['table public.more'] });
    expect((await restore(target, archive)).status).toBe('success');
  });
});

describe('objects of every kind', () => {
  const KINDS = [
    'CREATE SCHEMA s',
    `CREATE FUNCTION public."fn(odd)"(a integer, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    `CREATE FUNCTION s.multi(a numeric(10,2), OUT b timestamptz, INOUT c varchar, d "char" DEFAULT 'x') LANGUAGE sql AS $$SELECT now(), 'x'::varchar$$`,
    "CREATE FUNCTION s.types(a time with time zone, b interval, c bit varying, d oid, e xml) RETURNS void LANGUAGE sql AS ''",
    "CREATE PROCEDURE s.pr(INOUT x int) LANGUAGE sql AS 'SELECT 1'",
    'CREATE AGGREGATE s.agg(integer) (sfunc = int4pl, stype = int4)',
    'CREATE AGGREGATE s.star(*) (sfunc = int8inc, stype = int8, initcond = 0)',
    'CREATE OPERATOR s.### (leftarg = integer, rightarg = integer, function = int4pl)',
    'CREATE TYPE s.comp AS (a int, b text)',
    'CREATE TYPE s.rng AS RANGE (subtype = float8)',
    'CREATE TYPE s."E n" AS ENUM (\'a\')',
    'CREATE DOMAIN s.dom AS s."E n"[] CONSTRAINT filled CHECK (VALUE IS NOT NULL)',
    'CREATE CAST (s.comp AS text) WITH INOUT',
    'CREATE TRANSFORM FOR s.comp LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))',
    'CREATE OPERATOR CLASS s.oc FOR TYPE integer USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int4, int4)',
    "CREATE COLLATION s.coll (locale = 'C')",
    'CREATE TEXT SEARCH CONFIGURATION s.ts (copy = simple)',
    `CREATE TABLE s.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c s.comp, e s."E n" DEFAULT 'a', "g h" int GENERATED ALWAYS AS (id + 1) STORED)`,
    'CREATE TABLE s.u (a serial, t int REFERENCES s.t, UNIQUE (a), f s.t, EXCLUDE (t WITH =))',
    'CREATE TABLE s.child (more text) INHERITS (s.t)',
    'CREATE TABLE s.typed OF s.comp',
    'CREATE TABLE s.p (a int PRIMARY KEY) PARTITION BY LIST (a)',
    'CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1) PARTITION BY LIST (a)',
    'CREATE TABLE s.p11 PARTITION OF s.p1 DEFAULT',
    'CREATE INDEX ON s.p (a)',
    'CREATE TABLE s.to_p (a int REFERENCES s.p)',
    // A view that needs a table's key, and two functions that need each other's types.
    'CREATE VIEW s.grouped AS SELECT id, c, e FROM s.t GROUP BY id',
    "CREATE FUNCTION s.of_view(s.grouped) RETURNS SETOF s.grouped LANGUAGE sql AS 'SELECT $1'",
    'CREATE VIEW s.of_function AS SELECT s.of_view(g) FROM s.grouped g',
    'CREATE MATERIALIZED VIEW s.mat AS SELECT * FROM s.grouped',
    'CREATE UNIQUE INDEX ON s.mat (id)',
    'CREATE STATISTICS s.st ON a, t FROM s.u',
    'CREATE RULE ru AS ON UPDATE TO s.u DO ALSO NOTHING',
    'CREATE POLICY pol ON s.u USING (EXISTS (SELECT FROM s.p))',
    "CREATE FUNCTION s.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    'CREATE TRIGGER tr AFTER INSERT ON s.p FOR EACH ROW EXECUTE FUNCTION s.tr()',
    "CREATE FUNCTION s.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    'CREATE EVENT TRIGGER ev ON sql_drop EXECUTE FUNCTION s.ev()',
    'CREATE PUBLICATION pub FOR TABLE s.u, TABLES IN SCHEMA public',
    'CREATE FOREIGN DATA WRAPPER fdw',
    'CREATE SERVER srv FOREIGN DATA WRAPPER fdw',
    'CREATE USER MAPPING FOR CURRENT_USER SERVER srv',
    'CREATE FOREIGN TABLE s.ft (a int) SERVER srv',
    'CREATE EXTENSION hstore SCHEMA s',
    'CREATE TABLE public.with_hstore (h s.hstore)',
  ];

  it('are found in their own dump', { timeout: 60_000 }, async () => {
    const source = await database('template0', ...KINDS);
    const archive = await dump(source);
    expect(await look(source, archive)).toEqual({ blocking: [], staying: [] });
    // Over itself, and then over that result: pg_restore agrees.
    expect(await restore(source, archive)).not.toMatchObject({ status: 'failure' });
    expect(await look(source, archive)).toEqual({ blocking: [], staying: [] });
    // A view in a circle with its own key: replaced before it is dropped.
    expect(tocOf(archive).entries.map((e) => e.desc)).toContain('RULE');
  });
});
