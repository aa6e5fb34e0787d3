/** Which task gets a restore's claim, and what a task without it does. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askToStop, claimRestore, releaseClaim } from '../../../lib/restores/end/claim-restore.ts';
import { endRestore, recordError } from '../../../lib/restores/end/end-restore.ts';
import { RestoreReporter } from '../../../lib/restores/end/reporter.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const records = () => tables.records;
const { signal } = new AbortController();
const NOW = new Date('2026-11-22T02:00:00Z');
const FAILURE = { code: 'TASK_FAILED', message: 'the task failed' };

async function running(fields: Partial<Restore> = {}): Promise<string> {
  const restore = aRestore({ progress: { stage: 'verifying', bytes_done: 0, bytes_total: 0 }, ...fields });
  await records().restores.insert(restore);
  return restore.id;
}
const claim = (id: string, worker: string) => claimRestore(records(), id, worker, signal, 20);
const set = (id: string, fields: Partial<Restore>) => records().restores.update(id, fields);
const get = async (id: string) => (await records().restores.get(id)) as Restore;

describe('a restore’s claim', () => {
  it('goes to one of twenty tasks; the others write nothing, and end with the same status', async () => {
    const id = await running();
    const ended: string[] = [];
    const claims = Array.from({ length: 20 }, async (_, index) => {
      const turn = await claim(id, `task ${index}`);
      ended.push(turn);
      return turn;
    });
    await expect.poll(() => ended).toEqual(['claimed']);
    const before = await get(id);
    expect(before.claimed_by).toMatch(/^task \d+$/);
    await sleep(200);
    expect(ended).toEqual(['claimed']);
    expect(await get(id)).toEqual(before);
    await set(id, { target_state: 'complete' });
    const turns = await Promise.all(claims);
    expect(turns.filter((turn) => turn === 'end well')).toHaveLength(19);
    expect(await get(id)).toEqual({ ...before, target_state: 'complete' });
  });

  it('covers every restore of its task', async () => {
    const ids = [randomUUID(), randomUUID()];
    const timings = { download_ms: null, prepare_ms: null, replay_ms: null, load_ms: null };
    const recovery = { restore_ids: ids, source_database: 'd', target: { kind: 'backup' }, reached: null, timings };
    for (const id of ids) await running({ id, recovery: recovery as Restore['recovery'] });
    const [first = '', second = ''] = ids;
    expect(await claim(first, 'a')).toBe('claimed');
    expect(await get(second)).toMatchObject({ claimed_by: 'a' });
  });

  it('stays with the worker even if its own write was answered by an error', async () => {
    const id = await running();
    const { restores } = records();
    const update: typeof restores.update = async (...args) => {
      await restores.update(...args);
      return false; // as the SDK's second try finds it
    };
    const lossy = { ...records(), restores: { get: (one: string) => restores.get(one), update } as typeof restores };
    expect(await claimRestore(lossy, id, 'a', signal, 20)).toBe('claimed');
  });

  it('passes from a task that has stopped before its first write to another one', async () => {
    const id = await running();
    await claim(id, 'a');
    await set(id, { target_state: 'untouched' });
    const ended: string[] = [];
    const waiting = ['b', 'c'].map((worker) => claim(id, worker).then((turn) => ended.push(turn)));
    await sleep(100);
    expect(ended).toEqual([]);
    await releaseClaim(records(), id, 'a');
    await expect.poll(() => ended).toEqual(['claimed']);
    expect(await get(id)).toMatchObject({ claimed_by: expect.stringMatching(/[bc]/), task_stopped_at: null });
    await set(id, { target_state: 'complete' });
    await Promise.all(waiting);
    expect(ended).toEqual(['claimed', 'end well']);
  });

  it('never passes from a task that has written', async () => {
    const id = await running();
    await claim(id, 'a');
    await set(id, { target_state: 'incomplete' });
    await releaseClaim(records(), id, 'a');
    const before = await get(id);
    expect(await claim(id, 'b')).toBe('end badly');
    expect(await get(id)).toEqual(before);
  });

  it('can only be released by its worker', async () => {
    const id = await running();
    await claim(id, 'a');
    await releaseClaim(records(), id, 'b');
    expect(await get(id)).toMatchObject({ task_stopped_at: null });
  });

  it('is void after the restore has ended, or should end', async () => {
    const id = await running();
    await askToStop(records(), [await get(id)]);
    expect(await claim(id, 'a')).toBe('end badly');
    await endRestore(tables, id, { status: 'failed', failure: FAILURE }, NOW);
    expect(await claim(id, 'a')).toBe('end badly');
    expect(await get(id)).toMatchObject({ claimed_by: null });
  });

  it('is waited for until the task is stopped', async () => {
    const id = await running();
    await claim(id, 'a');
    const stopping = new AbortController();
    const waiting = claimRestore(records(), id, 'b', stopping.signal);
    stopping.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});

describe('the record of a claimed restore', () => {
  it('is written only by its worker', async () => {
    const id = await running();
    await claim(id, 'a');
    const other = await RestoreReporter.open(records(), id, () => {}, 'b');
    const verifying = await RestoreReporter.open(records(), id);
    const before = await get(id);
    for (const reporter of [other, verifying]) {
      reporter.log('not so');
      expect(await reporter.save()).toBe(false);
      await reporter.close();
    }
    await recordError(records(), id, FAILURE, 'b');
    await recordError(records(), id, FAILURE);
    expect(await get(id)).toEqual(before);
    const own = await RestoreReporter.open(records(), id, () => {}, 'a');
    own.log('so');
    expect(await own.save()).toBe(true);
    await own.close();
    await recordError(records(), id, FAILURE, 'a');
    expect(await get(id)).toMatchObject({
      log_output: 'so\nthe task failed\n',
      error: FAILURE,
      worker_seen_at: expect.any(String),
    });
  });

  it('tells its worker within seconds to stop, and still accepts its last report', async () => {
    const id = await running();
    await claim(id, 'a');
    let asked = 0;
    const reporter = await RestoreReporter.open(
      records(),
      id,
      () => {
        asked += 1;
      },
      'a',
    );
    await askToStop(records(), [await get(id)], FAILURE);
    await expect.poll(() => asked, { timeout: 15_000, interval: 200 }).toBe(1);
    reporter.log('the last');
    await reporter.close();
    expect(await get(id)).toMatchObject({ error: FAILURE, log_output: 'the last\n' });
  });

  it('of a restore from before claims existed belongs to no task', async () => {
    const { claimed_by: _, ...older } = aRestore();
    await records().restores.insert(older as Restore);
    const reporter = await RestoreReporter.open(records(), older.id);
    expect(await reporter.save()).toBe(true);
    await reporter.close();
    expect(await claim(older.id, 'a')).toBe('claimed');
  });
});
