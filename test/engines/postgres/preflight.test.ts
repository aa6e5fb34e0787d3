/** Each finding on a real server: it refuses the restore while the target is untouched; what it says to run removes it. */
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtTarget } from '../../../lib/engines/connect/modules.ts';
import { FINDINGS, type FindingId } from '../../../lib/engines/preflight/findings.ts';
import { findingsOf } from '../../../lib/engines/preflight/preflight.ts';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { type RunningServer, startThrowaway } from '../../../lib/local/servers/throwaway.ts';
import { runSql } from '../../support/harness.ts';
import { contentsOf, loadIntoPostgres } from '../../support/postgres-load.ts';
import { aConnection } from '../../support/records.ts';
import { startServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let server: RunningServer;
let major: number;
const sql = (database: string | undefined, ...statements: string[]) => runSql(server, database, statements);
const OWNER = { username: 'restorer', password: 'restorer' };
const FORMS = { archive: [], 'plain SQL': ['--format=plain'] } as const;
type Form = keyof typeof FORMS;

/** A table that the dump replaces: it must be as it was after a refusal. */
const LIVE = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (41)'];
const FIRST = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (1), (2)'];
const rowsOfFirst = async () => (await sql('target', 'SELECT id FROM a_first ORDER BY id')).map(({ id }) => id);

interface Case {
  name: string;
  id: FindingId;
  /** Who restores: the target's owner, unless it says otherwise. */
  as?: 'superuser';
  form?: Form;
  /** Only on such servers. */
  on?: (major: number) => boolean;
  /** How the source is made. */
  source?: string;
  /** What the dump holds besides a_first. */
  dump: string[];
  /** How the target is made. */
  created?: string;
  /** What is done in the target before, by a superuser. */
  target?: string[];
  message: RegExp;
  /** What else has to be undone. */
  after?: string[];
  /** What is done if the finding has no statement. */
  removal?: string[];
}

const RAISES = (name: string) =>
  `CREATE FUNCTION ${name}() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'frozen'; END $$`;

const OBSTACLES: Case[] = [
  {
    name: 'a server that is read only',
    id: 'postgres-read-only',
    dump: [],
    target: ['ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(0.3)'],
    message: /^sessions in database target are read only \(default_transaction_read_only\)$/,
    after: ['ALTER SYSTEM RESET default_transaction_read_only', 'SELECT pg_reload_conf()', 'SELECT pg_sleep(0.3)'],
  },
  {
    name: 'an event trigger that refuses to create tables',
    id: 'postgres-event-trigger',
    dump: [],
    target: [
      RAISES('freeze'),
      "CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION freeze()",
    ],
    message: /^event triggers of the target may refuse statements of the restore: freeze_ddl$/,
  },
  {
    name: 'an event trigger whose function calls another that raises an error',
    id: 'postgres-event-trigger',
    dump: [],
    target: [
      `CREATE FUNCTION "Refuse"(tag text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no % now', tag; END $$`,
      `CREATE FUNCTION passes_on(tag text) RETURNS int LANGUAGE sql AS $$ SELECT public."Refuse" (tag) $$`,
      `CREATE FUNCTION freeze() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.Passes_On(tg_tag); END $$`,
      "CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION freeze()",
    ],
    message: /^event triggers of the target may refuse statements of the restore: freeze_ddl$/,
  },
  {
    name: 'an event trigger that writes where the restoring role may not',
    id: 'postgres-event-trigger',
    as: 'superuser',
    on: (version) => version < 17,
    dump: [],
    target: [
      'CREATE TABLE log (tag text)',
      `CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (tg_tag); END $$`,
      'CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION note()',
    ],
    message: /^event triggers of the target may refuse statements of the restore: note_ddl$/,
  },
  {
    name: 'an event trigger that fires in guarded sessions too',
    id: 'postgres-event-trigger-always',
    as: 'superuser',
    on: (version) => version < 17,
    dump: [],
    target: [
      `CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$`,
      'CREATE EVENT TRIGGER watch_ddl ON ddl_command_end EXECUTE FUNCTION watch()',
      'ALTER EVENT TRIGGER watch_ddl ENABLE ALWAYS',
    ],
    message: /^event triggers of the target would run with a superuser's rights during the restore: watch_ddl$/,
  },
  {
    name: 'the key of a table that was renamed',
    id: 'postgres-name-taken',
    dump: ['CREATE TABLE orders (id int PRIMARY KEY)'],
    target: [
      'CREATE TABLE orders (id int PRIMARY KEY)',
      'ALTER TABLE orders RENAME TO orders_before',
      'ALTER TABLE orders_before OWNER TO restorer',
    ],
    message: /^index public\.orders_pkey of database target has the name of constraint orders_pkey of table orders in /,
  },
  {
    name: 'a type where the dump has a table',
    id: 'postgres-name-taken',
    dump: ['CREATE TABLE colour (id int)'],
    target: ["CREATE TYPE colour AS ENUM ('red')", 'ALTER TYPE colour OWNER TO restorer'],
    message: /^type public\.colour of database target has the name of table colour in the dump$/,
  },
  {
    name: 'a type where the dump has a sequence',
    id: 'postgres-name-taken',
    dump: ['CREATE SEQUENCE colour'],
    target: ["CREATE TYPE colour AS ENUM ('red')", 'ALTER TYPE colour OWNER TO restorer'],
    message: /^type public\.colour of database target has the name of sequence colour in the dump$/,
  },
  {
    name: 'an index of a replaced table that has the name of a sequence',
    id: 'postgres-name-taken',
    dump: ['CREATE SEQUENCE counted'],
    target: ['CREATE INDEX counted ON a_first (id)'],
    message: /^index public\.counted of database target has the name of sequence counted in the dump$/,
  },
  {
    name: 'an enumeration where the dump has a domain',
    id: 'postgres-name-taken',
    dump: ['CREATE DOMAIN price AS numeric CHECK (VALUE > 0)'],
    target: ["CREATE TYPE price AS ENUM ('low')", 'ALTER TYPE price OWNER TO restorer'],
    message: /^type public\.price of database target has the name of domain price in the dump$/,
  },
  {
    name: 'a composite type where the dump has a view',
    id: 'postgres-name-taken',
    dump: ['CREATE VIEW pair AS SELECT 1 AS a'],
    target: ['CREATE TYPE pair AS (a int, b int)'],
    message: /^type public\.pair of database target has the name of view pair in the dump$/,
  },
  {
    name: 'a composite type where the dump has an index',
    id: 'postgres-name-taken',
    dump: ['CREATE INDEX pair ON a_first (id)'],
    target: ['CREATE TYPE pair AS (a int, b int)', 'ALTER TYPE pair OWNER TO restorer'],
    message: /^type public\.pair of database target has the name of index pair of table a_first in the dump$/,
  },
  {
    name: 'a composite type where the dump has a key',
    id: 'postgres-name-taken',
    dump: ['CREATE TABLE t (a int CONSTRAINT pair UNIQUE)'],
    target: ['CREATE TYPE pair AS (a int, b int)', 'ALTER TYPE pair OWNER TO restorer'],
    message: /^type public\.pair of database target has the name of constraint pair of table t in the dump$/,
  },
  {
    name: 'a sequence where the dump has a composite type',
    id: 'postgres-name-taken',
    dump: ['CREATE TYPE pair AS (a int, b int)'],
    target: ['CREATE SEQUENCE pair', 'ALTER SEQUENCE pair OWNER TO restorer'],
    message: /^sequence public\.pair of database target has the name of type pair in the dump$/,
  },
  {
    name: 'an index where the dump has a composite type',
    id: 'postgres-name-taken',
    dump: ['CREATE TYPE pair AS (a int, b int)'],
    target: ['CREATE TABLE other (id int)', 'CREATE INDEX pair ON other (id)', 'ALTER TABLE other OWNER TO restorer'],
    message: /^index public\.pair of database target has the name of type pair in the dump$/,
  },
  {
    name: 'a table where the dump has a domain',
    id: 'postgres-name-taken',
    dump: ['CREATE DOMAIN price AS numeric CHECK (VALUE > 0)'],
    target: ['CREATE TABLE price (a int)'],
    message: /^table public\.price of database target has the name of domain price in the dump$/,
  },
  {
    name: 'a procedure where the dump has a function',
    id: 'postgres-name-taken',
    dump: ['CREATE FUNCTION tidy(a int, b text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    target: ['CREATE PROCEDURE tidy(a int, b text) LANGUAGE sql AS $$ SELECT 1 $$'],
    message: /^procedure public\.tidy\(integer, ?text\) of database target has the name of function tidy\(/,
  },
  {
    name: 'a view where plain SQL has a table',
    id: 'postgres-name-taken',
    form: 'plain SQL',
    dump: ['CREATE TABLE seen (a int)'],
    target: ['CREATE VIEW seen AS SELECT 1 AS a'],
    message: /^view public\.seen of database target has the name of table seen in the dump$/,
  },
  {
    name: 'an extension that only a superuser may create',
    id: 'postgres-extension-untrusted',
    form: 'archive',
    dump: ['CREATE EXTENSION bloom', 'CREATE INDEX by_bloom ON a_first USING bloom (id)'],
    message: /^only a superuser may create the extension bloom, and restorer is none$/,
  },
  {
    name: 'an extension in another schema',
    id: 'postgres-extension-elsewhere',
    form: 'archive',
    dump: ['CREATE EXTENSION citext', 'CREATE TABLE t (a citext)'],
    target: ['CREATE SCHEMA ext', 'CREATE EXTENSION citext SCHEMA ext'],
    message:
      /^the extension citext is in the schema ext, where restorer has to leave it, and objects of the dump need it in public$/,
  },
  {
    name: 'an extension in a schema of the dump',
    id: 'postgres-extension-in-schema',
    dump: ['CREATE SCHEMA extensions', 'CREATE EXTENSION citext SCHEMA extensions'],
    target: [
      'CREATE SCHEMA extensions',
      'CREATE EXTENSION citext SCHEMA extensions',
      'ALTER SCHEMA extensions OWNER TO restorer',
    ],
    message:
      /^the extension citext lies in the schema extensions, which the dump replaces, and restorer may not drop it$/,
    removal: ['ALTER ROLE restorer SUPERUSER'],
    after: ['ALTER ROLE restorer NOSUPERUSER'],
  },
  {
    name: 'objects of others in a schema of others',
    id: 'postgres-foreign-objects',
    created: 'CREATE DATABASE target',
    dump: ["CREATE TYPE mood AS ENUM ('ok')", 'CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    target: [
      "CREATE TYPE mood AS ENUM ('ok')",
      'CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'GRANT ALL ON SCHEMA public TO restorer',
    ],
    message:
      /^restorer can't replace objects that belong to others in database target: function public\.f\(.*integer\) of postgres; type public\.mood of postgres$/,
  },
  {
    name: 'a default of another’s table, which the owner of its schema can’t drop',
    id: 'postgres-foreign-objects',
    dump: ['CREATE TABLE counted (id serial)'],
    target: ['CREATE TABLE counted (id int)'],
    message: /: table public\.counted of postgres$/,
  },
  {
    name: 'a trigger on another’s table, which the owner of its schema can’t drop',
    id: 'postgres-foreign-objects',
    dump: [
      'CREATE TABLE seen (id int)',
      'CREATE TRIGGER quiet BEFORE UPDATE ON seen FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ],
    target: [
      'CREATE TABLE seen (id int)',
      'CREATE TRIGGER quiet BEFORE UPDATE ON seen FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ],
    message: /: table public\.seen of postgres$/,
  },
  {
    name: 'a collation and a statistics object of others',
    id: 'postgres-foreign-objects',
    created: 'CREATE DATABASE target',
    dump: [
      'CREATE COLLATION plain FROM "C"',
      'CREATE TABLE second (id int, b int)',
      'CREATE STATISTICS pairs ON id, b FROM second',
    ],
    target: [
      'CREATE COLLATION plain FROM "C"',
      'CREATE TABLE second (id int, b int)',
      'CREATE STATISTICS pairs ON id, b FROM second',
      'ALTER TABLE second OWNER TO restorer',
      'GRANT ALL ON SCHEMA public TO restorer',
    ],
    message: /: statistics object public\.pairs of postgres; collation public\.plain of postgres$/,
  },
  {
    name: 'a function of others whose arguments have names',
    id: 'postgres-foreign-objects',
    created: 'CREATE DATABASE target',
    dump: ["CREATE FUNCTION f(a int, at timestamptz DEFAULT now(), OUT b text) LANGUAGE sql AS $$ SELECT 'x' $$"],
    target: [
      "CREATE FUNCTION f(a int, at timestamptz DEFAULT now(), OUT b text) LANGUAGE sql AS $$ SELECT 'x' $$",
      'GRANT ALL ON SCHEMA public TO restorer',
    ],
    message: /: function public\.f\(.*integer, ?timestamp with time zone\) of postgres$/,
  },
  {
    name: 'a schema of others',
    id: 'postgres-foreign-objects',
    dump: ['CREATE SCHEMA sales', 'CREATE TABLE sales.t (a int)'],
    target: ['CREATE SCHEMA sales'],
    message: /: schema sales of postgres$/,
  },
  {
    name: 'no right to create schemas',
    id: 'postgres-create-right',
    created: 'CREATE DATABASE target',
    dump: ['CREATE SCHEMA sales', 'CREATE TABLE sales.t (a int)'],
    target: ['GRANT ALL ON SCHEMA public TO restorer'],
    message: /^restorer lacks CREATE on database target, which the dump needs for schema sales$/,
  },
  {
    name: 'no right to create tables in the schema public',
    id: 'postgres-create-right',
    created: 'CREATE DATABASE target',
    dump: [],
    target: ['REVOKE CREATE ON SCHEMA public FROM PUBLIC'],
    message: /^restorer lacks CREATE on schemas of database target in which the dump has objects: public$/,
  },
  {
    name: 'a publication of all tables',
    id: 'postgres-superuser',
    dump: ['CREATE PUBLICATION everything FOR ALL TABLES'],
    message:
      /^the dump has what only a superuser may create, and restorer is none: everything \(a publication of all tables\)$/,
    removal: ['ALTER ROLE restorer SUPERUSER'],
    after: ['ALTER ROLE restorer NOSUPERUSER'],
  },
  {
    name: 'an event trigger of the dump',
    id: 'postgres-superuser',
    dump: [
      'CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'CREATE EVENT TRIGGER watch_ddl ON ddl_command_end EXECUTE FUNCTION watch()',
    ],
    message: /: watch_ddl \(an event trigger\)$/,
    removal: ['ALTER ROLE restorer SUPERUSER'],
    after: ['ALTER ROLE restorer NOSUPERUSER'],
  },
  {
    name: 'a tablespace that the user may not use',
    id: 'postgres-tablespace-right',
    dump: ['CREATE TABLE apart (a int) TABLESPACE fast'],
    message: /^restorer lacks CREATE on tablespaces of the dump: fast$/,
    after: ['REVOKE CREATE ON TABLESPACE fast FROM restorer'],
  },
  {
    name: 'an encoding that can’t be converted',
    id: 'postgres-encoding-conversion',
    source: "CREATE DATABASE source TEMPLATE template0 ENCODING 'EUC_JP' LOCALE 'C'",
    created: "CREATE DATABASE target OWNER restorer TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    dump: [],
    message: /^database target has the encoding LATIN1, and the backup EUC_JP, which the server can't convert$/,
    removal: [],
  },
];

async function dumpOf(form: Form, statements: string[], source = 'CREATE DATABASE source'): Promise<Buffer> {
  await sql(undefined, 'DROP DATABASE IF EXISTS source WITH (FORCE)', source);
  await sql('source', ...statements);
  return buffer(openDump(server, 'source', [...FORMS[form]]));
}

async function makeTarget(statements: string[], created = 'CREATE DATABASE target OWNER restorer'): Promise<void> {
  await sql(undefined, 'DROP DATABASE IF EXISTS target WITH (FORCE)', created);
  await sql('target', ...LIVE, 'ALTER TABLE a_first OWNER TO restorer', ...statements);
}

const load = (dump: Buffer, user: Partial<RunningServer> = OWNER) =>
  loadIntoPostgres({ ...server, ...user }, 'target', dump, () => {}, false, { knowsContents: isPlain(dump) });
/** What a preview finds, by the same rules. */
const previewedIds = async (dump: Buffer, user: Partial<RunningServer>) => {
  const { dbType: db_type, host, port, username, password } = { ...server, ...user };
  const connection = aConnection({ db_type, host, port, username, ssl_mode: 'prefer' });
  const look = await lookAtTarget({ connection, password }, 'target');
  return findingsOf(contentsOf(dump), look).map(({ id }) => id);
};
const isPlain = (dump: Buffer) => !dump.subarray(0, 5).equals(Buffer.from('PGDMP'));

beforeAll(async () => {
  const settings = [
    'max_prepared_transactions=5',
    'wal_level=logical',
    'max_wal_senders=4',
    'max_locks_per_transaction=10',
  ];
  server = (await startServer(
    'postgresql',
    settings.flatMap((one) => ['-c', one]),
  )) as RunningServer;
  major = Number(server.version.split('.')[0]);
  await sql(
    undefined,
    "CREATE ROLE restorer LOGIN PASSWORD 'restorer'",
    'CREATE ROLE app',
    'SET allow_in_place_tablespaces = on',
    "CREATE TABLESPACE fast LOCATION ''",
  );
}, 60_000);
afterAll(() => server?.stop());

describe.each(Object.keys(FORMS) as Form[])('an obstacle to %s', (form) => {
  it.each(OBSTACLES.filter((one) => (one.form ?? form) === form))('$id: $name', async (one) => {
    const { id, as, on, source, dump, created, target = [], message, after = [], removal } = one;
    if (on !== undefined && !on(major)) return;
    const user = as === undefined ? OWNER : {};
    const bytes = await dumpOf(form, [...FIRST, ...dump], source);
    await makeTarget(target, created);
    try {
      expect(await previewedIds(bytes, user)).toContain(id);
      const refused = await load(bytes, user).then(
        () => undefined,
        (error: Error & { hint?: string }) => error,
      );
      expect(refused?.message).toMatch(message);
      expect(refused?.hint).toContain(FINDINGS[id].remedy);
      expect(await rowsOfFirst()).toEqual([41]);

      const [, statements] = /Run: (.*;)$/.exec(refused?.hint ?? '') ?? [];
      const cure = removal ?? statements?.split(/(?<=;) /) ?? [];
      if (removal === undefined) expect(cure).not.toEqual([]);
      await sql('target', ...cure, 'SELECT pg_sleep(0.2)');
      // the remedy may be another database
      if (cure.length === 0) await sql(undefined, 'DROP DATABASE target WITH (FORCE)', 'ALTER ROLE restorer CREATEDB');
      await load(bytes, user);
      expect(await rowsOfFirst()).toEqual([1, 2]);
    } finally {
      if (after.length > 0) await sql(undefined, ...after);
    }
  });
});

interface Warned {
  name: string;
  id: FindingId;
  form?: Form;
  dump: string[];
  created?: string;
  target?: string[];
  source?: string;
  /** A line of the log. */
  line: RegExp;
  /** What is done beforehand so that it isn't found. */
  cure: string[];
  after?: string[];
}

const WARNED: Warned[] = [
  {
    name: 'owners and grantees',
    id: 'postgres-roles-missing',
    dump: [
      'CREATE ROLE gone_owner',
      'CREATE ROLE gone_reader',
      'CREATE TABLE t (a int)',
      'ALTER TABLE t OWNER TO gone_owner',
      'GRANT SELECT ON a_first TO gone_reader',
    ],
    target: ['REASSIGN OWNED BY gone_owner TO postgres'],
    line: /^the server lacks roles that the dump names: as owners gone_owner; in grants and policies gone_reader\. .* Run: CREATE ROLE gone_owner; CREATE ROLE gone_reader;$/,
    cure: ['CREATE ROLE gone_owner', 'CREATE ROLE gone_reader'],
    after: ['DROP DATABASE target WITH (FORCE)', 'DROP ROLE gone_owner', 'DROP ROLE gone_reader'],
  },
  {
    name: 'owners that the user may not become',
    id: 'postgres-owners-not-set',
    dump: ['ALTER TABLE a_first OWNER TO app'],
    line: /^restorer may not give objects to their owners in the dump: app\. .* Run: GRANT app TO restorer;$/,
    cure: ['GRANT app TO restorer'],
    after: ['REVOKE app FROM restorer'],
  },
  {
    name: 'an extension that nothing needs',
    id: 'postgres-extension-left-out',
    form: 'archive',
    dump: ['CREATE EXTENSION pageinspect'],
    line: /^only a superuser may create the extension pageinspect, and restorer is none\. /,
    cure: ['CREATE EXTENSION pageinspect'],
  },
  {
    name: 'a tablespace',
    id: 'postgres-tablespace-missing',
    dump: ['CREATE TABLE apart (a int) TABLESPACE slow'],
    target: ['DROP TABLESPACE slow'],
    line: /^the server lacks tablespaces of the dump: slow\. /,
    cure: [
      'SET allow_in_place_tablespaces = on',
      "CREATE TABLESPACE slow LOCATION ''",
      'GRANT CREATE ON TABLESPACE slow TO restorer',
    ],
  },
  {
    name: 'an encoding that holds fewer characters',
    id: 'postgres-encoding',
    dump: [],
    created: "CREATE DATABASE target OWNER restorer TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    line: /^database target has the encoding LATIN1, and the backup UTF8: a character that LATIN1 lacks fails the restore\. /,
    cure: ['SELECT 1'],
  },
  {
    name: 'another locale',
    id: 'postgres-locale',
    form: 'archive',
    dump: [],
    created: "CREATE DATABASE target OWNER restorer TEMPLATE template0 LOCALE 'C'",
    line: /^the database has the locale libc's C, and the backup libc's C\.UTF-8: /,
    cure: ['SELECT 1'],
  },
  {
    name: 'a limit of connections',
    id: 'postgres-connections',
    dump: [],
    target: ['ALTER ROLE restorer CONNECTION LIMIT 3'],
    line: /^the server lets restorer open 2 more sessions in database target, and a restore needs 3\. /,
    cure: ['ALTER ROLE restorer CONNECTION LIMIT -1'],
    after: ['ALTER ROLE restorer CONNECTION LIMIT -1'],
  },
  {
    name: 'a replication slot that nothing reads',
    id: 'postgres-slot-idle',
    dump: [],
    target: ["SELECT pg_create_physical_replication_slot('idle', true)"],
    line: /^nothing reads the replication slot idle, for which the server keeps \d+ MiB of WAL: .* Run: SELECT pg_drop_replication_slot\('idle'\);$/,
    cure: ["SELECT pg_drop_replication_slot('idle')"],
  },
  {
    name: 'an event trigger that raises no error',
    id: 'postgres-event-trigger-fires',
    dump: [],
    target: [
      "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'seen'; END $$",
      'CREATE EVENT TRIGGER watch_ddl ON ddl_command_end EXECUTE FUNCTION watch()',
    ],
    line: /^event triggers of the target fire during the restore: watch_ddl\. .* Run: ALTER EVENT TRIGGER watch_ddl DISABLE;$/,
    cure: ['ALTER EVENT TRIGGER watch_ddl DISABLE'],
  },
];

describe.each(Object.keys(FORMS) as Form[])('a warning about %s', (form) => {
  it.each(WARNED.filter((one) => (one.form ?? form) === form))('$id: $name', async (one) => {
    const { id, dump, created, source, target = [], line, cure, after = [] } = one;
    await sql(undefined, 'SET allow_in_place_tablespaces = on', "CREATE TABLESPACE slow LOCATION ''").catch(() => {});
    const bytes = await dumpOf(form, [...FIRST, ...dump], source);
    await sql(undefined, 'DROP DATABASE source WITH (FORCE)');
    for (const [, role] of bytes.toString('latin1').matchAll(/\b(gone_\w+)/g))
      await sql(undefined, `DROP ROLE IF EXISTS ${role}`);
    await makeTarget(
      target.filter((text) => !text.startsWith('REASSIGN')),
      created,
    );
    try {
      expect(await previewedIds(bytes, OWNER)).toContain(id);
      const lines = await load(bytes);
      expect(lines).toContainEqual(expect.stringMatching(line));
      expect(lines.find((text) => line.test(text))).toContain(FINDINGS[id].remedy);
      expect(await rowsOfFirst()).toEqual([1, 2]);
      if (cure[0] === 'SELECT 1') return;
      await sql('target', ...cure);
      const again = await load(bytes);
      expect(again.filter((text) => line.test(text))).toEqual([]);
    } finally {
      if (after.length > 0) await sql(undefined, ...after);
    }
  });
});

/** What was refused once, although it restores. */
const RESTORES: (Pick<Case, 'name' | 'as' | 'form' | 'dump' | 'target'> & { not: FindingId })[] = [
  {
    name: 'objects of others in a schema of the user',
    not: 'postgres-foreign-objects',
    dump: [
      "CREATE TYPE mood AS ENUM ('ok')",
      'CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'CREATE TABLE second (id int)',
      'CREATE VIEW seen AS SELECT * FROM second',
    ],
    target: [
      "CREATE TYPE mood AS ENUM ('ok')",
      'CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'CREATE TABLE second (id int)',
      'CREATE VIEW seen AS SELECT * FROM second',
    ],
  },
  {
    name: 'another’s table with a key in a schema of the user',
    not: 'postgres-foreign-objects',
    form: 'archive',
    dump: ['CREATE TABLE second (id int PRIMARY KEY)'],
    target: ['CREATE TABLE second (id int PRIMARY KEY)'],
  },
  {
    name: 'a sequence and indexes of a replaced table with the names of types',
    not: 'postgres-name-taken',
    dump: [
      "CREATE TYPE colour AS ENUM ('red')",
      'CREATE TYPE pair AS (a int, b int)',
      "CREATE TYPE shade AS ENUM ('x')",
    ],
    target: ['CREATE SEQUENCE colour', 'CREATE INDEX pair ON a_first (id)', 'CREATE INDEX shade ON a_first (id)'],
  },
  {
    name: 'an event trigger on commands that the load does not run',
    not: 'postgres-event-trigger',
    dump: ['CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    target: [
      RAISES('freeze'),
      "CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'DROP VIEW') EXECUTE FUNCTION freeze()",
    ],
  },
  {
    name: 'an event trigger that would raise an error without its comment sign',
    not: 'postgres-event-trigger',
    dump: [],
    target: [
      `CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         -- RAISE EXCEPTION 'frozen';
       END $$`,
      'CREATE EVENT TRIGGER watch_ddl ON ddl_command_start EXECUTE FUNCTION watch()',
    ],
  },
  {
    name: 'an event trigger on drops where nothing is dropped',
    not: 'postgres-event-trigger',
    dump: [],
    target: [
      'DROP TABLE a_first',
      RAISES('freeze'),
      'CREATE EVENT TRIGGER freeze_ddl ON sql_drop EXECUTE FUNCTION freeze()',
    ],
  },
];

describe.each(Object.keys(FORMS) as Form[])('what does not block %s', (form) => {
  it.each(RESTORES.filter((one) => (one.form ?? form) === form))('$name', async ({ not, dump, target }) => {
    const bytes = await dumpOf(form, [...FIRST, ...dump]);
    await makeTarget(target ?? []);
    expect(await previewedIds(bytes, OWNER)).not.toContain(not);
    await load(bytes);
    expect(await rowsOfFirst()).toEqual([1, 2]);
  });
});

describe('what a load changes for its sessions', () => {
  it.each(Object.keys(FORMS) as Form[])('a read-only default of the database or user, %s', async (form) => {
    const bytes = await dumpOf(form, FIRST);
    for (const user of [OWNER, {}]) {
      await makeTarget([]);
      await sql(undefined, 'ALTER DATABASE target SET default_transaction_read_only = on');
      expect(await load(bytes, user)).toContain(
        'NOTE: sessions in database target are read only (default_transaction_read_only); the sessions of this restore run: SET default_transaction_read_only = off;',
      );
      expect(await rowsOfFirst()).toEqual([1, 2]);
      // the default itself stays
      await expect(sql('target', 'CREATE TABLE later (a int)')).rejects.toThrow(/read-only/);
    }
  });

  it.each(Object.keys(FORMS) as Form[])('time limits, %s', async (form) => {
    // each row of the trigger's table takes longer than the limit to load
    const bytes = await dumpOf(form, [
      ...FIRST,
      'CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4); RETURN true; END $$',
      'CREATE TABLE t (a int CHECK (public.slow(a)))',
      'INSERT INTO t VALUES (1)',
    ]);
    for (const user of [OWNER, {}]) {
      await makeTarget([]);
      await sql(
        undefined,
        "ALTER DATABASE target SET statement_timeout = '300ms'",
        "ALTER DATABASE target SET idle_session_timeout = '300ms'",
      );
      const holder = sql(
        'target',
        'SET statement_timeout = 0',
        'BEGIN',
        'LOCK TABLE a_first',
        'SELECT pg_sleep(1.5)',
        'COMMIT',
      );
      const lines = await load(bytes, user);
      await holder;
      expect(lines).toContain(
        'NOTE: the server ends sessions or statements after 300ms (statement_timeout); the sessions of this restore run: SET statement_timeout = 0;',
      );
      expect(await rowsOfFirst()).toEqual([1, 2]);
    }
  });

  it.each(Object.keys(FORMS) as Form[])('a default tablespace in which the user may not create, %s', async (form) => {
    const bytes = await dumpOf(form, [...FIRST, 'CREATE TYPE pair AS (a int, b int)']);
    for (const user of [OWNER, {}]) {
      await makeTarget([]);
      await sql(undefined, 'ALTER DATABASE target SET default_tablespace = fast');
      expect(await load(bytes, user)).toContain(
        "NOTE: sessions in database target make tables in the tablespace fast (default_tablespace); the sessions of this restore run: SET default_tablespace = '';",
      );
      expect(await rowsOfFirst()).toEqual([1, 2]);
    }
  });

  it.each(Object.keys(FORMS) as Form[])('event triggers, if PostgreSQL 17 lets a superuser, %s', async (form) => {
    if (major < 17) return;
    const bytes = await dumpOf(form, FIRST);
    await makeTarget([
      RAISES('freeze'),
      'CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start EXECUTE FUNCTION freeze()',
    ]);
    expect(await load(bytes, {})).toContain(
      'NOTE: event triggers of the target would fire during the restore: freeze_ddl; the sessions of this restore run: SET event_triggers = off;',
    );
    expect(await rowsOfFirst()).toEqual([1, 2]);
  });
});

describe('others at work in the target', () => {
  it.each(Object.keys(FORMS) as Form[])('a prepared transaction that holds a lock, %s', async (form) => {
    const bytes = await dumpOf(form, FIRST);
    await makeTarget([]);
    await sql('target', 'BEGIN', 'INSERT INTO a_first VALUES (42)', "PREPARE TRANSACTION 'half done'");
    const lines: string[] = [];
    const loading = loadIntoPostgres({ ...server, ...OWNER }, 'target', bytes, (line) => lines.push(line), false, {
      knowsContents: true,
    });
    await until(async () =>
      lines.some((line) =>
        /^the prepared transaction 'half done' of postgres, since .*, holds locks on public\.a_first/.test(line),
      ),
    );
    const line = lines.find((text) => text.includes("'half done'")) ?? '';
    expect(line).toContain("ROLLBACK PREPARED 'half done';");
    await sql('target', "ROLLBACK PREPARED 'half done'");
    await loading;
    expect(await rowsOfFirst()).toEqual([1, 2]);
  });

  it.each(Object.keys(FORMS) as Form[])('a session that holds a lock, %s', async (form) => {
    const bytes = await dumpOf(form, [...FIRST]);
    await makeTarget([]);
    const holder = sql('target', 'BEGIN', 'LOCK TABLE a_first IN SHARE MODE', 'SELECT pg_sleep(2)', 'COMMIT');
    await until(
      async () => (await sql('target', "SELECT FROM pg_locks WHERE relation = 'a_first'::regclass")).length > 0,
    );
    const lines = await load(bytes);
    await holder;
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^sessions hold locks that the restore waits for: process \d+ of postgres .*on public\.a_first\. /,
      ),
    );
    expect(await rowsOfFirst()).toEqual([1, 2]);
    expect((await load(bytes)).filter((line) => line.startsWith('sessions hold'))).toEqual([]);
  });
});

it('a subscriber of the target is told, and a subscription of the dump left out', async () => {
  const subscriber = (await startServer('postgresql', ['-c', 'wal_level=logical'])) as RunningServer;
  try {
    const bytes = await dumpOf('archive', FIRST);
    await makeTarget(['CREATE PUBLICATION changes FOR TABLE a_first']);
    await runSql(subscriber, undefined, ['CREATE DATABASE copy']);
    const { host, port, username, password } = server;
    const from = `host=${host} port=${port} user=${username} password=${password} dbname=target`;
    await runSql(subscriber, 'copy', [
      'CREATE TABLE a_first (id int PRIMARY KEY)',
      `CREATE SUBSCRIPTION follower CONNECTION '${from}' PUBLICATION changes`,
    ]);
    await until(
      async () =>
        (await sql(undefined, "SELECT FROM pg_replication_slots WHERE slot_name = 'follower' AND active")).length > 0,
    );
    const told = /^others follow the changes of the database \(replication slots follower\): /;
    expect(await previewedIds(bytes, OWNER)).toContain('postgres-subscribers');
    expect(await load(bytes)).toContainEqual(expect.stringMatching(told));
    const subscribed = await buffer(openDump(subscriber, 'copy'));
    await runSql(subscriber, 'copy', ['DROP SUBSCRIPTION follower']);
    expect((await load(bytes)).filter((line) => told.test(line))).toEqual([]);
    expect(await load(subscribed)).toContainEqual(
      expect.stringMatching(/^subscriptions of the dump are left out: follower\. /),
    );
    expect(await sql('target', 'SELECT FROM pg_subscription')).toEqual([]);
  } finally {
    await subscriber.stop();
  }
});

it('an extension that the server lacks and objects need is an obstacle; one that nothing needs, a warning', async () => {
  const bytes = await dumpOf('archive', [...FIRST, 'CREATE EXTENSION citext', 'CREATE TABLE t (a citext)']);
  await makeTarget([]);
  const lacking = Buffer.from(bytes.toString('latin1').replaceAll('citext', 'citexx'), 'latin1');
  await expect(load(lacking)).rejects.toMatchObject({
    message: 'the server lacks the extension citexx, which objects of the dump need',
    hint: FINDINGS['postgres-extension-missing'].remedy,
  });
  expect(await rowsOfFirst()).toEqual([41]);
  await load(bytes);
  expect(await rowsOfFirst()).toEqual([1, 2]);
  const unneeded = await dumpOf('archive', [...FIRST, 'CREATE EXTENSION citext']);
  const lines = await load(Buffer.from(unneeded.toString('latin1').replaceAll('citext', 'citexx'), 'latin1'));
  expect(lines).toContainEqual(expect.stringMatching(/^the server lacks the extension citexx: the restore fails on/));
});

it.each(Object.keys(FORMS) as Form[])('a sequence and a type of one name in the dump, %s', async (form) => {
  const both = ['CREATE SEQUENCE counted', "CREATE TYPE counted AS ENUM ('one')"];
  const bytes = await dumpOf(form, [...FIRST, ...both]);
  await makeTarget([]);
  await expect(load(bytes)).rejects.toMatchObject({
    message:
      "the dump has a sequence and a type public.counted, and PostgreSQL can't make the sequence once there is the type",
    hint: FINDINGS['postgres-names-meet'].remedy,
  });
  expect(await rowsOfFirst()).toEqual([41]);
  await sql('source', 'ALTER TYPE counted RENAME TO counts');
  await load(await buffer(openDump(server, 'source', [...FORMS[form]])));
  expect(await rowsOfFirst()).toEqual([1, 2]);
});

it('a superuser restores over event triggers of the dump itself', async () => {
  const bytes = await dumpOf('archive', [
    ...FIRST,
    RAISES('freeze'),
    "CREATE EVENT TRIGGER freeze_ddl ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION freeze()",
  ]);
  await makeTarget([]);
  await load(bytes, {});
  await load(bytes, {});
  expect(await rowsOfFirst()).toEqual([1, 2]);
});

it('plain SQL that needs a trusted connection is refused before its load, if its contents are known', async () => {
  const bytes = await dumpOf('plain SQL', [
    ...FIRST,
    "CREATE FUNCTION twice(float8) RETURNS float8 LANGUAGE internal AS 'dsqrt'",
  ]);
  await makeTarget([]);
  await expect(load(bytes, {})).rejects.toMatchObject({
    message: 'the dump needs a trusted connection: FUNCTION public.twice (a function in the language internal)',
  });
  expect(await rowsOfFirst()).toEqual([41]);
  await loadIntoPostgres(server, 'target', bytes, () => {}, false, { trusted: true, knowsContents: true });
  expect(await rowsOfFirst()).toEqual([1, 2]);
});

it('a standby is refused; once it is promoted, it is restored into', async () => {
  const bytes = await dumpOf('archive', FIRST);
  const standby = await startStandby();
  try {
    const into = () => loadIntoPostgres(standby, 'postgres', bytes);
    await expect(into()).rejects.toMatchObject({
      message: 'the server is a standby, which accepts no writes',
      hint: 'Restore into the primary instead.',
    });
    await runSql(standby, 'postgres', ['SELECT pg_promote()']);
    await into();
    expect(await runSql(standby, 'postgres', ['SELECT id FROM a_first ORDER BY id'])).toEqual([{ id: 1 }, { id: 2 }]);
  } finally {
    await standby.stop();
  }
});

it('plain SQL with more relations than the server has room to lock is told, and rolled back if it fails', async () => {
  const small = (await startServer('postgresql', [
    ...['-c', 'max_locks_per_transaction=10', '-c', 'max_connections=20', '-c', 'max_worker_processes=1'],
    ...['-c', 'autovacuum_max_workers=1'],
  ])) as RunningServer;
  try {
    await runSql(small, undefined, ['CREATE DATABASE target']);
    const tables = Array.from({ length: 3000 }, (_, at) => `CREATE TABLE public.t${at} (a integer);`);
    const plain = (statements: string[]) =>
      Buffer.from(
        [
          '--',
          '-- PostgreSQL database dump',
          '--',
          ...statements,
          '--',
          '-- PostgreSQL database dump complete',
          '--',
          '',
        ].join('\n'),
      );
    const dump = plain(tables);
    const lines: string[] = [];
    await expect(
      loadIntoPostgres(small, 'target', dump, (line) => lines.push(line), false, { knowsContents: true }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('out of shared memory'),
      hint: expect.stringContaining('was rolled back'),
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^one transaction makes 3000 tables, .*, and the server has room for 200 locks /),
    );
    expect(await runSql(small, 'target', ["SELECT FROM pg_class WHERE relname ~ '^t[0-9]'"])).toEqual([]);
    const few = plain(tables.slice(0, 50));
    const again = await loadIntoPostgres(small, 'target', few, () => {}, false, { knowsContents: true });
    expect(again.filter((line) => line.startsWith('one transaction'))).toEqual([]);
  } finally {
    await small.stop();
  }
});

/** A server in recovery without a primary: it has all that initdb made, and waits for more. */
async function startStandby(): Promise<RunningServer> {
  const { binDir = '' } = server;
  const password = 'standby';
  return startThrowaway(
    {
      ...{
        dbType: 'postgresql',
        title: 'PostgreSQL',
        prefix: 'jagad-standby-',
        username: 'postgres',
        password,
        binDir,
      },
      stopSignal: 'INT',
      secretFiles: { 'initial-password': `${password}\n` },
      commands: ({ directory, port }) => {
        const data = join(directory, 'data');
        const settings = [
          `port=${port}`,
          'listen_addresses=127.0.0.1',
          'unix_socket_directories=',
          'shared_buffers=16MB',
        ];
        return [
          [
            join(binDir, 'initdb'),
            '-D',
            data,
            '-U',
            'postgres',
            '--pwfile',
            join(directory, 'initial-password'),
            '-A',
            'scram-sha-256',
          ],
          ['touch', join(data, 'standby.signal')],
          [join(binDir, 'postgres'), '-D', data, ...settings.flatMap((one) => ['-c', one])],
        ];
      },
      version: async ({ port }) => {
        const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' });
        try {
          await client.connect();
          const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
          return rows[0]?.server_version ?? '';
        } finally {
          await client.end();
        }
      },
    },
    {},
  );
}
