/** Dumps in plain SQL that reach out of their target: refused at verification, refused again at the load, and nothing done. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadDump } from '../../containers/restore/load-dump.ts';
import type { Backup } from '../../lib/domain/records.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { addDump } from '../support/dumps.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { aConnection } from '../support/records.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'jagad-hostile-'));
/** A command that leaves a file behind tells of a shell. */
const traceOf = (name: string) => join(directory, `trace-of-${name.replaceAll(/\W+/g, '-')}`);
const SECRET_FILE = join(directory, 'secret');
const SECRET = 'the secret of another tenant';

/** The first line of the attack, by which it is refused. */
const FIRST_LINE = 12;

interface Attack {
  sql: string | Buffer;
  /** What of it is told. */
  told: RegExp;
  /** Into a database of this name. */
  database?: string;
}

function attacks(trace: (name: string) => string): Record<string, Attack> {
  const shell = (name: string) => `\\! touch ${trace(name)}`;
  /** For psql a string and then a command, if a backslash escapes; for who believes that it does not, one string. */
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
    'a COPY that is none': {
      sql: `COPY (t FROM stdin;\n\\t \`touch ${trace('a COPY that is none')}\`\n\\.\n`,
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
      sql: `CREATE TABLE loot (line text);\nCOPY loot FROM '${SECRET_FILE}';\n`,
      told: /does not take its rows from the dump/,
    },
    'rows from a program': {
      sql: `CREATE TABLE loot (line text);\nCOPY loot FROM PROGRAM 'cat ${SECRET_FILE}';\n`,
      told: /does not take its rows from the dump/,
    },
    'a value from a file': {
      sql: `CREATE TABLE loot (line text);\nINSERT INTO loot VALUES (pg_read_file('${SECRET_FILE}'));\n`,
      told: /something else than constants/,
    },
    'a table from a query': {
      sql: `CREATE TABLE loot AS SELECT pg_read_file('${SECRET_FILE}') AS line;\n`,
      told: /fills a table from a query/,
    },
    'a setting of the server': {
      sql: "COMMIT;\nALTER SYSTEM SET archive_command = 'id';\n",
      told: /COMMIT would end the transaction/,
    },
    'DROP DATABASE': { sql: 'DROP DATABASE victim;\n', told: /drops a database/ },
    'another database’s setting': { sql: "ALTER DATABASE victim SET search_path = 'x';\n", told: /ALTER DATABASE/ },
    'membership of a role': { sql: 'GRANT pg_execute_server_program TO PUBLIC_ROLE;\n', told: /GRANT of a role/ },
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
const dumpOf = (sql: string | Buffer) =>
  Buffer.concat([Buffer.from(HEAD), Buffer.from(sql as string), Buffer.from(TAIL)]);

describe('a plain SQL dump', () => {
  let server: RunningServer;
  let harness: Harness;
  beforeAll(async () => {
    // the server, which may run as another user, could read it
    writeFileSync(SECRET_FILE, SECRET, { mode: 0o644 });
    chmodSync(directory, 0o755);
    server = (await startServer('postgresql')) as RunningServer;
    harness = await startHarness(server);
    await runSql(server, undefined, ['CREATE ROLE public_role']);
  });
  beforeEach(async () => {
    if ((await runSql(server, undefined, ["SELECT 1 FROM pg_database WHERE datname = 'victim'"])).length > 0) return;
    await runSql(server, undefined, ['CREATE DATABASE victim']);
    await runSql(server, 'victim', ['CREATE TABLE t AS SELECT 7 AS id']);
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
    rmSync(directory, { recursive: true });
  });

  /** What must not change: roles and their members, databases and their settings, the server's own, another's rows. */
  async function witnesses(): Promise<unknown> {
    return [
      await runSql(server, 'postgres', [
        `SELECT (SELECT json_agg(r ORDER BY r.rolname) FROM pg_authid r) AS roles,
                (SELECT json_agg(m) FROM pg_auth_members m) AS members,
                (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datname = 'victim') AS databases,
                (SELECT json_agg(s) FROM pg_db_role_setting s) AS settings,
                (SELECT count(*)::int FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf') AS server`,
      ]),
      await runSql(server, 'victim', ['SELECT id FROM t']).catch((error: Error) => error.message),
    ];
  }

  async function load(dump: Buffer, database: string): Promise<void> {
    const { dbType: db_type, host, port, username, password } = server;
    async function* chunks(): AsyncGenerator<Buffer> {
      yield dump;
    }
    await loadDump(
      { chunks: chunks(), objectBytes: dump.length, dumpBytes: dump.length },
      {
        connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }),
        password,
        database,
        restoreId: crypto.randomUUID(),
      },
      {
        telling: { log: () => {}, warn: () => {}, stage: () => {}, progress: () => {} },
        workDirectory: directory,
        signal: new AbortController().signal,
        beforeFirstWrite: async () => {},
        beforeNextWrite: async () => {},
        isAsBefore: () => {},
      },
    );
  }

  const all = Object.entries(attacks(traceOf));

  it.each(all)('is refused as it loads, and does nothing: %s', async (name, { sql, told, database = 'target' }) => {
    await runSql(server, undefined, [`DROP DATABASE IF EXISTS "${database}"`, `CREATE DATABASE "${database}"`]);
    const before = await witnesses();
    const error = await load(dumpOf(sql), database).then(
      () => new Error('it was loaded'),
      (thrown: Error) => thrown,
    );
    expect(await witnesses()).toEqual(before);
    expect(existsSync(traceOf(name))).toBe(false);
    const tables = await runSql(server, database, [
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    ]);
    expect(tables).toEqual([]);
    expect(error.message).toMatch(/^line \d+ is not accepted: /);
    expect(error.message).toMatch(told);
    expect(error).toMatchObject({
      hint: expect.stringMatching(/^The whole dump was one transaction, and was taken back/),
    });
  });

  it('fails its verification, which names the line and calls nothing damaged', async () => {
    const before = await witnesses();
    await Promise.all(
      all.map(async ([name, { sql, told }]) => {
        const backup = await addDump(harness, dumpOf(sql), 'target');
        await harness.api.call('POST', `/api/backups/${backup.id}/verify`);
        const get = async () => (await harness.api.call('GET', `/api/backups/${backup.id}`)).body as Backup;
        await until(async () => !['pending', 'verifying'].includes((await get()).verify_status));
        const { verify_status, verify_error, status } = await get();
        expect([name, status, verify_status]).toEqual([name, 'success', 'failed']);
        expect(verify_error).toMatch(/^RESTORE ERROR: line \d+ is not accepted: /);
        expect(Number(/line (\d+)/.exec(verify_error ?? '')?.[1])).toBeGreaterThanOrEqual(FIRST_LINE);
        expect(verify_error).toMatch(told);
        expect(verify_error).not.toMatch(/damaged/i);
      }),
    );
    expect(await witnesses()).toEqual(before);
  }, 60_000);

  it('is stopped once a function of it changes how the session reads strings', async () => {
    await runSql(server, undefined, ['DROP DATABASE IF EXISTS target', 'CREATE DATABASE target']);
    const sql = `CREATE FUNCTION public.off() RETURNS text LANGUAGE sql
  AS $$ SELECT set_config('standard_conforming_strings', 'off', false) $$;
CREATE TABLE public.t (id integer, note text DEFAULT public.off());
INSERT INTO public.t (id) VALUES (1);
INSERT INTO public.t VALUES (2, '\\');
`;
    await expect(load(dumpOf(sql), 'target')).rejects.toThrow(
      /line 15 is not accepted: it changed how the session reads/,
    );
    expect(await runSql(server, 'target', ["SELECT relname FROM pg_class WHERE relname = 't'"])).toEqual([]);
  });

  it('has no session left in the target once it was refused midway', async () => {
    await runSql(server, undefined, ['DROP DATABASE IF EXISTS target', 'CREATE DATABASE target']);
    const sql = 'CREATE TABLE public.t (id integer);\nCOPY public.t (id) FROM stdin;\n1\nx\n\\.\n';
    await expect(load(dumpOf(sql), 'target')).rejects.toThrow(
      'ERROR at line 13: invalid input syntax for type integer: "x" (COPY t, line 2, column id: "x")',
    );
    const sessions = await runSql(server, undefined, ["SELECT pid FROM pg_stat_activity WHERE datname = 'target'"]);
    expect(sessions).toEqual([]);
  });
});
