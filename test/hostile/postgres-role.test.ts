/**
 * Dumps whose functions act while they are loaded, into a server where the connection is a superuser. Each is first seen to
 * act when pg_restore or psql loads it as that superuser; then what lies outside of the target stays as it was.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../containers/restore/engines/engine.ts';
import { loadDump } from '../../containers/restore/load-dump.ts';
import { openDump } from '../../lib/local/demo/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { aConnection } from '../support/records.ts';
import { startServer } from '../support/servers.ts';

const SECRET = 'the-secret-of-the-server';

let server: RunningServer;
let directory: string;
const sql = (database: string, ...statements: string[]) => runSql(server, database, statements);
const file = (name: string) => join(directory, name);

/** Everything that a function could try, each for itself; it does nothing in the database that is dumped. */
const acts = () => [
  'CREATE SCHEMA app',
  'CREATE TABLE app.loot (what text)',
  `CREATE FUNCTION app.act() RETURNS int LANGUAGE plpgsql AS $act$
   DECLARE deed text; BEGIN
     IF current_database() NOT LIKE 'target%' THEN RETURN 1; END IF;
     FOREACH deed IN ARRAY ARRAY[
       $$COPY (SELECT 1) TO PROGRAM 'touch ${file('command')}'$$,
       $$COPY (SELECT 1) TO '${file('written')}'$$,
       $$INSERT INTO app.loot SELECT pg_read_file('${file('secret')}')$$,
       $$COPY app.loot FROM '${file('secret')}'$$,
       $$CREATE ROLE act_made SUPERUSER$$,
       $$ALTER ROLE bystander SUPERUSER$$,
       $$GRANT pg_execute_server_program TO bystander$$,
       $$ALTER DATABASE victim SET work_mem = '5MB'$$,
       $$ALTER DATABASE victim RENAME TO taken$$,
       $$ALTER ROLE ALL SET work_mem = '5MB'$$,
       $$COMMENT ON DATABASE victim IS 'taken'$$,
       $$SELECT lo_from_bytea(4711, 'large')$$,
       $$SELECT lo_export(4711, '${file('exported')}')$$,
       $$SET ROLE postgres; CREATE ROLE act_made$$,
       $$SET SESSION AUTHORIZATION postgres; CREATE ROLE act_made$$,
       $$RESET SESSION AUTHORIZATION; CREATE ROLE act_made$$
     ] LOOP
       BEGIN EXECUTE deed; EXCEPTION WHEN OTHERS THEN NULL; END;
     END LOOP;
     RETURN 1;
   END $act$`,
  // what an index calls has to be immutable, and may call what isn't
  'CREATE FUNCTION app.calls(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN app.act(); END $$',
  'CREATE FUNCTION app.good(a int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN app.act() = 1; END $$',
];

const CARRIERS: Record<string, string[]> = {
  'an index': ['CREATE TABLE app.t (a int)', 'INSERT INTO app.t VALUES (1)', 'CREATE INDEX ON app.t (app.calls(a))'],
  'the predicate of an index': [
    'CREATE TABLE app.t (a int)',
    'INSERT INTO app.t VALUES (1)',
    'CREATE INDEX ON app.t (a) WHERE app.good(a)',
  ],
  'a check': ['CREATE TABLE app.t (a int CHECK (app.good(a)))', 'INSERT INTO app.t VALUES (1)'],
  'a check that is validated last': [
    'CREATE TABLE app.t (a int)',
    'INSERT INTO app.t VALUES (1)',
    'ALTER TABLE app.t ADD CONSTRAINT later CHECK (app.good(a)) NOT VALID',
  ],
  'a generated column': [
    'CREATE TABLE app.t (a int, b int GENERATED ALWAYS AS (app.calls(a)) STORED)',
    'INSERT INTO app.t VALUES (1)',
  ],
  'a domain': [
    'CREATE DOMAIN app.d AS int CHECK (app.good(VALUE))',
    'CREATE TABLE app.t (a app.d)',
    'INSERT INTO app.t VALUES (1)',
  ],
  'a materialized view': ['CREATE MATERIALIZED VIEW app.m AS SELECT app.act() AS a'],
  'the key of partitions': [
    'CREATE TABLE app.p (a int) PARTITION BY LIST (app.calls(a))',
    'CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1)',
    'INSERT INTO app.p VALUES (1)',
  ],
  'an exclusion constraint': [
    'CREATE TABLE app.t (a int, EXCLUDE USING btree (app.calls(a) WITH =))',
    'INSERT INTO app.t VALUES (1)',
  ],
};
/** A check that isn't validated runs for new rows alone: it shows nothing with pg_restore, and none of ours may run it. */
const IDLE = ['a check that is validated last'];

/** What lies outside of the target. */
async function witnesses() {
  const [roles, databases, memberships, settings] = await Promise.all([
    sql('postgres', 'SELECT rolname, rolsuper, rolcreaterole, rolconfig FROM pg_roles ORDER BY 1'),
    sql(
      'postgres',
      `SELECT datname, shobj_description(oid, 'pg_database') AS comment FROM pg_database
        WHERE datname !~ '^(target|source)' ORDER BY 1`,
    ),
    sql('postgres', 'SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2'),
    sql(
      'postgres',
      `SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting
        WHERE setdatabase IN (SELECT oid FROM pg_database WHERE datname !~ '^target') OR setdatabase = 0 ORDER BY 1, 2`,
    ),
  ]);
  const files = ['command', 'written', 'exported'].filter((name) => existsSync(file(name)));
  return { roles, databases, memberships, settings, files };
}

async function tidy(): Promise<void> {
  for (const name of ['command', 'written', 'exported']) rmSync(file(name), { force: true });
  await sql('postgres', 'DROP ROLE IF EXISTS act_made', 'ALTER ROLE bystander NOSUPERUSER');
  await sql('postgres', 'REVOKE pg_execute_server_program FROM bystander', 'ALTER ROLE ALL RESET work_mem');
  const [taken] = await sql('postgres', "SELECT FROM pg_database WHERE datname = 'taken'");
  if (taken !== undefined) await sql('postgres', 'ALTER DATABASE taken RENAME TO victim');
  await sql('postgres', 'ALTER DATABASE victim RESET work_mem', 'COMMENT ON DATABASE victim IS NULL');
}

interface Loaded {
  told: string[];
  error: unknown;
}

async function load(dump: Buffer, database: string, fields: Partial<Target> = {}): Promise<Loaded> {
  const { dbType: db_type, host, port, username, password } = server;
  const told: string[] = [];
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < dump.length; at += 65536) yield dump.subarray(at, at + 65536);
  }
  const error = await loadDump(
    { chunks: chunks(), objectBytes: dump.length, dumpBytes: dump.length },
    {
      connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }),
      password,
      database,
      restoreId: crypto.randomUUID(),
      ...fields,
    },
    {
      telling: { log: (line) => told.push(line), warn: (line) => told.push(line), stage: () => {}, progress: () => {} },
      workDirectory: directory,
      signal: new AbortController().signal,
      beforeFirstWrite: async () => {},
      beforeNextWrite: async () => {},
      isAsBefore: () => {},
    },
  ).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { told, error };
}

let places = 0;
const newTarget = () => `target_${++places}`;

/** Loads a dump as any tool would. */
function loadAsSuperuser(dump: Buffer, database: string): void {
  const { host, port, username, password } = server;
  const env = { PATH: process.env.PATH ?? '', PGPASSWORD: password };
  const isArchive = dump.subarray(0, 5).toString() === 'PGDMP';
  spawnSync(isArchive ? 'pg_restore' : 'psql', ['-h', host, '-p', String(port), '-U', username, '-d', database], {
    env,
    input: dump,
  });
}

const dumpOf = (database: string, ...args: string[]) => buffer(openDump(server, database, args));

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-role-'));
  spawnSync('chmod', ['777', directory]);
  server = (await startServer('postgresql')) as RunningServer;
  writeFileSync(file('secret'), SECRET, { mode: 0o644 });
  await sql('postgres', 'CREATE ROLE bystander LOGIN', 'CREATE DATABASE victim');
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(tidy);

describe.each(Object.keys(CARRIERS))('a function in %s', (carrier) => {
  const source = `source_${Object.keys(CARRIERS).indexOf(carrier)}`;
  beforeAll(async () => {
    await sql('postgres', `CREATE DATABASE ${source}`);
    await sql(source, ...acts(), ...(CARRIERS[carrier] as string[]));
  });

  it.each(['archive'])('acts on nothing outside of the target, from an %s', async (form) => {
    const dump = await dumpOf(source, ...(form === 'archive' ? [] : ['--format=p']));
    const before = await witnesses();
    const attacked = newTarget();
    await sql('postgres', `CREATE DATABASE ${attacked}`);
    loadAsSuperuser(dump, attacked);
    const after = await witnesses();
    if (!IDLE.includes(carrier)) {
      expect(after.files).toEqual(['command', 'written', 'exported']);
      expect(after.roles).not.toEqual(before.roles);
    }
    await tidy();
    expect(await witnesses()).toEqual(before);

    const target = newTarget();
    for (const _ of ['a new database', 'over itself']) {
      const { error, told } = await load(dump, target);
      expect(error, told.join('\n')).toBeUndefined();
      expect(await witnesses()).toEqual(before);
      expect(await sql(target, 'SELECT * FROM app.loot')).toEqual([]);
    }
  });
});
