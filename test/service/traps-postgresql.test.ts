/** Traps in real PostgreSQL targets and dumps. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../lib/local/demo/sample/sample-data.ts';
import { addDump, backUp } from '../support/dumps.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

describe('PostgreSQL', () => {
  let harness: Harness;
  let stopServer = async () => {};

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  it('fails before the first write if a view of the target depends on a table of the dump', async () => {
    const { restore, backups, sql, server, answer } = harness;
    const request = { target_database: 'with_view' };
    await restore(backups[0], request);
    await sql(
      'with_view',
      'CREATE VIEW public.report AS SELECT count(*) FROM sales.customers',
      'DELETE FROM sales.audit',
    );
    const before = await fingerprint(server, 'with_view');
    const ended = await restore(backups[0], request);
    expect(ended).toMatchObject({
      status: 'failed',
      error: {
        code: 'RESTORE_ERROR',
        message: expect.stringMatching(/^RESTORE ERROR: .*view public\.report depends on table sales\.customers/),
        hint: expect.stringContaining('target_database'),
      },
    });
    expect(await fingerprint(server, 'with_view')).toEqual(before);

    await sql('with_view', 'DROP VIEW public.report', 'CREATE TABLE public.notes (id int)');
    const second = await restore(backups[0], request);
    expect(second).toMatchObject({ status: 'success', warnings: [expect.stringContaining('table public.notes')] });
    expect(await answer('with_view')).toBe(expected.postgresql.row);
  });

  it('restores a view that is grouped by a key, into an empty database and over itself', async () => {
    const { restore, sql, server } = harness;
    await sql(undefined, 'CREATE DATABASE grouped');
    await sql(
      'grouped',
      "CREATE TYPE state AS ENUM ('a', 'b')",
      'CREATE TABLE orders (id int PRIMARY KEY, state state)',
      "INSERT INTO orders VALUES (1, 'a')",
      'CREATE VIEW totals AS SELECT o.id, o.state, count(*) FROM orders o GROUP BY o.id',
    );
    const before = await fingerprint(server, 'grouped');
    const backup = await backUp(harness, 'grouped');
    for (const database of ['grouped_copy', 'grouped']) {
      expect(await restore(backup, { target_database: database })).toMatchObject({ status: 'success', warnings: [] });
      expect(await fingerprint(server, database)).toEqual(before);
    }
  });

  it('succeeds with warnings if owners and grantees are missing, and only then', async () => {
    const { restore, sql, server } = harness;
    await sql(undefined, 'CREATE ROLE app', 'CREATE DATABASE owned');
    await sql(
      'owned',
      'CREATE TABLE t (id int)',
      'INSERT INTO t VALUES (1)',
      'ALTER TABLE t OWNER TO app',
      'CREATE TABLE u (id int)',
      'GRANT SELECT ON u TO app',
    );
    const before = await fingerprint(server, 'owned');
    const backup = await backUp(harness, 'owned');
    await sql('owned', 'DROP OWNED BY app');
    await sql(undefined, 'DROP DATABASE owned', 'DROP ROLE app');
    const ended = await restore(backup);
    expect(ended).toMatchObject({
      status: 'success',
      warnings: expect.arrayContaining([expect.stringContaining('role "app" does not exist')]),
    });
    expect(await fingerprint(server, 'owned')).toEqual(before);
  });

  it('fails, and names the entry, if a function that an index needs cannot be created', async () => {
    const { restore, sql } = harness;
    await sql(undefined, 'CREATE DATABASE needy');
    await sql(
      'needy',
      'CREATE EXTENSION pg_trgm',
      'CREATE TABLE t (name text)',
      'CREATE INDEX t_name ON t USING gin (name gin_trgm_ops)',
    );
    const backup = await backUp(harness, 'needy');
    // the target has an operator class of that name in the way: the extension cannot be made
    await sql(undefined, 'CREATE DATABASE needy_target');
    await sql(
      'needy_target',
      'CREATE FUNCTION similarity(text, text) RETURNS real LANGUAGE sql AS $$ SELECT 0::real $$',
    );
    const ended = await restore(backup, { target_database: 'needy_target' });
    expect(ended).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/gin_trgm_ops/) } });
  });

  it('restores a plain SQL dump in one transaction, and refuses psql’s commands in it', async () => {
    const { restore, sql, server } = harness;
    await sql(undefined, 'CREATE DATABASE plain_source');
    await sql(
      'plain_source',
      'CREATE TABLE t (id int, note text)',
      "INSERT INTO t VALUES (1, E'a\\tb\\\\n;'), (2, NULL)",
    );
    const before = await fingerprint(server, 'plain_source');
    const env = { ...process.env, PGPASSWORD: server.password };
    const where = ['-h', server.host, '-p', String(server.port), '-U', server.username];
    const dump = spawnSync('pg_dump', [...where, 'plain_source'], { env, encoding: 'utf8' }).stdout;
    const good = await addDump(harness, dump, 'plain_target');
    expect(await restore(good)).toMatchObject({ error: null, status: 'success' });
    expect(await fingerprint(server, 'plain_target')).toEqual(before);

    // the second time, the table exists: one error rolls everything back
    await sql('plain_target', 'DELETE FROM t');
    expect(await restore(good)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('already exists') },
    });
    expect(await sql('plain_target', 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 0 }]);

    const bad = await addDump(harness, dump.replace('\nCOPY ', '\n\\connect postgres\nCOPY '), 'plain_bad');
    expect(await restore(bad)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('\\connect') },
    });
    // it is refused before the first write
    expect(await sql(undefined, "SELECT 1 FROM pg_database WHERE datname = 'plain_bad'")).toEqual([]);
  });

  it('rolls back a plain SQL dump with large objects, which has a COMMIT in the middle', async () => {
    const { restore, sql, server } = harness;
    await sql(undefined, 'CREATE DATABASE large_source', 'CREATE DATABASE large_target');
    await sql(
      'large_source',
      'CREATE TABLE t (id int)',
      'INSERT INTO t VALUES (1), (2)',
      "SELECT lo_from_bytea(4711, 'a large one')",
    );
    const env = { ...process.env, PGPASSWORD: server.password };
    const where = ['-h', server.host, '-p', String(server.port), '-U', server.username];
    const args = ['--clean', '--if-exists', 'large_source'];
    const dump = spawnSync('pg_dump', [...where, ...args], { env, encoding: 'utf8' }).stdout;
    expect(dump).toMatch(/^COMMIT;$/m);

    await sql('large_target', 'CREATE TABLE t (id int)', 'INSERT INTO t VALUES (7)');
    const failing = 'ALTER TABLE public.t ADD CHECK (id < 0);';
    const broken = dump.replace('-- PostgreSQL database dump complete', `${failing}\n$&`);
    expect(await restore(await addDump(harness, broken, 'large_target'))).toMatchObject({
      status: 'failed',
      error: {
        message: expect.stringContaining(
          `ERROR at line ${broken.split('\n').indexOf(failing) + 1}: check constraint "t_id_check" of relation "t"`,
        ),
        hint: expect.stringMatching(/rolled back.* The target is as it was before\.$/),
      },
    });
    expect(await sql('large_target', 'SELECT id FROM t')).toEqual([{ id: 7 }]);

    expect(await restore(await addDump(harness, dump, 'large_target'))).toMatchObject({
      error: null,
      status: 'success',
    });
    expect(
      await sql('large_target', "SELECT convert_from(lo_get(4711), 'UTF8') AS text, count(*)::int AS n FROM t"),
    ).toEqual([{ text: 'a large one', n: 2 }]);
  });
});
