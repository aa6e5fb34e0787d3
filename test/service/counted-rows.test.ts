/** Rows of a PostgreSQL archive: unknown to its verification, known once a restore has loaded them. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { PostgresContents } from '../../lib/formats/dump-contents.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

let server: RunningServer;
let harness: Harness;
beforeAll(async () => {
  server = (await startServer('postgresql')) as RunningServer;
  harness = await startHarness(server);
});
afterAll(async () => {
  await harness?.stop();
  await server?.stop();
});

const now = async ({ id }: Backup) => (await harness.api.call('GET', `/api/backups/${id}`)).body as Backup;
const tablesOf = async ({ id }: Backup) => {
  const { body } = await harness.api.call('GET', `/api/backups/${id}/contents`);
  return (body as PostgresContents).objects.filter(({ kind }) => kind === 'TABLE');
};

it('the contents of an archive get their rows from the first restore', async () => {
  const [backup] = harness.backups;
  await harness.api.call('POST', `/api/backups/${backup.id}/verify`, {});
  await vi.waitFor(async () => expect(await now(backup)).toMatchObject({ verify_status: 'passed' }), 20_000);
  const before = await now(backup);
  expect(before.contents).toMatchObject({ rows: null });
  expect((await tablesOf(backup)).every(({ rows }) => rows === null)).toBe(true);

  // over objects that are there with other rows: what counts is what the load brought
  await harness.sql(undefined, 'CREATE DATABASE counted');
  await harness.sql('counted', 'CREATE TABLE other (id int)', 'INSERT INTO other SELECT generate_series(1, 10)');
  expect(await harness.restore(backup, { target_database: 'counted' })).toMatchObject({ status: 'success' });
  const tables = await tablesOf(backup);
  expect(tables.length).toBeGreaterThan(2);
  for (const { schema, name, rows } of tables) {
    const table = [schema, name].map((part) => pg.escapeIdentifier(part ?? '')).join('.');
    const [found] = await harness.sql('counted', `SELECT count(*)::int AS n FROM ONLY ${table}`);
    expect([schema, name, rows]).toEqual([schema, name, found?.n]);
  }
  const after = await now(backup);
  expect(after.contents?.rows).toBe(tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0));
  expect(after.contents?.rows).toBeGreaterThan(0);
  expect(after.contents?.digest).not.toBe(before.contents?.digest);

  // a verification of the same dump keeps them
  await harness.api.call('POST', `/api/backups/${backup.id}/verify`, {});
  await vi.waitFor(async () => expect((await now(backup)).verified_at).not.toBe(after.verified_at), 20_000);
  const { read_at, ...again } = (await now(backup)).contents ?? {};
  expect(after.contents).toMatchObject(again);
  expect(read_at).not.toBe(after.contents?.read_at);
});
