/** Archives that are large enough for several jobs: from the task's disk, with the same result as from the stream. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { spoolArchive } from '../../lib/engines/postgres/load/archive.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import { piecesOf } from '../support/chunks.ts';
import { addDump } from '../support/dumps.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { MANY_SHAPES } from '../support/shapes/postgres-shapes.ts';
import { until } from '../support/until.ts';

/** Enough for several jobs, if it is not compressed. */
const BULK = "CREATE TABLE bulk AS SELECT n AS id, repeat('some text ', 100) AS note FROM generate_series(1, 9000) n";

describe('several jobs', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let shapes: Backup;

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    await harness.sql(undefined, 'CREATE DATABASE shapes');
    await harness.sql('shapes', ...MANY_SHAPES);
    shapes = await backUp('shapes');
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const backUp = (database: string) => addDump(harness, openDump(harness.server, database, ['--compress=0']), database);
  const shell = (script: string) => {
    const { host, port, username, password } = harness.server;
    const env = { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: username, PGPASSWORD: password };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  };
  /** Without the key of \restrict, which differs in each dump. */
  const dumped = (database: string) => shell(`pg_dump ${database}`).replace(/^\\(un)?restrict .*$/gm, '');
  const tasks = () => readdirSync(`${harness.stateDirectory}/tasks`);

  it('restore the same objects and rows as one job, into an empty database and over itself', async () => {
    shell('createdb -T template0 serial && pg_dump --format=custom shapes | pg_restore --dbname=serial');
    const wanted = dumped('serial');
    expect(wanted).toContain('CREATE MATERIALIZED VIEW shop.m3');
    for (const round of ['new', 'over itself']) {
      const ended = await harness.restore(shapes, { target_database: 'parallel' });
      expect(ended, round).toMatchObject({ error: null, status: 'success', warnings: [], task: { cpu_units: 1024 } });
      expect(ended.log_output).toMatch(/^SPOOL: OK .* [2-9]\d* jobs/m);
      expect(dumped('parallel') === wanted, round).toBe(true);
    }
    expect(dumped('shapes') === wanted).toBe(true);
    expect(tasks()).toEqual([]);
  });

  it('attach the partitions of indexes one after another, before anything that works down their tree', async () => {
    const [piped, spooled] = ['piped', 'spooled'].map((name) => join(harness.stateDirectory, name));
    shell(`pg_dump --format=custom shapes | cat >${piped}`);
    const archive = await spoolArchive(piecesOf(readFileSync(`${piped}`), 65_536), `${spooled}`, 1e9);
    expect(archive).toMatchObject({ parallel: true });
    // as pg_restore reads it: an entry, and `depends on:` with its numbers
    const read = (path?: string) => {
      const lines = shell(`pg_restore --list --verbose ${path}`).split('\n');
      const needs = new Map<string, string[]>();
      for (const [n, line] of lines.entries()) {
        const found = /^;\s+depends on: (.*)/.exec(lines[n + 1] ?? '')?.[1];
        if (/^\d+;/.test(line)) needs.set(line, found?.split(' ') ?? []);
      }
      return needs;
    };
    const [before, after] = [read(piped), read(spooled)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    const attaches = [...after.keys()].filter((line) => line.includes(' INDEX ATTACH '));
    expect(attaches.length).toBeGreaterThan(6);
    const last = attaches.at(-1)?.split(';')[0];
    const behind = [...after].filter(([line, needs]) => !attaches.includes(line) && needs.at(-1) === last);
    expect(behind.map(([line]) => line.replace(/^\d+; \d+ \d+ | postgres$/g, ''))).toEqual([
      'FK CONSTRAINT shop orders orders_customer_id_fkey',
      'FK CONSTRAINT shop payments payments_order_id_placed_state_fkey',
      'MATERIALIZED VIEW DATA shop m1',
      'MATERIALIZED VIEW DATA shop m2',
    ]);
    const waiting = new Set([...attaches.slice(1), ...behind.map(([line]) => line)]);
    for (const [line, needs] of after) {
      if (!waiting.has(line)) expect(needs, line).toEqual(before.get(line));
      else if (attaches.includes(line)) {
        expect(needs.at(-1), line).toBe(attaches[attaches.indexOf(line) - 1]?.split(';')[0]);
      }
      expect(before.get(line)?.length).toBeGreaterThanOrEqual(needs.length);
    }
  });

  it('warn about missing roles, and nothing else', async () => {
    const { sql, restore } = harness;
    await sql(undefined, 'CREATE ROLE gone', 'CREATE ROLE gone_too', 'CREATE DATABASE owned');
    const tables = Array.from({ length: 30 }, (_, n) => [
      `CREATE TABLE t${n} (id int PRIMARY KEY, n int)`,
      `INSERT INTO t${n} SELECT n, n FROM generate_series(1, 100) n`,
      `ALTER TABLE t${n} OWNER TO gone`,
      `GRANT SELECT ON t${n} TO gone_too`,
      `CREATE STATISTICS s${n} ON id, n FROM t${n}`,
      `ALTER STATISTICS s${n} OWNER TO gone`,
      `COMMENT ON INDEX t${n}_pkey IS 'a comment'`,
    ]);
    await sql('owned', BULK, ...tables.flat());
    const backup = await backUp('owned');
    await sql('owned', 'DROP OWNED BY gone_too', 'REASSIGN OWNED BY gone TO postgres');
    await sql(undefined, 'DROP ROLE gone_too', 'DROP ROLE gone');
    const ended = await restore(backup, { target_database: 'owned_copy' });
    expect(ended).toMatchObject({ error: null, status: 'success' });
    expect(ended.log_output).toContain('SPOOL: OK');
    expect(
      ended.warnings.filter(
        (line) =>
          !/^the server lacks roles .*: as owners gone; in grants and policies gone_too\. |role "gone(_too)?" does not exist|more$/.test(
            line,
          ),
      ),
    ).toEqual([]);
    expect(ended.warnings.length).toBeGreaterThan(30);
    expect(dumped('owned_copy') === dumped('owned')).toBe(true);
  });

  it('are not used if their result could differ: one job streams instead', async () => {
    const { sql, restore } = harness;
    await sql(undefined, 'CREATE DATABASE looking');
    await sql(
      'looking',
      BULK,
      'CREATE TABLE names AS SELECT id, note FROM bulk LIMIT 9',
      `CREATE FUNCTION name_of(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT note FROM public.names WHERE id = $1'`,
      'CREATE INDEX by_name ON bulk (name_of(id))',
    );
    const ended = await restore(await backUp('looking'), { target_database: 'looking_copy' });
    expect(ended).toMatchObject({ error: null, status: 'success', warnings: [] });
    expect(ended.log_output).toContain('must be restored in order: it is streamed into one session');
    expect(ended.log_output).not.toContain('SPOOL');
    expect(dumped('looking_copy') === dumped('looking')).toBe(true);
  });

  it('fail with the cause if one of many entries does', async () => {
    const { sql, restore } = harness;
    await sql(undefined, 'CREATE DATABASE needy', 'CREATE DATABASE needy_target');
    await sql(
      'needy',
      'CREATE EXTENSION pg_trgm',
      BULK,
      'CREATE TABLE names AS SELECT note FROM bulk LIMIT 9',
      'CREATE INDEX found ON names USING gin (note gin_trgm_ops)',
    );
    // the target has a function of the extension's in the way
    const similarity = 'CREATE FUNCTION similarity(text, text) RETURNS real LANGUAGE sql AS $$ SELECT 0::real $$';
    await sql('needy_target', similarity);
    const ended = await restore(await backUp('needy'), { target_database: 'needy_target' });
    expect(ended).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/gin_trgm_ops/) } });
    expect(ended.log_output).toContain('SPOOL: OK');
    expect(tasks()).toEqual([]);
  });

  it('end with all of their sessions when they are cancelled, and leave no file behind', async () => {
    const { sql, api } = harness;
    await sql(undefined, 'CREATE DATABASE waiting', 'CREATE DATABASE held');
    await sql(
      'waiting',
      BULK,
      `CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN true; END $$`,
      ...['w1', 'w2'].map((table) => `CREATE TABLE ${table} AS SELECT 1 AS id`),
      ...['w1', 'w2'].map((table) => `ALTER TABLE ${table} ADD CHECK (waits())`),
    );
    const backup = await backUp('waiting');
    const sessions = (also = '') =>
      sql(undefined, `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'${also}`);
    const holder = await openSession(harness.server, 'held');
    try {
      await holder.rows('SELECT pg_advisory_lock(42)');
      const restore = await api.startRestore(backup.id, { target_database: 'held' });
      await until(async () => (await sessions(" AND wait_event_type = 'Lock'")).length === 2);
      expect(tasks()).toHaveLength(1);
      expect((await api.call('POST', `/api/restores/${restore.id}/cancel`)).status).toBe(202);
      expect(await api.follow(restore.id)).toMatchObject({ status: 'cancelled' });
      expect(await sessions()).toEqual([]);
      expect(tasks()).toEqual([]);
    } finally {
      await holder.end();
    }
  });
});
