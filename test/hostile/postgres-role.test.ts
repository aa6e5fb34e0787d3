/**
 * Dumps whose functions act while they are loaded, on a server where the connection is a superuser. Each is first shown
 * to act when pg_restore or psql loads it as that superuser; then everything outside the target stays as it was.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadDump } from '../../containers/restore/load-dump.ts';
import type { Target } from '../../lib/engines/load/engine.ts';
import { lend } from '../../lib/engines/postgres/load/role/lent.ts';
import { guardSession } from '../../lib/engines/postgres/load/role/role.ts';
import { TableStates } from '../../lib/engines/table-states.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { editArchive } from '../support/mutants/archive-editor.ts';
import { aConnection } from '../support/records.ts';
import { startServer } from '../support/servers.ts';

const SECRET = 'the-secret-of-the-server';

let server: RunningServer;
let directory: string;
const sql = (database: string, ...statements: string[]) => runSql(server, database, statements);
const file = (name: string) => join(directory, name);

/** Everything that a function could try, one thing after another; it does nothing in the dumped database. */
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
  // a function called by an index has to be immutable, and may call one that isn't
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
/**
 * A check that isn't validated only runs for new rows: it has no effect with pg_restore, and none of our sessions may
 * run it.
 */
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
  /** Whether the error says that the target is as it was. */
  isAsBefore: boolean;
  error: unknown;
}

async function load(dump: Buffer, database: string, fields: Partial<Target> = {}): Promise<Loaded> {
  const { dbType: db_type, host, port, username, password } = server;
  const told: string[] = [];
  let isAsBefore = false;
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
      isAsBefore: () => {
        isAsBefore = true;
      },
      analyze: false,
      tables: new TableStates(),
    },
  ).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { told, error, isAsBefore };
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

  it.each(['archive', 'plain SQL'])('changes nothing outside of the target, from %s', async (form) => {
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

/** What pg_dump writes last, or in another order: it only runs during a load if the dump was edited. */
const EDITED: Record<string, string> = {
  'a trigger': `CREATE TABLE app.t (a integer);
CREATE FUNCTION app.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM app.act(); RETURN NEW; END $$;
CREATE TRIGGER fires BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.fires();
COPY app.t (a) FROM stdin;
1
\\.
`,
  'a default': `CREATE TABLE app.t (a integer DEFAULT app.act(), b integer);
INSERT INTO app.t (b) VALUES (1);
`,
  'a rule': `CREATE TABLE app.t (a integer);
CREATE TABLE app.u (a integer);
CREATE RULE acts AS ON INSERT TO app.t DO ALSO INSERT INTO app.u (a) VALUES (app.act());
INSERT INTO app.t (a) VALUES (1);
`,
  'an event trigger': `CREATE FUNCTION app.watches() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM app.act(); END $$;
CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION app.watches();
CREATE TABLE app.t (a integer);
`,
};

describe('an edited plain dump', () => {
  const source = 'source_edited';
  beforeAll(async () => {
    await sql('postgres', `CREATE DATABASE ${source}`);
    await sql(source, ...acts());
  });

  it.each(Object.keys(EDITED))('changes nothing outside of the target by %s', async (carrier) => {
    const end = '--\n-- PostgreSQL database dump complete';
    const honest = (await dumpOf(source, '--format=p')).toString();
    const dump = Buffer.from(honest.replace(end, () => `${EDITED[carrier]}${end}`));
    const before = await witnesses();
    const attacked = newTarget();
    await sql('postgres', `CREATE DATABASE ${attacked}`);
    loadAsSuperuser(dump, attacked);
    const after = await witnesses();
    expect(after.files).toEqual(['command', 'written', 'exported']);
    expect(after.roles).not.toEqual(before.roles);
    await tidy();

    const target = newTarget();
    const { error, told } = await load(dump, target);
    expect(error, told.join('\n')).toBeUndefined();
    expect(await witnesses()).toEqual(before);
    expect(await sql(target, 'SELECT * FROM app.loot')).toEqual([]);
    expect(await sql('postgres', "SELECT FROM pg_roles WHERE rolname ~ '^jagad_restore_'")).toEqual([]);
  });
});

describe('the role of a restore', () => {
  const source = 'source_role';
  beforeAll(async () => {
    await sql('postgres', `CREATE DATABASE ${source}`, 'CREATE ROLE role_owner', 'CREATE ROLE role_reader');
    await sql(
      source,
      'CREATE EXTENSION citext',
      'CREATE SCHEMA app AUTHORIZATION role_owner',
      'CREATE TABLE app.t (id serial PRIMARY KEY, name citext)',
      "INSERT INTO app.t (name) VALUES ('one')",
      'ALTER TABLE app.t OWNER TO role_owner',
      'GRANT SELECT ON app.t TO role_reader',
      'REVOKE USAGE ON SEQUENCE app.t_id_seq FROM role_owner',
      "CREATE FUNCTION app.f(a int, b text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
      'ALTER FUNCTION app.f(int, text) OWNER TO role_owner',
      'REVOKE ALL ON FUNCTION app.f(int, text) FROM PUBLIC',
      'GRANT EXECUTE ON FUNCTION app.f(int, text) TO role_reader',
      'CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'CREATE EVENT TRIGGER role_watch ON ddl_command_end EXECUTE FUNCTION app.watch()',
      'CREATE PUBLICATION role_all FOR ALL TABLES',
      'CREATE PUBLICATION role_one FOR TABLE app.t',
      "COMMENT ON EVENT TRIGGER role_watch IS 'watches'",
      "COMMENT ON SCHEMA app IS 'of the app'",
      "SELECT lo_from_bytea(4712, 'large')",
      'ALTER LARGE OBJECT 4712 OWNER TO role_owner',
      'ALTER TABLE app.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
      'CREATE MATERIALIZED VIEW app.m AS SELECT count(*) AS n FROM app.t',
      'ALTER DEFAULT PRIVILEGES FOR ROLE role_owner IN SCHEMA app GRANT SELECT ON TABLES TO role_reader',
    );
  });

  const schemaOf = (database: string) => {
    const { host, port, username, password } = server;
    const env = { PATH: process.env.PATH ?? '', PGPASSWORD: password };
    const args = ['-h', host, '-p', String(port), '-U', username, database];
    return spawnSync('pg_dump', args, { env })
      .stdout.toString()
      .replaceAll(/^\\(un)?restrict .*$/gm, '');
  };
  const roles = () => sql('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ '^jagad_restore_'");

  it.each(['archive', 'plain'])(
    'leaves owners, privileges, comments, publications and event triggers unchanged, and is dropped: %s',
    async (form) => {
      const dump = await dumpOf(source, ...(form === 'archive' ? [] : ['--format=p']));
      const target = newTarget();
      for (const _ of ['a new database', 'over itself']) {
        const { error, told } = await load(dump, target);
        expect(error, told.join('\n')).toBeUndefined();
        expect(schemaOf(target)).toBe(schemaOf(source));
        expect(await roles()).toEqual([]);
      }
    },
  );

  it('is not created for a trusted connection', async () => {
    const { told } = await load(await dumpOf(source), newTarget(), { trusted: true });
    expect(told.join('\n')).toMatch(/is trusted: the dump runs with the rights of postgres, who is a superuser/);
    expect(told.join('\n')).not.toMatch(/jagad_restore_/);
  });

  it('is dropped by the next restore if its task was killed, and kept while its task runs', async () => {
    const [killed, going] = [crypto.randomUUID(), crypto.randomUUID()];
    const nameOf = (id: string) => `jagad_restore_${id.replaceAll('-', '')}`;
    await sql('postgres', 'CREATE DATABASE target_killed');
    for (const id of [killed, going]) {
      await sql('postgres', `CREATE ROLE ${nameOf(id)} LOGIN VALID UNTIL '2099-01-01'`);
    }
    await sql(
      'target_killed',
      'CREATE TABLE left_over (a int)',
      `ALTER TABLE left_over OWNER TO ${nameOf(killed)}`,
      `CREATE FUNCTION left_definer() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
      `ALTER FUNCTION left_definer() OWNER TO ${nameOf(killed)}`,
      `GRANT CREATE ON DATABASE target_killed TO ${nameOf(killed)}`,
    );
    const { error } = await load(await dumpOf(source), newTarget(), { hasEnded: async (id) => id === killed });
    expect(error).toBeUndefined();
    expect(await roles()).toEqual([{ rolname: nameOf(going) }]);
    expect(await sql('target_killed', "SELECT prosecdef FROM pg_proc WHERE proname = 'left_definer'")).toEqual([
      { prosecdef: false },
    ]);
    await sql('postgres', `DROP ROLE ${nameOf(going)}`);
  });

  it('may not do what only a superuser may, which is refused before the first write', async () => {
    await sql('postgres', 'CREATE DATABASE source_c');
    await sql('source_c', "CREATE FUNCTION public.upper_c(text) RETURNS text LANGUAGE internal IMMUTABLE AS 'upper'");
    const target = newTarget();
    const { error } = await load(await dumpOf('source_c'), target);
    expect(error).toMatchObject({
      message: expect.stringContaining('needs a trusted connection: FUNCTION public.upper_c(text)'),
    });
    expect(await sql('postgres', `SELECT FROM pg_database WHERE datname = '${target}'`)).toEqual([]);
    expect(await roles()).toEqual([]);
  });

  it('is reported before the first write if the server refuses its login', async () => {
    const [row] = await sql('postgres', 'SHOW hba_file');
    const path = (row as { hba_file: string }).hba_file;
    const before = readFileSync(path);
    writeFileSync(path, `host all ${server.username} all scram-sha-256\nlocal all all trust\n`);
    try {
      await sql('postgres', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(1)');
      const target = newTarget();
      const { error } = await load(await dumpOf(source), target);
      expect(error).toMatchObject({
        message: expect.stringMatching(/a role without these rights has to load the dump, and .*no pg_hba\.conf entry/),
        hint: expect.stringMatching(/pg_hba\.conf.*trusted/s),
      });
      expect(await sql('postgres', `SELECT FROM pg_database WHERE datname = '${target}'`)).toEqual([]);
      expect(await roles()).toEqual([]);
    } finally {
      writeFileSync(path, before);
      await sql('postgres', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(1)');
    }
  });

  it('is not used if event triggers of the target would observe the other session', async () => {
    const target = newTarget();
    await sql('postgres', `CREATE DATABASE ${target}`);
    await sql(
      target,
      `CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE act_made; END $$`,
      'CREATE EVENT TRIGGER watches ON ddl_command_start EXECUTE FUNCTION public.watch()',
      'ALTER EVENT TRIGGER watches ENABLE ALWAYS',
    );
    const { error } = await load(await dumpOf(source), target);
    // from 17 on they are switched off in the other session, and the role's own has no rights to lend them
    if (Number(server.version.split('.')[0]) < 17)
      expect(error).toMatchObject({ message: expect.stringContaining('watches') });
    expect(await sql('postgres', "SELECT FROM pg_roles WHERE rolname = 'act_made'")).toEqual([]);
    await sql(target, 'ALTER EVENT TRIGGER watches ENABLE');
    await load(await dumpOf(source), target);
    expect(await sql('postgres', "SELECT FROM pg_roles WHERE rolname = 'act_made'")).toEqual([]);
  });

  it.each(['', 'ALTER EVENT TRIGGER wakes ENABLE ALWAYS;\n'])(
    'is dropped without firing event triggers of the database %j',
    async (more) => {
      const dump =
        Buffer.from(`CREATE FUNCTION public.woken() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE act_made; END $$;
CREATE EVENT TRIGGER wakes ON ddl_command_start EXECUTE FUNCTION public.woken();
${more}`);
      try {
        const { error, told } = await load(dump, 'postgres');
        expect(error, told.join('\n')).toBeUndefined();
        expect(await sql('postgres', "SELECT FROM pg_roles WHERE rolname = 'act_made'")).toEqual([]);
        expect(await roles()).toEqual([]);
      } finally {
        await sql('postgres', 'DROP EVENT TRIGGER IF EXISTS wakes', 'DROP FUNCTION IF EXISTS public.woken()');
      }
    },
  );

  it('gets no privileges on functions of the server from an edited archive', async () => {
    const archive = editArchive(await dumpOf(source));
    const grant = archive.entries.find(({ desc, tag }) => desc === 'ACL' && tag === 'TABLE t');
    const made = archive.entries.find(({ desc, tag }) => desc === 'FUNCTION' && tag === 'f(integer, text)');
    if (grant === undefined || made === undefined) throw new Error('no such entries');
    grant.definition = 'GRANT ALL ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;\n';
    // whose owner would be the one that the archive names
    archive.entries.push({
      ...made,
      dumpId: 9001,
      namespace: null,
      tag: 'pg_ls_dir(text)',
      definition: '',
      drop: 'DROP FUNCTION pg_ls_dir(text);\n',
    });
    const target = newTarget();
    const { told } = await load(archive.bytes(), target);
    expect(told.join('\n')).toMatch(/left out, because the dump doesn't create its object: GRANT ALL ON FUNCTION/);
    const [row] = await sql(
      target,
      `SELECT has_function_privilege('bystander', 'pg_read_file(text)', 'EXECUTE') AS may,
              (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'pg_ls_dir(text)'::regprocedure) AS owner`,
    );
    expect(row).toEqual({ may: false, owner: 'postgres' });
  });

  /** Owners of everything, event triggers, extensions and schemas. */
  const whole = (database: string) =>
    sql(
      database,
      `SELECT (SELECT json_agg(n ORDER BY nspname) FROM (SELECT nspname, nspowner::regrole,
                 coalesce(nspacl, acldefault('n', nspowner)) AS nspacl FROM pg_namespace) n) AS schemas,
              (SELECT json_agg(c ORDER BY name) FROM (SELECT oid::regclass::text AS name, relowner::regrole, relacl
                 FROM pg_class WHERE relnamespace = 'app'::regnamespace) c) AS relations,
              (SELECT json_agg(p ORDER BY name) FROM (SELECT oid::regprocedure::text AS name, proowner::regrole, proacl, prosecdef
                 FROM pg_proc WHERE pronamespace = 'app'::regnamespace) p) AS routines,
              (SELECT json_agg(e) FROM (SELECT evtname, evtevent, evtenabled, evttags, evtowner::regrole,
                 obj_description(oid, 'pg_event_trigger') FROM pg_event_trigger) e) AS event_triggers,
              (SELECT json_agg(p ORDER BY pubname) FROM (SELECT pubname, pubowner::regrole FROM pg_publication) p) AS publications,
              (SELECT json_agg(extname ORDER BY extname) FROM pg_extension) AS extensions,
              (SELECT count(*)::int FROM app.t) AS rows,
              (SELECT json_agg(l) FROM (SELECT oid, lomowner::regrole FROM pg_largeobject_metadata) l) AS large_objects`,
    );

  it("leaves everything unchanged if a plain dump that drops another owner's objects fails", async () => {
    const target = newTarget();
    expect((await load(await dumpOf(source), target)).error).toBeUndefined();
    // values of sequences aren't rolled back
    const dump = await dumpOf(source, '--format=p', '--schema-only');
    await sql(target, 'ALTER EVENT TRIGGER role_watch DISABLE', "INSERT INTO app.t (name) VALUES ('two')");
    const before = await whole(target);
    const end = '--\n-- PostgreSQL database dump complete';
    const more = `CREATE SCHEMA more;\nCREATE EXTENSION hstore WITH SCHEMA more;\nCREATE TABLE app.t (a integer);\n${end}`;
    const { error, isAsBefore } = await load(Buffer.from(dump.toString().replace(end, more)), target);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^ERROR at line \d+: relation "t" already exists/),
      hint: expect.stringMatching(/^The whole dump was one transaction and was rolled back\./),
    });
    expect(await whole(target)).toEqual(before);
    expect(isAsBefore).toBe(true);
    expect(await roles()).toEqual([]);
  });

  it('has its borrowed objects given back by the next restore if its task was killed', async () => {
    const target = newTarget();
    expect((await load(await dumpOf(source), target)).error).toBeUndefined();
    const before = await whole(target);
    const id = crypto.randomUUID();
    const name = `jagad_restore_${id.replaceAll('-', '')}`;
    await sql('postgres', `CREATE ROLE ${name} LOGIN VALID UNTIL '2099-01-01'`);
    const { host, port, username, password } = server;
    const client = new pg.Client({ host, port, user: username, password, database: target });
    await client.connect();
    await guardSession(client, { superuser: true });
    await lend(client, name, ['TABLE "app"."t"', 'SCHEMA "app"', 'LARGE OBJECT 4712'], ['role_watch']);
    await client.end();
    expect(await whole(target)).not.toEqual(before);
    const { error } = await load(await dumpOf(source), newTarget(), { hasEnded: async (one) => one === id });
    expect(error).toBeUndefined();
    expect(await whole(target)).toEqual(before);
    expect(await roles()).toEqual([]);
  });

  it.each([
    'FUNCTION IF EXISTS pg_catalog.pg_read_file(text)',
    'FUNCTION pg_read_file(text)',
    'TABLE IF EXISTS pg_catalog.pg_authid',
    'FUNCTION IF EXISTS public.citext(boolean)',
  ])('does not borrow objects of the server or of an extension: DROP %s', async (object) => {
    const target = newTarget();
    await sql('postgres', `CREATE DATABASE ${target}`);
    await sql(target, 'CREATE EXTENSION citext');
    const owners = () =>
      sql(target, "SELECT proowner FROM pg_proc WHERE proname IN ('pg_read_file', 'citext') ORDER BY oid");
    const before = await owners();
    const dump = Buffer.from(`SET lock_timeout = 0;\nDROP ${object};\nCREATE TABLE public.t (a integer);\n`);
    const { error } = await load(dump, target);
    expect(error).toMatchObject({ message: expect.stringMatching(/belongs to the server|must be owner/) });
    expect(await owners()).toEqual(before);
    expect(await sql(target, "SELECT FROM pg_class WHERE relname = 't'")).toEqual([]);
    expect(await roles()).toEqual([]);
  });

  it('gets no privileges on functions of the server from a plain dump', async () => {
    const target = newTarget();
    const dump = Buffer.from(
      `SET lock_timeout = 0;
CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT ALL ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;
ALTER FUNCTION pg_catalog.pg_ls_dir(text) OWNER TO role_owner;
`,
    );
    const { told, error } = await load(dump, target);
    expect(error).toBeUndefined();
    expect(told.join('\n')).toMatch(/left out, because the dump doesn't create its object: GRANT ALL ON FUNCTION/);
    const [row] = await sql(
      target,
      `SELECT has_function_privilege('bystander', 'pg_read_file(text)', 'EXECUTE') AS may,
              (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'pg_ls_dir(text)'::regprocedure) AS owner`,
    );
    expect(row).toEqual({ may: false, owner: 'postgres' });
  });

  it('may not create what only a superuser may from a plain dump, and everything is rolled back', async () => {
    const target = newTarget();
    const dump = Buffer.from(
      `CREATE TABLE public.t (a integer);
CREATE FUNCTION public.upper_c(text) RETURNS text LANGUAGE internal IMMUTABLE AS 'upper';
`,
    );
    const { error, isAsBefore } = await load(dump, target);
    expect(error).toMatchObject({
      message: expect.stringContaining('needs a trusted connection: a function in the language internal, on line 2'),
    });
    expect(isAsBefore).toBe(true);
    expect(await sql('postgres', `SELECT FROM pg_database WHERE datname = '${target}'`)).toEqual([]);
  });
});
