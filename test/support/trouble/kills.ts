/** A service that is killed at random moments of a restore, again and again. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { DbType } from '../../../lib/databases/names.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { expected, startHarness } from '../harness.ts';
import { serve } from '../serve.ts';
import { startServer } from '../servers.ts';
import { until } from '../until.ts';

/** A restore of the fixture takes about so long. */
const RESTORE_MS = 2500;

/**
 * Kills a service `kills` times, and checks its guarantees: no restore stays running, no target stays taken, no file
 * with a password or process is left behind, and the next restore succeeds.
 * @param random 0 up to 1
 */
export async function killAgainAndAgain(dbType: DbType, kills: number, random: () => number): Promise<void> {
  const server = await startServer(dbType);
  if (server === undefined) throw new Error(`no ${dbType}`);
  const harness = await startHarness(server);
  const { stateDirectory, backups } = harness;
  await harness.service.stop();
  const start = () => serve(stateDirectory);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const { child, api } = await start();
      // the killed one has ended, and its target is free: the next one starts
      const before = (await api.call('GET', '/api/restores?limit=200')).body as Restore[];
      expect(before.filter(({ status }) => status === 'running')).toEqual([]);
      await api.startRestore((backups[kill % 2] ?? backups[0]).id);
      await sleep(random() * RESTORE_MS);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until(async () => processesOf(stateDirectory).length === 0);
    }

    const { child, api } = await start();
    expect(readdirSync(stateDirectory)).not.toContain('tasks');
    const all = (await api.call('GET', '/api/restores?limit=200')).body as Restore[];
    expect(all).toHaveLength(kills);
    for (const { status } of all) expect(['success', 'failed']).toContain(status);
    const last = await api.startRestore(backups[0].id);
    expect(await api.follow(last.id)).toMatchObject({ status: 'success' });
    expect(await harness.answer('shop')).toBe(expected[dbType === 'postgresql' ? dbType : 'mysql and mariadb'].row);
    child.kill('SIGTERM');
    await once(child, 'exit');
  } finally {
    harness.remove();
    await server.stop();
  }
}

/** The processes that work in a state directory: they have it in their environment. */
function processesOf(stateDirectory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(stateDirectory);
    } catch {
      return false; // it has ended, or belongs to another user
    }
  });
}
