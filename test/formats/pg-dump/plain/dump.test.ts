import { describe, expect, it } from 'vitest';
import { DecompressError, RestoreError } from '../../../../lib/errors/errors.ts';
import { PlainDump } from '../../../../lib/formats/pg-dump/plain/dump.ts';
import { randomNumbers } from '../../../support/chunks.ts';

/** What comes out: each statement with its line, the rows of each COPY together, what is left out. */
function read(sql: string | Buffer, cut: () => number = () => 1 << 20): string[] {
  const bytes = Buffer.from(sql as string);
  const dump = new PlainDump();
  const out: string[] = [];
  let rows = '';
  const take = (pieces: ReturnType<PlainDump['push']>) => {
    for (const piece of pieces) {
      if (piece.kind === 'statement') out.push(`${piece.line}: ${piece.bytes.toString('latin1')}`);
      else if (piece.kind === 'left out') out.push(`${piece.line}: left out`);
      else if (piece.kind === 'rows') rows += piece.bytes.toString('latin1');
      else {
        out.push(rows);
        rows = '';
      }
    }
  };
  for (let at = 0; at < bytes.length; ) {
    const next = at + cut();
    take(dump.push(Buffer.from(bytes.subarray(at, next))));
    at = next;
  }
  take(dump.end());
  return out;
}

function refusal(sql: string | Buffer): string {
  try {
    read(sql);
  } catch (error) {
    expect(error).toBeInstanceOf(RestoreError);
    return (error as Error).message;
  }
  return 'it was accepted';
}

const PG_DUMP = `--
-- PostgreSQL database dump
--

\\restrict a1B2c3

-- Dumped from database version 15.18; don't mind the quote
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE FUNCTION sales.f() RETURNS text
    LANGUAGE plpgsql
    AS $_$
BEGIN
  RETURN E'\\\\!' || $1 || '\\connect elsewhere;'; -- \\! in a body
END $_$;


CREATE FUNCTION sales.g(begin integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN (begin > 1) THEN 1 ELSE 2 END;
 SELECT begin;
END;

CREATE RULE r AS
    ON INSERT TO sales.t DO ( UPDATE sales.t SET a = 1; DELETE FROM sales.t; );

BEGIN;

SELECT pg_catalog.lo_open('4711', 131072);
SELECT pg_catalog.lowrite(0, '\\x00ff');
SELECT pg_catalog.lo_close(0);

COMMIT;

COPY sales.t (id, "odd ""name""; \\!", note) FROM stdin;
1\t\\N\t\\\\! \\\\. ' " $$ /* --
\\.x
2\tc:\\\\temp\\\\\t;\\b
\\.


COPY sales.empty (id) FROM stdin;
\\.


\\unrestrict a1B2c3

`;

describe('what pg_dump writes', () => {
  const whole = read(PG_DUMP);

  it('is split into statements with their lines, and unchanged rows', () => {
    expect(whole.map((piece) => piece.split('\n')[0])).toEqual([
      "8: SET client_encoding = 'UTF8';",
      '9: SET standard_conforming_strings = on;',
      "10: SELECT pg_catalog.set_config('search_path', '', false);",
      '12: CREATE FUNCTION sales.f() RETURNS text',
      '20: CREATE FUNCTION sales.g(begin integer) RETURNS integer',
      '27: CREATE RULE r AS',
      "32: SELECT pg_catalog.lo_open('4711', 131072);",
      "33: SELECT pg_catalog.lowrite(0, '\\x00ff');",
      '34: SELECT pg_catalog.lo_close(0);',
      '38: COPY sales.t (id, "odd ""name""; \\!", note) FROM stdin;',
      '1\t\\N\t\\\\! \\\\. \' " $$ /* --',
      '45: COPY sales.empty (id) FROM stdin;',
      '',
    ]);
    expect(whole[10]).toBe('1\t\\N\t\\\\! \\\\. \' " $$ /* --\n\\.x\n2\tc:\\\\temp\\\\\t;\\b\n');
    expect(whole[4]).toMatch(/BEGIN ATOMIC[\s\S]*SELECT begin;\nEND;$/);
    expect(whole[5]).toMatch(/DELETE FROM sales\.t; \);$/);
  });

  it('is read the same however it is cut', () => {
    for (const size of [1, 2, 3, 7, 64]) expect(read(PG_DUMP, () => size)).toEqual(whole);
    for (let seed = 0; seed < 100; seed++) {
      const random = randomNumbers(seed);
      expect(read(PG_DUMP, () => 1 + Math.floor(random() * 100))).toEqual(whole);
    }
    expect(read(`\ufeff${PG_DUMP}`, () => 1)).toEqual(whole);
    expect(read(PG_DUMP.replaceAll('\n', '\r\n'), () => 5)).toHaveLength(whole.length);
  });

  it.each([
    'SET xmloption = content',
    "SET default_tablespace = ''",
    'SET default_tablespace = "odd one"',
    'SET search_path = shop, pg_catalog',
    'CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public',
    'CREATE TABLE a.b (id integer DEFAULT nextval(\'a.s\'::regclass), "AS" text GENERATED ALWAYS AS (x) STORED)',
    'CREATE UNLOGGED TABLE a.b (id integer) PARTITION BY RANGE (id)',
    'CREATE MATERIALIZED VIEW a.m AS\n SELECT 1 AS a\n  WITH NO DATA',
    'CREATE OR REPLACE VIEW a.v AS SELECT NULL::integer AS id',
    'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a.b FOR EACH ROW EXECUTE FUNCTION a.f()',
    "CREATE FUNCTION a.f() RETURNS integer LANGUAGE c AS '$libdir/hstore', 'f'",
    'CREATE OR REPLACE PROCEDURAL LANGUAGE plperl',
    "CREATE DEFAULT CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM f",
    'CREATE USER MAPPING FOR PUBLIC SERVER s',
    'CREATE SCHEMA schema AUTHORIZATION "own er"',
    'ALTER TABLE ONLY a.b ALTER COLUMN c SET STATISTICS 3',
    'ALTER TABLE IF EXISTS ONLY a.b DROP CONSTRAINT IF EXISTS c',
    'ALTER TABLE a.b OWNER TO app',
    'ALTER TABLE a.b FORCE ROW LEVEL SECURITY',
    'ALTER TABLE a.b ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY ( SEQUENCE NAME a.s START WITH 1 )',
    'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA a GRANT SELECT ON TABLES TO b',
    'ALTER LARGE OBJECT 4711 OWNER TO app',
    'ALTER INDEX a.i ATTACH PARTITION a.j',
    'DROP TEXT SEARCH CONFIGURATION IF EXISTS a.b',
    "COMMENT ON CONSTRAINT c ON a.b IS 'with ;'",
    "SECURITY LABEL FOR selinux ON TABLE a.b IS 'x'",
    'GRANT SELECT(id),UPDATE(note) ON TABLE a.b TO c WITH GRANT OPTION',
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    'REFRESH MATERIALIZED VIEW a.m',
    "INSERT INTO a.b (id, c) OVERRIDING SYSTEM VALUE VALUES (-1, E'\\'', B'01', NULL, 1e-30), (2, 'x', '', true, DEFAULT)",
    'INSERT INTO a.b DEFAULT VALUES',
    'INSERT INTO a.b VALUES (1) ON CONFLICT DO NOTHING',
    "SELECT pg_catalog.setval('a.s', -5, true)",
    "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '4711'",
    "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n\t'version', '180000'::integer,\n\t'relname', 't',\n\t'histogram', '{1,2}'::real[]\n)",
  ])('is accepted: %s', (statement) => {
    expect(read(`${statement};`)).toEqual([`1: ${statement};`]);
  });

  it('is loaded without subscriptions and what --create writes about the database', () => {
    const create = 'SET lock_timeout = 0;\nDROP DATABASE shop;\nCREATE DATABASE shop WITH TEMPLATE = template0;\n';
    const rest = 'ALTER DATABASE shop OWNER TO app;\n\\connect shop\nALTER DATABASE shop SET a TO b;\n\\connect shop\n';
    expect(read(`${create}${rest}CREATE TABLE t (id integer);`)).toEqual([
      '1: SET lock_timeout = 0;',
      '2: left out',
      '8: CREATE TABLE t (id integer);',
    ]);
    expect(read("CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p WITH (connect = false);")).toEqual([
      '1: left out',
    ]);
  });

  it('may have grants of another role between SET and RESET SESSION AUTHORIZATION, and nothing else', () => {
    const grant = 'SET SESSION AUTHORIZATION a;\nGRANT SELECT ON TABLE t TO b;\nRESET SESSION AUTHORIZATION;\n';
    expect(read(grant)).toHaveLength(3);
    expect(refusal('SET SESSION AUTHORIZATION a;\nDROP TABLE t;')).toMatch(/^line 2 is not accepted/);
    expect(refusal('RESET SESSION AUTHORIZATION;')).toMatch(/^line 1 is not accepted/);
  });
});

describe('a plain dump is refused for', () => {
  it.each([
    ['\\! touch /tmp/x', /command \\!/],
    ['\\connect other', /\\connect leads to another database/],
    ['\\copy t from /etc/passwd', /command \\copy/],
    ['\\restrict abc \\! id', /command \\restrict/],
    ['SELECT 1 \\gexec', /contains the psql command \\gexec/],
    ["SELECT '\\' \\! id;", /contains the psql command \\!/],
    ['SELECT :DBNAME;', /SELECT is not one/],
    ['COPY (t FROM stdin; \\t', /psql command/],
    ["COPY (SELECT 1) TO PROGRAM 'id';", /COPY does not take its rows/],
    ["COPY t FROM PROGRAM 'id';", /COPY does not take its rows/],
    ["COPY t FROM '/etc/passwd';", /COPY does not take its rows/],
    ['COPY t TO stdout;', /COPY does not take its rows/],
    ['COPY t FROM stdin WITH (FORMAT csv);', /COPY does not take its rows/],
    ['COPY t FROM stdin; SELECT 1;\n\\.\n', /text after a COPY/],
    ...[
      'END',
      'ROLLBACK',
      'ABORT',
      'COMMIT AND CHAIN',
      'SAVEPOINT a',
      'RELEASE a',
      'START TRANSACTION',
      'ROLLBACK TO a',
    ].map((text) => [`/* a */ ${text};`, /would end the transaction/] as const),
    ['COMMIT/**/;', /would end the transaction/],
    ['BEGIN; BEGIN;', /would end the transaction/],
    ['DROP DATABASE victim;', /drops a database/],
    ["PREPARE TRANSACTION 'a';", /would end the transaction/],
    ['DROP DATABASE a; DROP DATABASE b; CREATE TABLE t (); DROP DATABASE c;', /drops a database/],
    ['CREATE TABLE t (id int);\nDROP DATABASE victim;', /^line 2 .*drops a database/],
    ['CREATE DATABASE a; CREATE DATABASE b;', /CREATE DATABASE reaches outside/],
    ['CREATE DATABASE a;\n\\connect a\n\\connect b\n', /leads to another database/],
    ['ALTER DATABASE victim SET a = b;', /ALTER DATABASE reaches outside/],
    ["COMMENT ON DATABASE victim IS 'x';", /reaches outside/],
    ...[
      ...[
        'CREATE ROLE a SUPERUSER',
        'CREATE USER a',
        'ALTER ROLE a SUPERUSER',
        'DROP ROLE a',
        'ALTER USER a',
        'CREATE GROUP a',
      ],
      ...[
        'ALTER SYSTEM SET a = b',
        'CREATE TABLESPACE a',
        'DROP OWNED BY a',
        'REASSIGN OWNED BY a TO b',
        'VACUUM',
        'CALL f()',
      ],
      ...[
        'DO $$ BEGIN END $$',

        'EXECUTE a',
        "LOAD 'x'",
        'LISTEN a',
        'TRUNCATE t',
        'DELETE FROM t',
      ],
      ...[
        'UPDATE t SET a = 1',
        'WITH a AS (SELECT 1) SELECT 1',
        'VALUES (1)',
        'TABLE t',
        'EXPLAIN ANALYZE SELECT 1',
        'RESET ALL',
      ],
      ...[
        'CREATE TEMP TABLE a (b int)',
        'DISCARD ALL',
        'IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c',
        '"SELECT" 1',
        '(SELECT 1)',
      ],
      ...[
        "COMMENT ON ROLE a IS 'x'",
        'ALTER EXTENSION a UPDATE',
        'CREATE EXTENSION a CASCADE',
        'CREATE SCHEMA a CREATE TABLE b ()',
      ],
      ...[
        'ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b',
        'ALTER TABLE a RENAME TO b',
        'ALTER TABLE a SET SCHEMA b',
      ],
      ...['ALTER TABLE a ALTER COLUMN b TYPE int USING f()'],
    ].map((text) => [`${text};`, /not (a statement|what) /] as const),
    ['GRANT a TO b;', /GRANT of a role/],
    ['GRANT CONNECT ON DATABASE victim TO b;', /reaches outside/],
    ['GRANT SET ON PARAMETER a TO b;', /GRANT on a parameter/],
    ["CREATE TABLE a AS SELECT pg_read_file('x');", /fills a table/],
    ['CREATE TABLE a (b) AS EXECUTE x;', /fills a table/],
    ['CREATE MATERIALIZED VIEW a AS SELECT 1;', /fills a materialized view/],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/evil.so';", /loads a library/],
    ['CREATE FUNCTION f() RETURNS int AS \'$libdir/../../x\' LANGUAGE "c";', /loads a library/],
    ['INSERT INTO t SELECT 1;', /INSERT has something other/],
    ["INSERT INTO t VALUES (pg_read_file('x'));", /INSERT has something other/],
    ['INSERT INTO t VALUES ((SELECT 1));', /INSERT has something other/],
    ['INSERT INTO t VALUES (1) RETURNING f();', /INSERT has something other/],
    ["SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);", /does not set 'standard/],
    ["SELECT pg_catalog.setval('a', f());", /SELECT is not one/],
    ["SELECT lo_import('/etc/passwd');", /SELECT is not one/],
    ['SET role = a;', /does not set role/],
    ['SET session_replication_role = replica;', /does not set session_replication_role/],
    ['SET LOCAL search_path = a;', /does not set local/],
    ['SET standard_conforming_strings = DEFAULT;', /something other than on or off/],
    ["SET standard_conforming_strings = 'of' 'f';", /in a way that pg_dump does not/],
    ...['SJIS', 'SHIFT_JIS_2004', 'GB18030', 'GBK', 'BIG5', 'UHC', 'JOHAB', 'mskanji', 'win936'].map(
      (name) => [`SET client_encoding = '${name}';`, new RegExp(`in the encoding ${name}`)] as const,
    ),
    ['CREATE TABLE t\0 (id int);', /NUL/],
    ['COPY t FROM stdin;\na\0b\n\\.\n', /^line 2 .*NUL/],
    ["SELECT E'a'\n'\\'';", /continues on another line/],
    // white space since PostgreSQL 16: the second string continues the first, and a backslash escapes in it
    ["SELECT E'a'\n\v'\\'';", /vertical tab/],
    ["SELECT 1'a';", /directly after a number/],
  ] as const)('%j', (sql, message) => {
    expect(refusal(sql)).toMatch(message);
    expect(refusal(sql)).toMatch(/^line \d+ is not accepted: /);
  });

  it('reports the line', () => {
    const sql = `SET lock_timeout = 0;\n/*\n*/ -- x\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n\n$$;\nDO '';`;
    expect(refusal(sql)).toMatch(/^line 7 is not accepted: DO /);
  });
});

it('reads backslashes in plain strings as escapes after standard_conforming_strings = off', () => {
  const sql = "SET standard_conforming_strings = off;\nINSERT INTO t VALUES ('it\\'', 1);";
  expect(read(sql, () => 3)).toHaveLength(2);
  expect(() => read(sql.replace('off', 'on'))).toThrow(DecompressError);
});

it.each([
  "INSERT INTO t VALUES ('a",
  'CREATE TABLE t (id int)',
  '/* a',
  'COPY t FROM stdin;\n1\n',
  'COPY t FROM stdin;',
])('reports a dump that ends in %j as incomplete', (sql) => expect(() => read(sql)).toThrow(DecompressError));

it('takes time in proportion to the bytes, in pieces of any size', () => {
  const mebibyte = 'a'.repeat(1 << 20);
  for (const sql of [
    `COMMENT ON TABLE t IS '${mebibyte}';`,
    `COMMENT ON TABLE t IS E'${'\\\\'.repeat(1 << 19)}';`,
    `COMMENT ON TABLE t IS $a$${'$$b'.repeat(1 << 18)}$a$;`,
    `/* ${'/* */'.repeat(1 << 17)} */`,
    `--${mebibyte}\n`,
    `CREATE TABLE t (${' '.repeat(1 << 20)}id int);`,
    `COPY t FROM stdin;\n${'\\.'.repeat(1 << 19)}\n\\.\n`,
    `COPY ${'\t'.repeat(1 << 20)} t FROM stdin;\n\\.\n`,
  ]) {
    expect(() => read(sql, () => 16)).not.toThrow();
  }
}, 20_000);
