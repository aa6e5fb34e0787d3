import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NotFound } from '../../../lib/errors/errors.ts';
import { STATE_NOT_WRITABLE } from '../../../lib/errors/not-writable.ts';
import { MUST_STOP_AFTER_MS } from '../../../lib/restores/end/claim.ts';
import { endRestore } from '../../../lib/restores/end/end-restore.ts';
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

const NOW = new Date('2026-11-22T02:00:00Z');
const FAILURE = { code: 'TASK_FAILED', message: 'the task failed' };

describe('RestoreReporter', () => {
  /** The records, with every update of a restore noted. */
  function watched() {
    const writes: number[] = [];
    const { restores } = records();
    const update: typeof restores.update = (...args) => {
      writes.push(Date.now());
      return restores.update(...args);
    };
    const watchedRestores = { get: (id: string) => restores.get(id), update } as typeof restores;
    return { writes, records: { ...records(), restores: watchedRestores } };
  }

  it('writes at most once a second, and the rest when it closes', async () => {
    const restore = aRestore({ log_output: 'before\n' });
    await records().restores.insert(restore);
    const { writes, records: noted } = watched();
    const reporter = await RestoreReporter.open(noted, restore.id);
    const began = Date.now();
    reporter.stage('restoring', 1000);
    for (let index = 0; index < 220; index++) {
      reporter.progress(index);
      if (index % 50 === 0) reporter.log(`line ${index}`);
      await sleep(10);
    }
    expect(writes.length).toBeGreaterThanOrEqual(1);
    expect(writes.length).toBeLessThanOrEqual(2 + (Date.now() - began) / 1000);
    for (let index = 1; index < writes.length; index++) {
      expect((writes[index] as number) - (writes[index - 1] as number)).toBeGreaterThan(800);
    }
    reporter.warn('stays');
    await reporter.close();
    expect(await records().restores.get(restore.id)).toEqual({
      ...restore,
      log_output: 'before\nline 0\nline 50\nline 100\nline 150\nline 200\nWARNING: stays\n',
      warnings: ['stays'],
      progress: { stage: 'restoring', bytes_done: 219, bytes_total: 1000 },
    });
  });

  it('reports each step of a recovery when it is done', async () => {
    const timings = { download_ms: null, prepare_ms: null, replay_ms: null, load_ms: null };
    const id = randomUUID();
    const recovery = {
      restore_ids: [id],
      source_database: 'shop',
      target: { kind: 'backup' },
      timeline: null,
      reached: null,
      timings,
    };
    await records().restores.insert(aRestore({ id, recovery: recovery as Restore['recovery'] }));
    const reporter = await RestoreReporter.open(records(), id);
    reporter.recovered({ timings: { download_ms: 7 } });
    reporter.recovered({ timings: { prepare_ms: 8 } });
    await reporter.save();
    const told = async () => (await records().restores.get(id))?.recovery;
    expect(await told()).toEqual({ ...recovery, timings: { ...timings, download_ms: 7, prepare_ms: 8 } });
    reporter.recovered({ reached: 'its end' });
    await reporter.close();
    expect(await told()).toMatchObject({ reached: 'its end', timings: { prepare_ms: 8, load_ms: null } });
  });

  it('reports the state of the tables', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const reporter = await RestoreReporter.open(records(), restore.id);
    reporter.tables.found(['a', 'b']);
    reporter.tables.begun('a');
    await reporter.close();
    const told = async () => (await records().restores.get(restore.id))?.tables;
    const some = (...names: string[]) => ({ count: names.length, names });
    expect(await told()).toEqual({ complete: some(), incomplete: some('a'), untouched: some('b') });
    reporter.done();
    await reporter.save();
    expect(await told()).toEqual({ complete: some('a'), incomplete: some(), untouched: some('b') });
  });

  it('keeps a record that DynamoDB takes, however many warnings there are', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const reporter = await RestoreReporter.open(records(), restore.id);
    for (let n = 0; n < 20_000; n++)
      reporter.warn(`table ${n} ${'ü'.repeat(60)} is not in the backup and stays as it is`);
    expect(await reporter.save()).toBe(true);
    await reporter.close();
    const { warnings = [], log_output = '' } = (await records().restores.get(restore.id)) ?? {};
    expect(warnings).toHaveLength(201);
    expect(warnings.at(-1)).toBe('… and more: see the log');
    expect(log_output).toContain('table 19999 ');
  });

  it('says at once, when it is asked to save, that the restore has ended', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const reporter = await RestoreReporter.open(records(), restore.id);
    reporter.stage('restoring', 10);
    expect(await reporter.save()).toBe(true);
    expect(await records().restores.get(restore.id)).toMatchObject({ progress: { stage: 'restoring' } });
    await endRestore(tables, restore.id, { status: 'cancelled', failure: FAILURE }, NOW);
    expect(await reporter.save()).toBe(false);
    await reporter.close();
  });

  it('writes nothing if there is nothing to report', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const { writes, records: noted } = watched();
    await (await RestoreReporter.open(noted, restore.id)).close();
    expect(writes).toHaveLength(0);
  });

  it('reports once that the restore has ended meanwhile, and writes no more to it', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    let told = 0;
    const { writes, records: noted } = watched();
    const reporter = await RestoreReporter.open(noted, restore.id, () => {
      told += 1;
    });
    await endRestore(tables, restore.id, { status: 'cancelled', failure: FAILURE }, NOW);
    const ended = await records().restores.get(restore.id);
    reporter.log('still going');
    while (told === 0) await sleep(20);
    reporter.log('and going');
    await reporter.close();
    expect(told).toBe(1);
    expect(writes).toHaveLength(1);
    expect(await records().restores.get(restore.id)).toEqual(ended);
  });

  it('writes later what it could not write before', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const { restores } = records();
    let failures = 1;
    const update: typeof restores.update = (...args) => {
      if (failures-- > 0) throw new Error('the network is down');
      return restores.update(...args);
    };
    const failing = { ...records(), restores: { get: (id: string) => restores.get(id), update } as typeof restores };
    const reporter = await RestoreReporter.open(failing, restore.id);
    reporter.log('a');
    while (failures > 0) await sleep(20);
    await reporter.close();
    expect((await restores.get(restore.id))?.log_output).toBe('a\n');
  });

  it('stops a worker that cannot write for minutes, before it is considered dead', async () => {
    const restore = aRestore({ claimed_by: 'a' });
    const update = async () => {
      throw new Error('the network is down');
    };
    const cutOff = { ...records(), restores: { get: async () => restore, update } as never };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const stopped: string[] = [];
      const open = (worker: string | null) =>
        RestoreReporter.open(cutOff, restore.id, () => stopped.push(String(worker)), worker);
      const reporters = [await open('a'), await open(null)];
      await vi.advanceTimersByTimeAsync(MUST_STOP_AFTER_MS - 10_000);
      expect(stopped).toEqual([]);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(stopped).toEqual(['a']);
      await Promise.all(reporters.map((reporter) => reporter.close()));
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets a worker continue while records can’t be written, unless it is asked to stop', async () => {
    const restore = aRestore({ claimed_by: 'a' });
    let now = restore;
    const update = async () => {
      throw Object.assign(new Error('the disk is full'), { name: STATE_NOT_WRITABLE });
    };
    const full = { ...records(), restores: { get: async () => now, update } as never };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const stopping = new AbortController();
      const stop = () => stopping.abort();
      const reporter = await RestoreReporter.open(full, restore.id, stop, 'a', stopping.signal);
      await vi.advanceTimersByTimeAsync(3 * MUST_STOP_AFTER_MS);
      expect(stopping.signal.aborted).toBe(false);
      now = { ...restore, stop_asked_at: new Date().toISOString() };
      await vi.advanceTimersByTimeAsync(2000);
      expect(stopping.signal.aborted).toBe(true);
      await expect(reporter.save()).rejects.toThrow('the disk is full');
      await reporter.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuses a restore that does not exist', async () => {
    await expect(RestoreReporter.open(records(), randomUUID())).rejects.toBeInstanceOf(NotFound);
  });
});
