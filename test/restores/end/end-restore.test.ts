import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endRestore, recordError } from '../../../lib/restores/end/end-restore.ts';
import { endOfExecution } from '../../../lib/restores/execution/ended-execution.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { aBackup, aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const records = () => tables.records;

const NOW = new Date('2026-11-22T02:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const FAILURE = { code: 'TASK_FAILED', message: 'the task failed' };
const UNTOUCHED = 'The target is as it was before.';

describe('ending a restore', () => {
  it('succeeds for only one of 20 simultaneous calls', async () => {
    const restore = aRestore({ started_at: NOW.toISOString() });
    await records().restores.insert(restore);
    const ended = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        endRestore(
          tables,
          restore.id,
          index % 2 ? { status: 'success' } : { status: 'failed', failure: { code: 'X', message: `by ${index}` } },
          later(index),
        ),
      ),
    );
    expect(ended.filter(Boolean)).toHaveLength(1);
    const winner = ended.indexOf(true);
    expect(await records().restores.get(restore.id)).toMatchObject({
      status: winner % 2 ? 'success' : 'failed',
      duration_ms: winner * 1000,
      completed_at: later(winner).toISOString(),
      error: winner % 2 ? null : { message: `by ${winner}` },
    });
    expect(await endRestore(tables, restore.id, { status: 'success' }, later(99))).toBe(false);
    const told = tables.events.told.filter(({ detail }) => detail.restore_id === restore.id);
    expect(told).toMatchObject([{ detailType: 'Restore Status Change', detail: { duration_ms: winner * 1000 } }]);
  });

  it('tells others where it wrote, even if the request did not say so', async () => {
    const backup = aBackup();
    await records().backups.put(backup);
    const restore = aRestore({ backup_id: backup.id, started_at: NOW.toISOString() });
    await records().restores.insert(restore);
    await endRestore(tables, restore.id, { status: 'failed', failure: FAILURE }, later(3));
    expect(tables.events.told.at(-1)).toEqual({
      detailType: 'Restore Status Change',
      detail: {
        ...{
          restore_id: restore.id,
          backup_id: backup.id,
          status: 'failed',
          trigger: 'api',
          error: { ...FAILURE, hint: UNTOUCHED },
        },
        target: { connection_id: backup.connection_id, database: 'shop' },
        ...{ duration_ms: 3000, execution_arn: null, started_at: NOW.toISOString() },
        completed_at: later(3).toISOString(),
        target_state: 'untouched',
      },
    });
  });

  it('records for each restore of a task whether its own target was touched', async () => {
    const ids = [randomUUID(), randomUUID()];
    const [done, writing] = (['complete', 'incomplete'] as const).map((target_state, place) =>
      aRestore({
        ...{ id: ids[place], cancelled_by: 'night.shift' },
        target_state,
        recovery: {
          ...{ restore_ids: ids, source_database: 'shop', target: { kind: 'backup' }, reached: null },
          timeline: null,
          timings: { download_ms: null, prepare_ms: null, replay_ms: null, load_ms: null },
        },
      }),
    ) as [Restore, Restore];
    await Promise.all([done, writing].map((restore) => records().restores.insert(restore)));
    await endRestore(tables, done.id, (one) => endOfExecution(one, { status: 'ABORTED' }), NOW);
    expect(await records().restores.get(done.id)).toMatchObject({ status: 'success' });
    expect(await records().restores.get(writing.id)).toMatchObject({
      ...{ status: 'cancelled', error: { hint: expect.stringContaining('The target is incomplete') } },
    });
  });

  it('changes nothing if the restore does not exist', async () => {
    const id = randomUUID();
    expect(await endRestore(tables, id, { status: 'success' }, NOW)).toBe(false);
    expect(await records().restores.get(id)).toBeUndefined();
  });

  it('keeps the error that the container recorded', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const own = { code: 'DECRYPT_ERROR', message: 'DECRYPT ERROR: frame 7', hint: 'h.' };
    await recordError(records(), restore.id, own);
    await recordError(records(), restore.id, FAILURE);
    expect(await endRestore(tables, restore.id, { status: 'failed', failure: FAILURE }, NOW)).toBe(true);
    expect(await records().restores.get(restore.id)).toMatchObject({
      status: 'failed',
      error: { ...own, hint: `h. ${UNTOUCHED}` },
      log_output: 'DECRYPT ERROR: frame 7\n',
    });
  });

  it('does not record an error that comes after the end', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    await endRestore(tables, restore.id, { status: 'success' }, NOW);
    await recordError(records(), restore.id, FAILURE);
    expect(await records().restores.get(restore.id)).toMatchObject({ status: 'success', error: null, log_output: '' });
  });
});
