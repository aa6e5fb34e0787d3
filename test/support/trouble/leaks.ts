/** What a service holds on to: measured from outside, and as it reports itself, while it repeats the same work. */
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { type Harness, startHarness } from '../harness.ts';
import { type ServedProcess, serve } from '../serve.ts';
import { startServer } from '../servers.ts';

export interface Usage {
  descriptors: number;
  sockets: number;
  children: number;
  threads: number;
  /** What keeps the main thread alive: sockets, servers, timers, by kind. */
  resources: Record<string, number>;
  /** Of each thread that runs JavaScript, the main one first, after a collection. */
  heapsMib: number[];
  residentMib: number;
}

export interface Work {
  restores: number;
  calls: number;
  /**
   * How many times a third of the work is done before the first measurement: caches are filled, and code is compiled.
   */
  warmUps: number;
}

/** Idle connections of clients come and go, and so do timers of the event loop. */
const SLACK = 8;
/** A heap that is used to the full is collected again; what is left varies by this much. */
const HEAP_SLACK_MIB = 4;
/** Sockets are kept for a few seconds after their last use. */
const SETTLES_WITHIN_MS = 20_000;

/**
 * Checks that, however often a service restores, verifies and answers, it holds on to no more than before.
 * @param mostMib how much its resident memory may grow from the first measurement to the last
 */
export async function expectNoLeaks({ restores, calls, warmUps }: Work, mostMib: number): Promise<Usage[]> {
  const server = await startServer('postgresql');
  if (server === undefined) throw new Error('no PostgreSQL');
  const harness = await startHarness(server);
  await harness.service.stop();
  const served = await serve(harness.stateDirectory);
  const said = createInterface({ input: served.child.stdout as NodeJS.ReadableStream });
  const thirds = { restores: Math.ceil(restores / 3), calls: Math.ceil(calls / 3) };
  try {
    for (let round = 0; round < warmUps; round++) {
      await workOn(served, harness, thirds);
      // measuring takes memory too, which the allocator keeps
      await usageOf(served, said);
    }
    const looks = [await usageOf(served, said)];
    for (let third = 1; third <= 3; third++) {
      await workOn(served, harness, thirds);
      looks.push(await settled(served, said, looks[0] as Usage));
    }
    const [first, ...later] = looks as [Usage, ...Usage[]];
    for (const one of later) {
      expect(excess(first, one), JSON.stringify(looks, null, 1)).toEqual([]);
    }
    expect((looks.at(-1) as Usage).residentMib - first.residentMib, JSON.stringify(looks)).toBeLessThan(mostMib);
    return looks;
  } finally {
    served.child.kill('SIGTERM');
    await once(served.child, 'exit');
    harness.remove();
    await server.stop();
  }
}

/** What one measurement has more of than another, beyond normal variation. */
function excess(before: Usage, after: Usage): string[] {
  const counts = ({ descriptors, sockets, children, threads, resources }: Usage): Record<string, number> => ({
    ...{ descriptors, sockets, children, threads },
    ...resources,
  });
  const had = counts(before);
  const more = Object.entries(counts(after))
    .filter(([name, count]) => count > (had[name] ?? 0) + SLACK)
    .map(([name, count]) => `${name}: ${had[name] ?? 0} → ${count}`);
  const fuller = after.heapsMib.some((mib, thread) => mib > (before.heapsMib[thread] ?? 0) + HEAP_SLACK_MIB);
  return fuller ? [...more, `heaps: ${before.heapsMib} → ${after.heapsMib} MiB`] : more;
}

async function settled(served: ServedProcess, said: Interface, first: Usage): Promise<Usage> {
  const deadline = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const usage = await usageOf(served, said);
    if (excess(first, usage).length === 0 || Date.now() > deadline) return usage;
    await sleep(500);
  }
}

async function workOn(
  { api }: ServedProcess,
  { backups }: Pick<Harness, 'backups'>,
  { restores, calls }: Pick<Work, 'restores' | 'calls'>,
): Promise<void> {
  const restoring = async () => {
    for (let restore = 0; restore < restores; restore++) {
      const backup = backups[restore % 2] as Backup;
      const { id } = await api.startRestore(backup.id, { target_database: `leak_${restore % 2}` });
      expect(await api.follow(id)).toMatchObject({ status: 'success' });
    }
  };
  const verifying = async () => {
    for (let verification = 0; verification < calls / 10; verification++) {
      const { id } = backups[verification % 2] as Backup;
      expect(await api.call('POST', `/api/backups/${id}/verify`, {})).toMatchObject({ status: 202 });
      await untilVerified(id);
    }
  };
  const untilVerified = async (id: string) => {
    for (;;) {
      const { body } = await api.call('GET', `/api/backups/${id}`);
      if ((body as Backup).verify_status !== 'verifying') return;
      await sleep(50);
    }
  };
  const asking = async () => {
    const paths = ['/api/restores', '/api/backups', '/api/connections', '/api/storage-providers', '/api/health'];
    for (let call = 0; call < calls; call++) {
      const path = paths[call % paths.length] as string;
      expect(await api.call('GET', path)).toMatchObject({ status: 200 });
    }
    const { body } = await api.call('GET', '/api/storage-providers');
    const [provider] = body as { id: string }[];
    for (let test = 0; test < calls / 10; test++) {
      const tested = await api.call('POST', `/api/storage-providers/${provider?.id}/test`);
      expect(tested).toMatchObject({ status: 200, body: { ok: true } });
      const { id } = backups[test % 2] as Backup;
      expect(await api.call('POST', `/api/backups/${id}/restore/preview`, {})).toMatchObject({ status: 200 });
    }
  };
  await Promise.all([restoring(), verifying(), asking()]);
  const { body } = await api.call('GET', '/api/restores');
  expect((body as Restore[]).filter(({ status }) => status === 'running')).toEqual([]);
}

async function usageOf({ child }: ServedProcess, said: Interface): Promise<Usage> {
  const answer = once(said, 'line') as Promise<[string]>;
  child.kill('SIGUSR2');
  const [line] = await answer;
  const { resources, heaps, rss } = JSON.parse(line) as { resources: string[]; heaps: number[]; rss: number };
  const directory = `/proc/${child.pid}`;
  const links = readdirSync(`${directory}/fd`).map((fd) => {
    try {
      return readlinkSync(`${directory}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  const tasks = readdirSync(`${directory}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`${directory}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return {
    descriptors: links.length,
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    children: children.length,
    threads: tasks.length,
    resources: Object.fromEntries(
      [...Map.groupBy(resources, (name) => name)].map(([name, some]) => [name, some.length]),
    ),
    heapsMib: heaps.map((bytes) => Math.round(bytes / 2 ** 20)),
    residentMib: Math.round(rss / 2 ** 20),
  };
}
