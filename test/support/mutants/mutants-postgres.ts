/** Mutants of what pg_dump writes, as archives and as plain SQL, and a server to load them into. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { attacksWith } from '../../hostile/attacks-postgres-plain.ts';
import { randomNumbers } from '../chunks.ts';
import { runSql } from '../harness.ts';
import { loadIntoPostgres } from '../postgres-load.ts';
import { startServer } from '../servers.ts';
import { type EditedArchive, type EditedEntry, editArchive } from './archive-editor.ts';
import { type MutantSource, refusalOf } from './mutant-source.ts';
import { type MutationKit, mutate } from './mutants.ts';

const SECRET = 'the-secret-that-stays-where-it-is';

/** Nothing of it runs a function while it is loaded: a function may hold anything, and a superuser loads it here. */
const SCHEMA = [
  'CREATE SCHEMA app',
  "CREATE TYPE app.state AS ENUM ('new', 'it''s', E'back\\\\')",
  `CREATE TABLE app.t (id int PRIMARY KEY, "a; b" text DEFAULT E'x\\\\y''z', state app.state DEFAULT 'new', CHECK ("a; b" <> ';'))`,
  "COMMENT ON TABLE app.t IS E'a \\\\ comment; with ''quotes'' -- and more'",
  "COMMENT ON COLUMN app.t.id IS 'plain'",
  'CREATE FUNCTION app.f(a int, b text DEFAULT $x$;$x$) RETURNS int LANGUAGE sql AS $_$ SELECT $1; $_$',
  'CREATE FUNCTION app.atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 ELSE 3 END; SELECT a; END',
  "CREATE VIEW app.v AS SELECT id, '; --'::text AS odd FROM app.t",
  "CREATE RULE r AS ON INSERT TO app.v DO INSTEAD (DELETE FROM app.t WHERE false; SELECT ';')",
  'CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t',
  'CREATE TABLE app.parts (kind text) PARTITION BY LIST (kind)',
  "CREATE TABLE app.parts_a PARTITION OF app.parts FOR VALUES IN ('a;', 'it''s')",
  'CREATE INDEX i ON app.t (lower("a; b")) WHERE "a; b" <> \';\'',
  'CREATE POLICY p ON app.t USING (id > 0)',
  'CREATE SEQUENCE app.s',
  'GRANT SELECT ON app.t TO PUBLIC',
  "SELECT lo_from_bytea(777, 'large')",
  "INSERT INTO app.t VALUES (1, 'one'), (2, E'back\\\\ ''slash\\n; --')",
];

const PAYLOAD = 'CREATE ROLE evil';
const FRAGMENTS = [
  `; ${PAYLOAD}; `,
  ...["'", "\\'", "''", '"', '$$', '$_$', '$x$', '*/', ')', 'END', "E'\\\\'", "'\n'"].map(
    (end) => `${end}; ${PAYLOAD}; --`,
  ),
  `'; ${PAYLOAD}; SELECT '`,
  `END; ${PAYLOAD}; SELECT 1`,
  `"; ${PAYLOAD}; SELECT "`,
  `$_$; ${PAYLOAD}; SELECT $_$`,
  `\n; ${PAYLOAD}; COMMENT ON TABLE app.t IS '`,
];
const PIECES = [
  ...[
    "'",
    "''",
    "E'",
    "\\'",
    '\\',
    '"',
    '$$',
    '$_$',
    '--',
    '/*',
    '*/',
    '\n',
    ';',
    '(',
    ')',
    'CASE ',
    ' END',
    ' AS case',
  ],
  ...["N'", "B'1'"],
];

/** In the place of a string: to the server, some are all text and some end early; a wrong reader takes one for the other. */
const LITERALS: readonly ((payload: string) => string)[] = [
  (payload) => `E'x\\''; ${payload}; --'`,
  (payload) => `E'x\\'; ${payload}; --'`,
  (payload) => `E'x' \n '\\''; ${payload}; --'`,
  (payload) => `'x\\''; ${payload}; --'`,
  (payload) => `'x\\'; ${payload}; --'`,
  (payload) => `N'x\\''; ${payload}; --'`,
  (payload) => `$a$ ' $b$; ${payload}; $b$ $a$`,
  (payload) => `$a$x$a$; ${payload}; --$a$`,
  (payload) => `'x' /* /* */ ' */; ${payload}; --'`,
  (payload) => `'x'--'\n; ${payload}; --'`,
  (payload) => `U&'x\\0027; ${payload}; --'`,
];

function mutateArchive(archive: EditedArchive, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const inserted = (whole: string, piece: string) => {
    const at = Math.floor(random() * (whole.length + 1));
    return whole.slice(0, at) + piece + whole.slice(at);
  };
  const change = (one: EditedEntry, piece: string) => {
    const field = random() < 0.7 ? 'definition' : 'drop';
    if (one[field] !== '') one[field] = inserted(one[field], piece);
  };
  const { entries } = archive;
  const kind = random();
  const one = pick(entries);
  if (kind < 0.68) {
    // another spelling of the same, or of something as harmless
    const changes: ((definition: string) => string)[] = [
      (definition) => definition.replaceAll('\n', ' \n\t'),
      (definition) => definition.replace(/IS '([^'\\]*)';\n$/, "IS '$1 -- $$1'';\n';\n"),
      (definition) => definition.replace(/\b(SELECT|TABLE|COMMENT|ON)\b/g, (word) => word.toLowerCase()),
      (definition) => definition.replace(/(?<!')'([a-z]+)'(?!')/, "E'$1\\\\'''"),
      (definition) => definition.replace(/(?<!')'([a-z]+)'(?!')/, '$$a$$$1;$$a$$'),
    ];
    const spelled = pick(changes);
    for (const each of entries)
      if (!/STRINGS|ENCODING|SEARCH/.test(each.desc)) each.definition = spelled(each.definition);
  } else if (kind < 0.71) {
    const other = pick(entries);
    [one.definition, other.definition] = [other.definition, one.definition];
  } else if (kind < 0.74) one.desc = pick(entries).desc;
  else if (kind < 0.78) entries.splice(entries.indexOf(one), 1);
  else if (kind < 0.85) change(one, pick(PIECES));
  else if (kind < 0.94) {
    const literal = pick(LITERALS)(PAYLOAD);
    const comment = pick(
      entries.filter(({ definition }) => /'[^']+'/.test(definition) && !definition.startsWith('SE')),
    );
    comment.definition = comment.definition.replace(/'[^']+'/, () => literal);
  } else change(one, pick(FRAGMENTS));
  if (random() < 0.15) change(pick(entries), pick([...PIECES, ...FRAGMENTS]));
  const strings = entries.find(({ desc }) => desc === 'STDSTRINGS');
  if (strings !== undefined && random() < 0.06) strings.definition = "SET standard_conforming_strings = 'off';\n";
}

/** Of the archives: those with a changed byte anywhere. */
const ODD_BYTE = 0.04;

const ENCODINGS = ['SJIS', 'GB18030', 'BIG5', 'GBK', 'UHC', 'JOHAB', 'LATIN1', 'UTF8', 'SQL_ASCII', 'EUC_JP', 'KOI8'];
const SETTINGS = ['standard_conforming_strings = off', 'search_path = app', 'row_security = on', 'xmloption = content'];
/** Before a statement; not before rows. */
const BEFORE = /^(?=(?:CREATE|ALTER|COMMENT|COPY|INSERT|GRANT) )/gm;

/** @param file that the server can read: it has the secret; @param newFile that doesn't exist, in a place where the server may write. */
function kitFor(file: string, newFile: string): MutationKit {
  const comment = (text: (payload: string) => string) => (dump: string, payload: string) =>
    dump.replace("IS 'plain'", () => `IS ${text(payload)}`);
  const before = (statement: (payload: string) => string) => (dump: string, payload: string) =>
    dump.replace(BEFORE, () => statement(payload));
  const doubled = (payload: string) => payload.replaceAll("'", "''");
  return {
    payloads: [
      ...[PAYLOAD, 'DROP DATABASE victim', "ALTER DATABASE victim SET work_mem = '5MB'", `\n\\! touch ${newFile}\n`],
      ...[
        `COPY app.t FROM PROGRAM 'touch ${newFile}; false'`,
        `COPY app.loot FROM '${file}'`,
        'GRANT witness TO public_role',
      ],
      ...[`CREATE TABLE loot AS SELECT pg_read_file('${file}')`, "ALTER SYSTEM SET work_mem = '5MB'"],
      ...[`INSERT INTO app.t VALUES (9, pg_read_file('${file}'))`, 'DO $do$ BEGIN CREATE ROLE evil; END $do$'],
      ...[`\\o | touch ${newFile}\n`, 'COMMIT; DROP DATABASE victim', `\\c victim\nDROP TABLE precious`],
    ],
    spellings: [
      (dump) => dump.replace(/\b(SELECT|CREATE|TABLE|COMMENT|COPY|VALUES|ALTER)\b/g, (word) => word.toLowerCase()),
      (dump) => dump.replace(/^(CREATE|ALTER) /gm, "$1 \n\t/* it's; */ "),
      before((payload) => `-- '; ${payload.replaceAll('\n', ' ')};\n`),
      before((payload) => `/* '; ${payload}; /* nested ' */ */\n`),
      before(() => "SET client_encoding = 'LATIN1';\n"),
      before(() => 'SET standard_conforming_strings = off;\nSET standard_conforming_strings = on;\n'),
      comment((payload) => `E'x\\'; ${payload.replaceAll("'", "\\'").replaceAll('\\!', '\\\\!')}; --'`),
      comment((payload) => `'x\\''; ${doubled(payload)}; --'`),
      comment((payload) => `'\\'\n'; ${doubled(payload)}; --'`),
      comment((payload) => `N'x'''`.slice(1).concat(payload.slice(0, 0))),
      (dump, payload) =>
        dump.replace(
          /^COMMENT ON COLUMN .*$/m,
          () =>
            `SET standard_conforming_strings = off;\nCOMMENT ON COLUMN app.t.id IS 'x\\'; ${doubled(payload).replaceAll('\\!', '\\\\!')}; --';\nSET standard_conforming_strings = on;`,
        ),
      (dump, payload) =>
        dump.replace(
          /^(COPY app\.t .*)$/m,
          (copy) => `${copy}\n11\t'; ${payload.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}; --\tnew`,
        ),
      (dump, payload) =>
        dump.replace(
          /^INSERT INTO app\.t /m,
          (insert) =>
            `INSERT INTO app.t VALUES (12, E'\\'; ${payload.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}; --', 'new');\n${insert}`,
        ),
      (dump, payload) =>
        dump.replace(/SELECT \$1; /, () => `SELECT $1; -- ${payload.replaceAll('\n', ' ').replaceAll('$', '')}\n`),
    ],
    literals: [
      ...LITERALS,
      (payload) => `E'\x83\\'; ${payload}; --'`,
      (payload) => `'x'); ${payload}; --'`,
      (payload) => `'\\'); ${payload}; --'`,
      (payload) => `$$'; ${payload}; --$$`,
      () => `pg_read_file('${file}')`,
      () => '(SELECT rolpassword FROM pg_authid LIMIT 1)',
    ],
    statements: [
      ...Object.values(attacksWith(() => newFile, file)).map(
        ({ sql }) =>
          () =>
            Buffer.from(sql as string).toString('latin1'),
      ),
      (payload) => `${payload};\n`,
      (payload) => `SELECT 1 \\; ${payload};\n`,
      (payload) =>
        `CREATE FUNCTION app.g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS case; END; ${payload}; SELECT 1 AS end;\n`,
      (payload) => `CREATE FUNCTION app.h() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; ${payload};\n`,
      (payload) => `CREATE RULE r2 AS ON INSERT TO app.v DO ALSO (SELECT 1; ${payload});\n`,
      (payload) => `CREATE SCHEMA other CREATE TABLE x (a int) ${payload};\n`,
      (payload) => `COPY app.none (a) FROM stdin;\n${payload};\n\\.\n`,
      (payload) => `\\if false\n${payload};\n\\endif\n`,
      () => `\\i ${file}\n`,
      () => `\\set x \`touch ${newFile}\`\n`,
      () => `\\g | touch ${newFile}\n`,
      () => `SELECT 1 \\gexec\n`,
      () => 'BEGIN;\n',
      () => 'COMMIT;\n',
      () => `COPY app.t TO PROGRAM 'touch ${newFile}';\n`,
      () => `COPY app.t TO '${newFile}';\n`,
      () => `SELECT pg_catalog.lo_export(777, '${newFile}');\n`,
      () => "SELECT pg_catalog.set_config('session_replication_role', 'replica', false);\n",
      () => 'SET SESSION AUTHORIZATION witness;\n',
      () => 'SET ROLE witness;\n',
      () => "CREATE FUNCTION app.c() RETURNS int LANGUAGE c AS '/tmp/evil.so', 'f';\n",
      () => "CREATE TABLESPACE evil LOCATION '/tmp';\n",
      () => `CREATE SUBSCRIPTION evil CONNECTION 'dbname=victim' PUBLICATION p;\n`,
      ...ENCODINGS.flatMap((name) => [
        () => `SET client_encoding = '${name}';\n`,
        (payload: string) =>
          `SET client_encoding = '${name}';\nCOMMENT ON TABLE app.t IS E'\x83\\'; ${payload}; --';\n`,
      ]),
      ...SETTINGS.flatMap((setting) => [
        () => `SET ${setting};\n`,
        (payload: string) => `SET ${setting};\nCOMMENT ON SCHEMA app IS '\\'; ${payload}; --';\n`,
        () => `RESET ${setting.split(' ')[0]};\n`,
      ]),
    ],
    pieces: [...PIECES, '\\\\', '\n\\.\n', '\t', ':DBNAME', ":'x'", "U&'", '$1', '\\;', '1', 'e'],
    closers: [
      ...["'", "\\'", "''", '"', '$$', '$_$', '$x$', '*/', ')', 'END', "E'\\\\'", "'\n'", '\n\\.\n', '\n', '1)', "')"],
    ],
  };
}

/** Of plain SQL. What names its own database is loaded by the product alone, so it stands in an even place. */
const OPTIONS = [['--create'], [], ['--inserts'], ['--column-inserts', '--rows-per-insert=10']];

/** Roles, memberships, databases, settings, tablespaces. Of a restore's own, no matter. */
const OF_SERVER = `SELECT
  (SELECT json_agg((rolname, rolsuper, rolpassword) ORDER BY rolname) FROM pg_authid WHERE rolname NOT LIKE 'jagad%') AS roles,
  (SELECT json_agg((roleid::regrole, member::regrole) ORDER BY roleid, member) FROM pg_auth_members
    WHERE member::regrole::text NOT LIKE 'jagad%') AS members,
  (SELECT json_agg((datname, datacl, shobj_description(oid, 'pg_database')) ORDER BY datname) FROM pg_database
    WHERE datname !~ '^(target|jagad)') AS databases,
  (SELECT json_agg((setdatabase, setrole, setconfig)) FROM pg_db_role_setting) AS settings,
  (SELECT json_agg((name, setting)) FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf') AS server,
  (SELECT json_agg(spcname ORDER BY spcname) FROM pg_tablespace) AS spaces`;
const OF_VICTIM =
  "SELECT (SELECT json_agg(p) FROM precious p) AS rows, (SELECT json_agg(relname ORDER BY 1) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables";

/** Mutants of archives, or of plain SQL. */
export async function postgresMutants(format: 'archive' | 'plain SQL'): Promise<MutantSource> {
  const server = (await startServer('postgresql')) as RunningServer;
  const directory = await mkdtemp('/tmp/jagad-mutants-');
  await chmod(directory, 0o777);
  const file = join(directory, 'secret');
  const newFile = join(directory, 'new');
  await writeFile(file, `8\t${SECRET}\tnew\n`, { mode: 0o644 });
  const sql = (database: string, ...statements: string[]) => runSql(server, database, statements);
  await sql(
    'postgres',
    'CREATE DATABASE source',
    'CREATE DATABASE victim',
    'CREATE ROLE witness',
    'CREATE ROLE public_role',
  );
  await sql('victim', 'CREATE TABLE precious (a int)', 'INSERT INTO precious VALUES (1)');
  await sql('source', ...SCHEMA);
  const original = editArchive(await buffer(openDump(server, 'source')));
  const plain = await Promise.all(
    OPTIONS.map((options) => buffer(openDump(server, 'source', ['--format=plain', ...options]))),
  );
  const kit = kitFor(file, newFile);
  const env = {
    ...{ PATH: process.env.PATH, PGHOST: server.host, PGPORT: String(server.port) },
    ...{ PGUSER: server.username, PGPASSWORD: server.password },
  };
  const tool = (name: string) => (server.binDir === undefined ? name : join(server.binDir, name));
  const isArchive = format === 'archive';
  return {
    name: format,
    server,
    mutant(seed) {
      const random = randomNumbers(seed);
      if (!isArchive) return mutate(plain[seed % plain.length] as Buffer, kit, random);
      const archive = original.copy();
      mutateArchive(archive, random);
      const bytes = archive.bytes();
      if (random() < ODD_BYTE) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      return bytes;
    },
    refusal: (dump) => refusalOf(dump, 'postgresql'),
    hasAttack: (dump) => (isArchive ? [PAYLOAD] : kit.payloads).some((payload) => dump.includes(payload)),
    async load(dump, seed) {
      await sql('postgres', 'DROP DATABASE IF EXISTS target', 'CREATE DATABASE target');
      // both ways that there are: by the product, and by the plain tool
      if (seed % 2 === 0) {
        return loadIntoPostgres(server, 'target', dump).then(
          () => true,
          () => false,
        );
      }
      const { status } = isArchive
        ? spawnSync(tool('pg_restore'), ['--clean', '--if-exists', '--dbname=target'], { env, input: dump })
        : spawnSync(tool('psql'), ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname=target'], {
            env,
            input: dump,
          });
      return status === 0;
    },
    async witnesses() {
      const [ofServer] = await sql('postgres', OF_SERVER);
      const ofVictim = await sql('victim', OF_VICTIM).catch((error: Error) => error.message);
      const dumped = text(openDump(server, 'target', ['--format=plain']));
      const hasSecret = (await dumped.catch(() => '')).includes(SECRET);
      return { ofServer, ofVictim, file: existsSync(newFile), hasSecret };
    },
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}
