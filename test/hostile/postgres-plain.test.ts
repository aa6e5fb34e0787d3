/**
 * Plain SQL dumps that reach outside their target: refused at verification, refused again at the load, with no effect.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { addDump } from '../support/dumps.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { attacksWith, dumpOf, FIRST_LINE } from './attacks-postgres-plain.ts';

const directory = mkdtempSync(join(tmpdir(), 'jagad-hostile-'));
/** A command that creates a file proves that a shell was used. */
const traceOf = (name: string) => join(directory, `trace-of-${name.replaceAll(/\W+/g, '-')}`);
const SECRET_FILE = join(directory, 'secret');
const SECRET = 'the secret of another tenant';

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

  /**
   * What must not change: roles and their members, databases and their settings, the server's own settings, another
   * database's rows.
   */
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

  const load = (dump: Buffer, database: string) => loadIntoPostgres(server, database, dump);

  const all = Object.entries(attacksWith(traceOf, SECRET_FILE));

  it.each(all)('is refused during the load, and does nothing: %s', async (name, { sql, told, database = 'target' }) => {
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
      hint: expect.stringMatching(/^The whole dump was one transaction and was rolled back/),
    });
  });

  it("fails its verification with the line, and isn't called damaged", async () => {
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

  it('is stopped once one of its functions changes how the session reads strings', async () => {
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

  it('leaves no session in the target if it is refused midway', async () => {
    await runSql(server, undefined, ['DROP DATABASE IF EXISTS target', 'CREATE DATABASE target']);
    const sql = 'CREATE TABLE public.t (id integer);\nCOPY public.t (id) FROM stdin;\n1\nx\n\\.\n';
    await expect(load(dumpOf(sql), 'target')).rejects.toThrow(
      'ERROR at line 13: invalid input syntax for type integer: "x" (COPY t, line 2, column id: "x")',
    );
    const sessions = await runSql(server, undefined, ["SELECT pid FROM pg_stat_activity WHERE datname = 'target'"]);
    expect(sessions).toEqual([]);
  });
});
