/** The service is killed at random moments of a restore, again and again. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Restore } from '../../lib/domain/records.ts';
import { randomNumbers } from '../support/chunks.ts';
import { expected, startHarness } from '../support/harness.ts';
import { stackFile } from '../support/known-stack.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** `npm run test:long` has as many as there is time for. */
const KILLS = 3;
/** A restore of the fixture takes about so long. */
const RESTORE_MS = 2500;

describe('a service that is killed again and again', () => {
  it('never leaves a restore running, a target taken, a file with a password or a process', async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    const harness = await startHarness(server);
    const { stateDirectory, backups } = harness;
    await harness.service.stop();
    const start = () => serve(stateDirectory, ['test/support/serve-process.ts', stackFile()]);
    const random = randomNumbers(20);

    for (let kill = 0; kill < KILLS; kill++) {
      const { child, api } = await start();
      // the one that was killed has ended, and its target is free: the next one starts
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
    expect(all).toHaveLength(KILLS);
    for (const { status } of all) expect(['success', 'failed']).toContain(status);
    const last = await api.startRestore(backups[0].id);
    expect(await api.follow(last.id)).toMatchObject({ status: 'success' });
    expect(await harness.answer('shop')).toBe(expected.postgresql.row);
    child.kill('SIGTERM');
    await once(child, 'exit');
    harness.remove();
    await server.stop();
  }, 600_000);
});

/** The processes that work in a state directory: they have it in their environment. */
function processesOf(stateDirectory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(stateDirectory);
    } catch {
      return false; // it has ended, or is somebody else's
    }
  });
}
