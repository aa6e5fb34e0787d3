/** The disk of the service's state is full while a restore runs: the restore and the service continue. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { type SmallDisk, smallDisk } from '../support/trouble/small-disk.ts';
import { until } from '../support/until.ts';

const found = smallDisk(128);
if (typeof found !== 'string') found.remove();
const why = typeof found === 'string' ? ` (${found})` : '';
/** Whoever holds this lock keeps a load from creating its indexes. */
const HOLD = 4711;

describe.skipIf(why !== '')(`the disk of the state is full${why}`, () => {
  let disk: SmallDisk;
  let server: RunningServer;
  let harness: Harness;
  let holder: Session;

  beforeAll(async () => {
    disk = smallDisk(128) as SmallDisk;
    server = (await startServer('postgresql')) as RunningServer;
    harness = await startHarness(server, { stateDirectory: disk.directory });
    await harness.service.stop();
    await harness.sql(undefined, 'CREATE DATABASE shop');
    await harness.sql(
      'shop',
      `CREATE FUNCTION public.hold() RETURNS event_trigger LANGUAGE plpgsql AS
       'BEGIN PERFORM pg_advisory_xact_lock_shared(${HOLD}); END'`,
      `CREATE EVENT TRIGGER hold ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.hold()`,
    );
    holder = await openSession(server, 'shop');
  });
  afterAll(async () => {
    await holder?.end();
    await server?.stop();
    disk?.remove();
  });

  it('during a load: the load succeeds, calls get 503 with the reason, and everything works again once there is space', async () => {
    const { child, api } = await serve(disk.directory);
    await holder.rows(`SELECT pg_advisory_lock(${HOLD})`);
    const { id } = await api.startRestore(harness.backups[0].id);
    await until(async () => (await holder.rows(waitingSql())).length > 0);
    expect(await restoreOf(id)).toMatchObject({ status: 'running', target_state: 'incomplete' });

    disk.fill();
    expect(disk.freeBytes()).toBe(0);
    const refused = await api.call('PUT', '/api/settings', { analyze_after_restore: false });
    expect(refused).toMatchObject({
      status: 503,
      body: {
        code: 'NOT_WRITABLE',
        error: expect.stringMatching(/cannot write to \S+: the disk is full/),
        hint: expect.stringMatching(/^Free some space on that disk/),
      },
    });
    // a lot is logged, and none of it can be written
    for (let n = 0; n < 50; n++) await api.call('GET', '/api/restores');
    await holder.rows(`SELECT pg_advisory_unlock(${HOLD})`);
    await until(async () => (await harness.answer('shop').catch(() => '')) === expected.postgresql.row);
    await until(async () => (await holder.rows(sessionsSql())).length === 0);
    // the load is over, and that can't be recorded
    expect(await restoreOf(id)).toMatchObject({ status: 'running' });
    expect(child.exitCode).toBeNull();

    disk.makeRoom();
    const restore = await api.follow(id);
    expect(restore).toMatchObject({ status: 'success', error: null, target_state: 'complete' });
    expect(restore.log_output).toContain('RESTORE: OK');
    expect(await api.call('PUT', '/api/settings', { analyze_after_restore: true })).toMatchObject({ status: 200 });
    const next = await api.startRestore(harness.backups[1].id);
    expect(await api.follow(next.id)).toMatchObject({ status: 'success' });
    const log = () => readFileSync(join(disk.directory, 'service.log'), 'utf8');
    await until(async () =>
      /"\d+ lines of this log were dropped: it could not be written \(the disk is full\)"/.test(log()),
    );
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);

    const again = await serve(disk.directory);
    const restores = (await again.api.call('GET', '/api/restores')).body as Restore[];
    expect(restores.map(({ status }) => status)).toEqual(['success', 'success']);
    again.child.kill('SIGTERM');
    await once(again.child, 'exit');

    async function restoreOf(restoreId: string): Promise<Restore> {
      return (await api.call('GET', `/api/restores/${restoreId}`)).body as Restore;
    }
  }, 180_000);

  it('before a load: it waits, touches nothing, and can be stopped or continues', async () => {
    const { child, api } = await serve(disk.directory);
    await holder.rows('BEGIN');
    // a task that looks at the target waits
    await holder.rows('LOCK TABLE pg_catalog.pg_depend IN ACCESS EXCLUSIVE MODE');
    const { id } = await api.startRestore(harness.backups[1].id);
    await until(async () => (await holder.rows(waitingSql('relation'))).length > 0);
    disk.fill();
    await holder.rows('ROLLBACK');
    await until(async () => (await holder.rows(waitingSql('relation'))).length === 0);
    const object = await fetch(await storageUrl(), { method: 'PUT', body: Buffer.alloc(1024) }).catch(() => undefined);
    expect(object?.status).toBe(403); // unsigned, and answered: the bucket's server lives
    expect(((await api.call('GET', `/api/restores/${id}`)).body as Restore).target_state).toBe('untouched');
    disk.makeRoom();
    expect(await api.follow(id)).toMatchObject({ status: 'success' });
    child.kill('SIGTERM');
    await once(child, 'exit');

    async function storageUrl(): Promise<string> {
      const [provider] = (await api.call('GET', '/api/storage-providers')).body as {
        endpoint: string;
        bucket: string;
      }[];
      return `${provider?.endpoint}/${provider?.bucket}/some-object`;
    }
  }, 180_000);

  it('at the stop and the start of the service: both say so, and nothing is lost', async () => {
    const { child } = await serve(disk.directory);
    disk.fill();
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
    await expect(harness.answer('shop')).resolves.toBe(expected.postgresql.row);
    await expect(serve(disk.directory)).rejects.toThrow('did not start');
    disk.makeRoom();
    const { child: last, api } = await serve(disk.directory);
    expect((await api.call('GET', '/api/restores')).body).toHaveLength(3);
    last.kill('SIGTERM');
    await once(last, 'exit');
  }, 180_000);
});

const waitingSql = (kind = 'advisory') => `SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = '${kind}'`;
const sessionsSql = () => `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'jagad%' AND datname = 'shop'`;
