/** The standing check: the newest dump of each database, checked against its own server without a restore. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import type { Preview } from '../../lib/backups/schemas.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { completeDump } from '../support/mysql-load.ts';
import { startServer } from '../support/servers.ts';

const FORCE = 'SET GLOBAL innodb_force_primary_key =';

let server: RunningServer;
let harness: Harness;
beforeAll(async () => {
  server = (await startServer('mariadb')) as RunningServer;
  harness = await startHarness(server);
  await harness.sql(undefined, 'CREATE DATABASE sound', 'CREATE DATABASE keyless');
});
afterAll(async () => {
  await harness?.stop();
  await server?.stop();
});

/** A verified backup of these statements. @param day on which it was made, in November */
const verified = async (database_name: string, day: number, statements: string[]): Promise<Backup> => {
  const at = `2026-11-${day}T02:00:00.000Z`;
  const dump = gzipSync(await completeDump(server, statements));
  const backup = await harness.addBackup(harness.backups[1], dump, {
    ...{ database_name, checksum: null, size_bytes: null, created_at: at, started_at: at, completed_at: at },
  });
  await harness.api.call('POST', `/api/backups/${backup.id}/verify`, {});
  await vi.waitFor(async () => expect(await now(backup)).toMatchObject({ verify_status: 'passed' }), 20_000);
  return backup;
};
const now = async ({ id }: Backup) => (await harness.api.call('GET', `/api/backups/${id}`)).body as Backup;

const check = async (): Promise<Job> => {
  const { status, body } = await harness.api.call('POST', '/api/standing-check', {});
  expect(status).toBe(202);
  const { id } = body as Job;
  return vi.waitFor(async () => {
    const job = (await harness.api.call('GET', `/api/jobs/${id}`)).body as Job;
    expect(job.status).not.toBe('running');
    return job;
  }, 30_000);
};
const filtered = async (would_restore: string) => {
  const { body } = await harness.api.call('GET', `/api/backups?would_restore=${would_restore}`);
  return (body as Backup[]).map(({ id }) => id);
};

const KEYED = ['CREATE TABLE a (id int PRIMARY KEY)', 'INSERT INTO a VALUES (1)'];
const KEYLESS = ['CREATE TABLE z (id int)'];
let sound: Backup;
let older: Backup;
let keyless: Backup;

it('judges each database’s newest dump as its preview does, and leaves the servers unchanged', async () => {
  older = await verified('keyless', 20, KEYLESS);
  keyless = await verified('keyless', 21, KEYLESS);
  sound = await verified('sound', 21, KEYED);
  await harness.sql(undefined, `${FORCE} ON`);
  const before = await harness.sql(undefined, 'SELECT COUNT(*) AS n FROM information_schema.TABLES');
  const job = await check();
  expect(job).toMatchObject({
    ...{ kind: 'standing_check', subject_id: null, status: 'success', error: null },
    // the harness has two backups of shop
    counts: { checked: 3, no: 1, unknown: 0, without_password: 0 },
  });
  expect(await harness.sql(undefined, 'SELECT COUNT(*) AS n FROM information_schema.TABLES')).toEqual(before);
  const { obstacles } = (await harness.api.call('POST', `/api/backups/${keyless.id}/restore/preview`, {}))
    .body as Preview;
  expect(obstacles).toEqual([expect.stringContaining('innodb_force_primary_key')]);
  expect(await now(keyless)).toMatchObject({
    would_restore: 'no',
    standing_check: { at: expect.any(String), reasons: obstacles },
  });
  expect(await now(sound)).toMatchObject({ would_restore: 'yes', standing_check: { reasons: [] } });
  expect(await now(older)).toMatchObject({ would_restore: null, standing_check: null });
  expect(await filtered('no')).toEqual([keyless.id]);
});

it('follows the server, and a newer dump replaces the previous one', async () => {
  await harness.sql(undefined, `${FORCE} OFF`);
  const newer = await verified('keyless', 22, KEYLESS);
  await check();
  expect(await now(newer)).toMatchObject({ would_restore: 'yes' });
  expect(await now(keyless)).toMatchObject({ would_restore: null, standing_check: null });
  expect(await filtered('no')).toEqual([]);
});

it('reports unknown for a server that doesn’t answer, without trying it for each database', async () => {
  const { id, port } = harness.connection;
  const stored = await harness.service.records.connections.get(id);
  await harness.service.records.connections.update(id, { port: 1 });
  expect(stored?.port).toBe(port);
  const started = performance.now();
  const { counts } = await check();
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(counts).toMatchObject({ checked: 3, unknown: 3, yes: 0 });
  expect(await now(sound)).toMatchObject({
    would_restore: 'unknown',
    standing_check: { reasons: [expect.stringMatching(/cannot connect|refused/i)] },
  });
  await harness.service.records.connections.update(id, { port });
});

it('leaves out connections without a password', async () => {
  harness.service.secrets.delete(harness.service.secretNames.connection(harness.connection.id));
  expect((await check()).counts).toMatchObject({ checked: 0, without_password: 1 });
});
