/** The contents read from a PostgreSQL dump match what the dumped server reports, in either format. */
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DumpEndCheck } from '../../../lib/databases/dump-end.ts';
import { type PostgresContents, type PostgresObject, postgresContents } from '../../../lib/formats/dump-contents.ts';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { openSession, type Session } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { everyCase } from '../../support/every-case.ts';
import { POSTGRES_ROLES, quoted, randomPostgres } from '../../support/random/postgres-random.ts';
import { startServer } from '../../support/servers.ts';
import { EVERYTHING } from '../../support/shapes/postgres-everything.ts';
import { MANY_SHAPES } from '../../support/shapes/postgres-shapes.ts';

const ROWS = [
  'CREATE COLLATION "by German" (provider = icu, locale = \'de-u-co-phonebk\')',
  'CREATE COLLATION plain FROM "C"',
  'CREATE TYPE "a pair" AS (a int, "b as" text)',
  'CREATE TYPE nothing AS ()',
  "CREATE TYPE chosen AS ENUM ('as (')",
  'CREATE TABLE "odd ""rows""" (a text, b bytea, "c d" int[])',
  String.raw`INSERT INTO "odd ""rows""" VALUES (E'\\.', '\x5c2e0a', '{1,NULL}'), (E'\n\\.\n', NULL, NULL), (E'a\tb\\N\r', '', '{}'), ('', NULL, NULL), (NULL, NULL, NULL), ('); ''(', '\x00', '{2}')`,
  'CREATE TABLE no_columns ()',
  'INSERT INTO no_columns DEFAULT VALUES',
  'INSERT INTO no_columns DEFAULT VALUES',
  'CREATE TABLE one_column (a text)',
  "INSERT INTO one_column VALUES (''), (NULL), ('\\.')",
  'CREATE TABLE empty_one (id int PRIMARY KEY)',
  'CREATE TABLE in_parts (id int, at date) PARTITION BY RANGE (at)',
  "CREATE TABLE in_parts_1 PARTITION OF in_parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
  "INSERT INTO in_parts SELECT n, '2020-02-02' FROM generate_series(1, 1234) n",
];
const NOT_OURS =
  "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'e' AND d.objid = c.oid)";

function contentsOf(dump: Buffer): PostgresContents {
  const check = new DumpEndCheck('postgresql');
  for (let at = 0; at < dump.length; at += 4093) check.push(dump.subarray(at, at + 4093));
  check.end();
  check.checkAccepted();
  return postgresContents.parse(check.contents());
}

/** What is reported about objects of some kinds. */
function told({ objects }: PostgresContents, kinds: string[], of: (one: PostgresObject) => unknown[]): string[] {
  return objects
    .filter(({ kind }) => kinds.includes(kind))
    .map((one) => of(one).join(' | '))
    .sort();
}

async function asked(session: Session, sql: string): Promise<string[]> {
  return (await session.rows(sql)).map((row) => Object.values(row).join(' | ')).sort();
}

const relation = ({ schema, name, owner }: PostgresObject) => [schema, name, owner];
const part = ({ schema, table, name }: PostgresObject) => [schema, table, name];

async function compare(session: Session, found: PostgresContents): Promise<void> {
  expect((found.composite_types ?? []).map(({ schema, name }) => `${schema} | ${name}`).sort()).toEqual(
    await asked(
      session,
      `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'c' AND ${NOT_OURS}`,
    ),
  );
  expect((found.collations ?? []).map((one) => Object.values(one).join(' | ')).sort()).toEqual(
    await asked(
      session,
      `SELECT n.nspname, c.collname, CASE c.collprovider WHEN 'i' THEN 'icu' ELSE 'libc' END,
              coalesce(c.collcollate, to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale')
         FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE ${NOT_OURS}`,
    ),
  );
  const kinds: Record<string, string> = { TABLE: "'r','p'", VIEW: "'v'", 'MATERIALIZED VIEW': "'m'" };
  for (const [kind, relkinds] of Object.entries({ ...kinds, 'FOREIGN TABLE': "'f'", SEQUENCE: "'S'" })) {
    expect(told(found, [kind], relation)).toEqual(
      await asked(
        session,
        `SELECT concat_ws(' | ', n.nspname, c.relname, pg_get_userbyid(c.relowner)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN (${relkinds}) AND ${NOT_OURS}`,
      ),
    );
  }
  expect(told(found, ['INDEX'], part)).toEqual(
    await asked(
      session,
      `SELECT concat_ws(' | ', n.nspname, t.relname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${NOT_OURS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p','u','x'))`,
    ),
  );
  expect(told(found, ['CONSTRAINT'], part)).toEqual(
    await asked(
      session,
      `SELECT concat_ws(' | ', n.nspname, t.relname, k.conname) FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
        JOIN pg_class c ON c.oid = k.conindid JOIN pg_namespace n ON n.oid = k.connamespace
        WHERE ${NOT_OURS} AND k.contype IN ('p','u','x')`,
    ),
  );
  expect(told(found, ['FK CONSTRAINT'], (one) => [...part(one), one.references?.schema, one.references?.name])).toEqual(
    await asked(
      session,
      `SELECT concat_ws(' | ', n.nspname, c.relname, k.conname, rn.nspname, r.relname) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = k.connamespace JOIN pg_class r ON r.oid = k.confrelid
        JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE ${NOT_OURS} AND k.contype = 'f' AND k.conparentid = 0`,
    ),
  );
  // a partition's own trigger is dumped to be switched off
  const triggers = await asked(
    session,
    "SELECT concat_ws(' | ', n.nspname, c.relname, g.tgname) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace",
  );
  expect(told(found, ['TRIGGER'], part).filter((line) => !triggers.includes(line))).toEqual([]);
  expect(told(found, ['TRIGGER'], part)).toEqual(
    expect.arrayContaining(
      await asked(
        session,
        `SELECT concat_ws(' | ', n.nspname, c.relname, g.tgname) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${NOT_OURS} AND NOT g.tgisinternal AND g.tgparentid = 0`,
      ),
    ),
  );
  expect(
    told(found, ['FUNCTION', 'PROCEDURE'], ({ schema, name, owner }) => [schema, name.split('(')[0], owner]),
  ).toEqual(
    (
      await asked(
        session,
        `SELECT concat_ws(' | ', n.nspname, c.proname, pg_get_userbyid(c.proowner)) FROM pg_proc c JOIN pg_namespace n ON n.oid = c.pronamespace
          WHERE ${NOT_OURS} AND c.prokind IN ('f','p','w') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')`,
      )
    ).map((line) => line.replace(/\(.*(?= \|)/s, '')),
  );
  expect(found.extensions).toEqual(await asked(session, "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"));
  await compareData(session, found);
}

async function compareData(session: Session, found: PostgresContents): Promise<void> {
  for (const { kind, schema, name, rows, data_bytes } of found.objects) {
    if (kind !== 'TABLE') continue;
    const table = `${quoted(schema ?? '')}.${quoted(name)}`;
    const [counted] = await session.rows(`SELECT count(*)::int AS n FROM ONLY ${table}`);
    if (found.format === 'sql') expect(`${table}: ${rows}`).toBe(`${table}: ${counted?.n}`);
    else expect(rows).toBeNull();
    if (Number(counted?.n) > 0) expect(data_bytes).toBeGreaterThan(0);
  }
  const [large] = await session.rows('SELECT count(*)::int AS n FROM pg_largeobject_metadata');
  expect(found.large_objects?.count ?? 0).toBe(large?.n);
}

/** Checks that both kinds of dump have the same objects. */
function compareFormats(archive: PostgresContents, plain: PostgresContents): void {
  // these have different tags, or are missing from plain SQL
  const named = (one: PostgresObject) => [one.kind, one.schema, one.table, one.name.replace(/\(.*$/s, ''), one.owner];
  const OTHERWISE = ['CAST', 'TRANSFORM', 'SHELL TYPE', 'USER MAPPING', 'TRIGGER', 'SUBSCRIPTION'];
  const hasNames = ({ kind }: PostgresObject) => !OTHERWISE.includes(kind);
  const lines = (found: PostgresContents) =>
    [...new Set(found.objects.filter(hasNames).map((one) => named(one).join(' | ')))].sort();
  expect(lines(plain)).toEqual(lines(archive));
  expect(plain.granted_roles).toEqual(archive.granted_roles);
  expect(plain.encoding).toBe(archive.encoding);
  expect(plain.superuser.map(({ what }) => what).sort()).toEqual(archive.superuser.map(({ what }) => what).sort());
}

let server: RunningServer;
beforeAll(async () => {
  server = (await startServer('postgresql')) as RunningServer;
  const session = await openSession(server, 'postgres');
  for (const role of POSTGRES_ROLES) await session.rows(`CREATE ROLE ${quoted(role)}`).catch(() => {});
  await session.end();
});
afterAll(() => server?.stop());

let databases = 0;

async function check(statements: readonly string[], isWhole: boolean): Promise<void> {
  const database = `source_${++databases}`;
  const admin = await openSession(server, 'postgres');
  await admin.rows(`CREATE DATABASE ${database}`);
  await admin.end();
  const session = await openSession(server, database);
  try {
    for (const statement of statements) {
      await session.rows(statement).catch((error) => {
        if (isWhole) throw error;
      });
    }
    const dumped = async (...args: string[]) => contentsOf(await buffer(openDump(server, database, args)));
    const archive = await dumped();
    const plain = await dumped('--format=plain');
    await compare(session, archive);
    await compare(session, plain);
    compareFormats(archive, plain);
    const inserts = await dumped('--format=plain', '--inserts', '--rows-per-insert=3');
    await compareData(session, inserts);
    expect(archive.locale).toMatchObject({ provider: 'libc' });
    expect(archive.server_version).toContain(server.version);
    expect(plain.server_version).toContain(server.version);
  } finally {
    await session.end();
  }
}

describe("a dump's contents include", () => {
  it.each([
    ['every kind of object', EVERYTHING],
    ['tables of many shapes', [...MANY_SHAPES, ...ROWS]],
  ])('%s', (_, statements) => check(statements, true));

  it.each(
    everyCase(
      [2, 7, 19],
      Array.from({ length: 40 }, (_, at) => 100 + at),
    ),
  )('everything in a random database (seed %i)', (seed) => check(randomPostgres(seed), false));
});
