/**
 * What plain SQL may contain that reaches outside the target: tried on every path that reads a dump. There is another
 * database, `victim`, and a role `public_role`.
 */

/** The first line of the attack, which the refusal names. */
export const FIRST_LINE = 12;

export interface Attack {
  sql: string | Buffer;
  /** The words of the refusal. */
  told: RegExp;
  /** Into a database of this name. */
  database?: string;
}

/**
 * @param trace a file that doesn't exist, named after the attack: a command creates it
 * @param secretFile that the server can read
 */
export function attacksWith(trace: (name: string) => string, secretFile: string): Record<string, Attack> {
  const shell = (name: string) => `\\! touch ${trace(name)}`;
  /** For psql a string and then a command, if a backslash escapes; for a reader that assumes it doesn't, one string. */
  const escaping = (name: string) => `SELECT '\\'' ${shell(name)}\n';\n`;
  const bytes = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));
  const encoded = (name: string, encoding: string, lead: number) =>
    bytes(`SET client_encoding = '${encoding}';\nSELECT E'`, lead, `\\' ${shell(name)}\n';\n`);
  return {
    'a command of psql': { sql: `${shell('a command of psql')}\n`, told: /psql command \\!/ },
    set_config: {
      sql: `SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);\n${escaping('set_config')}`,
      told: /does not set 'standard_conforming_strings'/,
    },
    DO: {
      sql: `DO $$ BEGIN PERFORM set_config('standard_conforming_strings', 'off', false); END $$;\n${escaping('DO')}`,
      told: /DO is not a statement/,
    },
    'RESET ALL': {
      sql: `RESET ALL;\nSET standard_conforming_strings = off;\nRESET ALL;\nSELECT '\\' ${shell('RESET ALL')}\n';\n`,
      told: /RESET ALL is not a statement/,
    },
    ROLLBACK: {
      sql: `SET standard_conforming_strings = off;\nROLLBACK;\nSELECT '\\' ${shell('ROLLBACK')}\n';\n`,
      told: /ROLLBACK would end the transaction/,
    },
    NUL: { sql: bytes("COMMENT ON SCHEMA public IS 'a", 0, `'\n|| '${shell('NUL')}\n';\n`), told: /NUL byte/ },
    SJIS: { sql: encoded('SJIS', 'SJIS', 0x83), told: /encoding SJIS/ },
    GB18030: { sql: encoded('GB18030', 'GB18030', 0x81), told: /encoding GB18030/ },
    'a COPY with a syntax error': {
      sql: `COPY (t FROM stdin;\n\\t \`touch ${trace('a COPY with a syntax error')}\`\n\\.\n`,
      told: /psql command \\t/,
    },
    'the name of the database': {
      sql: 'SELECT :DBNAME\n;\n',
      told: /SELECT is not one/,
      database: `1; DROP DATABASE victim; --`,
    },
    ...Object.fromEntries(
      ['END', 'ROLLBACK', 'COMMIT/**/', 'ABORT', 'COMMIT AND NO CHAIN'].map((end) => [
        `${end}, then DROP DATABASE`,
        { sql: `${end};\nDROP DATABASE victim;\n`, told: /would end the transaction/ },
      ]),
    ),
    'DROP DATABASE behind a table': {
      sql: 'CREATE TABLE a (id integer);\nCOMMIT;\nDROP DATABASE victim;\n',
      told: /COMMIT would end the transaction/,
    },
    'a role': { sql: "CREATE ROLE intruder SUPERUSER LOGIN PASSWORD 'x';\n", told: /CREATE ROLE/ },
    'rows from a file': {
      sql: `CREATE TABLE loot (line text);\nCOPY loot FROM '${secretFile}';\n`,
      told: /does not take its rows from the dump/,
    },
    'rows from a program': {
      sql: `CREATE TABLE loot (line text);\nCOPY loot FROM PROGRAM 'cat ${secretFile}';\n`,
      told: /does not take its rows from the dump/,
    },
    'a value from a file': {
      sql: `CREATE TABLE loot (line text);\nINSERT INTO loot VALUES (pg_read_file('${secretFile}'));\n`,
      told: /something other than constants/,
    },
    'a table from a query': {
      sql: `CREATE TABLE loot AS SELECT pg_read_file('${secretFile}') AS line;\n`,
      told: /fills a table from a query/,
    },
    'a setting of the server': {
      sql: "COMMIT;\nALTER SYSTEM SET archive_command = 'id';\n",
      told: /COMMIT would end the transaction/,
    },
    'DROP DATABASE': { sql: 'DROP DATABASE victim;\n', told: /drops a database/ },
    'another database’s setting': { sql: "ALTER DATABASE victim SET search_path = 'x';\n", told: /ALTER DATABASE/ },
    'membership in a role': { sql: 'GRANT pg_execute_server_program TO PUBLIC_ROLE;\n', told: /GRANT of a role/ },
  };
}

const HEAD = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
-- ${'long enough to tell what it is '.repeat(20)}

`;
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n';
/** A dump with the statements in it. */
export const dumpOf = (sql: string | Buffer) =>
  Buffer.concat([Buffer.from(HEAD), Buffer.from(sql as string), Buffer.from(TAIL)]);
