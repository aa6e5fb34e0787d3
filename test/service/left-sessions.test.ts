/**
 * What a restore leaves behind if its task is killed, or its database stops answering: no tool, and no session for
 * long.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { registerServer } from '../../lib/local/demo/register.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { addDump } from '../support/dumps.ts';
import { inLongTier } from '../support/every-case.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { type SilentProxy, silentProxy } from '../support/trouble/silent-proxy.ts';
import { until } from '../support/until.ts';

/** Enough for several jobs, if it is not compressed; as they check these, they wait for whoever has the lock. */
const WAITING = [
  "CREATE TABLE bulk AS SELECT n AS id, repeat('some text ', 100) AS note FROM generate_series(1, 9000) n",
  `CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN true; END $$`,
  ...['w1', 'w2'].map((table) => `CREATE TABLE ${table} AS SELECT 1 AS id`),
  ...['w1', 'w2'].map((table) => `ALTER TABLE ${table} ADD CHECK (waits())`),
];
const LEFT = 'has sessions from an earlier restore, which have to end first';

describe('several waiting PostgreSQL jobs', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let backup: Backup;
  let holder: Session;
  let isStopped = false;
  let proxy: SilentProxy;
  /** The connection that leads through it. */
  let viaProxy: string;

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    await harness.sql(undefined, 'CREATE DATABASE waiting');
    await harness.sql('waiting', ...WAITING);
    backup = await addDump(harness, openDump(server, 'waiting', ['--compress=0']), 'waiting');
    proxy = await silentProxy(server.port);
    const behind = { ...server, port: proxy.port };
    const id = crypto.randomUUID();
    await registerServer(harness.service, behind, { id, name: 'behind the proxy' });
    viaProxy = id;
  });
  afterEach(async () => {
    await holder?.end().catch(() => {});
  });
  afterAll(async () => {
    proxy.close();
    if (!isStopped) await harness.service.stop();
    harness.remove();
    await stopServer();
  });

  const sessionsOf = ({ id }: Pick<Restore, 'id'>, also = '') =>
    harness.sql(
      undefined,
      `SELECT pid FROM pg_stat_activity
        WHERE (application_name LIKE 'jagad-restore ${id} %' OR usename = 'jagad_restore_${id.replaceAll('-', '')}')${also}`,
    );

  /** Starts a restore and waits until two of its sessions wait for the holder's lock. */
  async function startHeldUp(api: Harness['api'], database: string, target_connection?: string): Promise<Restore> {
    await harness.sql(undefined, `CREATE DATABASE ${database}`);
    holder = await openSession(harness.server, database);
    await holder.rows('SELECT pg_advisory_lock(42)');
    const request = { target_database: database, ...(target_connection === undefined ? {} : { target_connection }) };
    const restore = await api.startRestore(backup.id, request);
    await until(async () => (await sessionsOf(restore, " AND wait_event_type = 'Lock'")).length === 2);
    expect(toolsIn(harness.stateDirectory).length).toBeGreaterThan(2);
    return restore;
  }

  it('leave no tool and no session when their task is killed', async () => {
    const held = await startHeldUp(harness.api, 'killed');
    process.kill(await taskOf(harness, held), 'SIGKILL');
    const ended = await harness.api.follow(held.id);
    expect(toolsIn(harness.stateDirectory)).toEqual([]);
    expect(ended).toMatchObject({
      status: 'failed',
      error: { hint: expect.stringContaining('The target is incomplete') },
    });
    expect(await sessionsOf(held)).toEqual([]);
  });

  it('leave sessions when their task is killed with all of its tools, and the next restore ends them', async () => {
    const held = await startHeldUp(harness.api, 'container');
    const task = await taskOf(harness, held);
    // as a container ends that has no memory left
    for (const pid of [String(task), ...toolsIn(harness.stateDirectory)]) process.kill(Number(pid), 'SIGKILL');
    expect(await harness.api.follow(held.id)).toMatchObject({ status: 'failed' });
    expect((await sessionsOf(held)).length).toBeGreaterThan(0);

    const next = await harness.restore(harness.backups[1], { target_database: 'container' });
    expect(next).toMatchObject({ status: 'success', error: null });
    expect(next.log_output).toContain(LEFT);
    expect(next.log_output).toContain(held.id);
    expect(await sessionsOf(held)).toEqual([]);
    expect(await harness.answer('container')).toBe(expected.postgresql.row);
  });

  it('end when they are cancelled while the database is silent, and the next restore ends their sessions', async () => {
    const held = await startHeldUp(harness.api, 'silent', viaProxy);
    proxy.silence();
    expect((await harness.api.call('POST', `/api/restores/${held.id}/cancel`)).status).toBe(202);
    const ended = await harness.api.follow(held.id);
    expect(toolsIn(harness.stateDirectory)).toEqual([]);
    expect(ended).toMatchObject({ status: 'cancelled' });
    expect(ended.warnings.join('\n')).toContain('sessions of this restore may still be active in the database');

    const during = await harness.restore(harness.backups[1], {
      target_database: 'silent',
      target_connection: viaProxy,
    });
    expect(during).toMatchObject({
      status: 'failed',
      target_state: 'untouched',
      error: { message: expect.stringContaining('cannot connect') },
    });
    expect((await sessionsOf(held)).length).toBeGreaterThan(0);
    proxy.speak();
    const next = await harness.restore(harness.backups[1], { target_database: 'silent', target_connection: viaProxy });
    expect(next).toMatchObject({ status: 'success', error: null });
    expect(next.log_output).toContain(LEFT);
    expect(await sessionsOf(held)).toEqual([]);
  });

  inLongTier(it)('leave no tool over the next start when their task and its service are killed', async () => {
    await harness.service.stop();
    isStopped = true;
    const first = await serve(harness.stateDirectory);
    const held = await startHeldUp(first.api, 'service');
    const record = (await first.api.call('GET', `/api/restores/${held.id}`)).body as Restore;
    process.kill(first.child.pid as number, 'SIGKILL');
    process.kill(workerPid(record), 'SIGKILL');
    await once(first.child, 'exit');
    expect(toolsIn(harness.stateDirectory).length).toBeGreaterThan(2);

    const second = await serve(harness.stateDirectory);
    expect(toolsIn(harness.stateDirectory)).toEqual([]);
    expect(await second.api.follow(held.id)).toMatchObject({ status: 'failed' });
    const next = await second.api.startRestore(harness.backups[1].id, { target_database: 'service' });
    expect(await second.api.follow(next.id)).toMatchObject({ status: 'success', error: null });
    expect(await sessionsOf(held)).toEqual([]);
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
  });
});

/** The process of the task that has a restore's claim. */
async function taskOf(harness: Harness, { id }: Restore): Promise<number> {
  return workerPid((await harness.service.records.restores.get(id)) as Restore);
}

function workerPid({ claimed_by }: Restore): number {
  return Number(/process (\d+) started/.exec(claimed_by ?? '')?.[1]);
}

/** The tools of restores that run for a service: they have its state directory in their environment. */
function toolsIn(stateDirectory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return (
        environment.includes(stateDirectory) &&
        /^(pg_restore|mysql|mariadb)/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))
      );
    } catch {
      return false; // it has ended, or belongs to another user
    }
  });
}
