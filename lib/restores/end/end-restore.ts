import type { Failure } from '../../errors/errors.ts';
import type { Recorder } from '../../storage/event-publisher.ts';
import { emit } from '../../telemetry/emit.ts';
import { announceRestore } from '../admission/record-restore.ts';
import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';
import { endingOf, type RestoreEnd, withLine } from './end.ts';
import { measuredRestore } from './measured-restore.ts';
import { restoresOfTask } from './restores-of-task.ts';

/**
 * Ends a running restore, measures it and sends its event. The end is one conditional write, and every restore ends
 * through this function. The restores of one task end together; those whose database is already complete count as a
 * success.
 * @param endOf how each of them ends.
 * @returns whether this call ended it.
 */
export async function endRestore(
  recorder: Recorder<RestoreTables>,
  restoreId: string,
  endOf: RestoreEnd | ((restore: Restore) => RestoreEnd),
  now: Date,
): Promise<boolean> {
  const [restore, ...others] = await restoresOfTask(recorder.records, restoreId);
  for (const other of others) await endOne(recorder, other, endOf, now);
  return restore !== undefined && endOne(recorder, restore, endOf, now);
}

async function endOne(
  recorder: Recorder<RestoreTables>,
  restore: Restore,
  endOf: Parameters<typeof endRestore>[2],
  now: Date,
): Promise<boolean> {
  const { records } = recorder;
  if (restore.status !== 'running') return false;
  const end = typeof endOf === 'function' ? endOf(restore) : endOf;
  const ending = endingOf(restore, restore.target_state === 'complete' ? { status: 'success' } : end, now);
  if (!(await records.restores.update(restore.id, ending, { status: 'running' }))) return false;
  const backup = await records.backups.get(restore.backup_id).catch(() => undefined);
  emit(measuredRestore({ ...restore, ...ending }, backup));
  await announceRestore(recorder, { ...restore, ...ending });
  return true;
}

/**
 * Records why a running restore is about to fail. Only the code that met the error knows the details.
 * @param worker who has the restore's claim. If it is missing, nothing is written once a task has the claim: an error
 * elsewhere (in a verification whose call was repeated) isn't the restore's outcome.
 */
export async function recordError(
  records: RestoreTables,
  restoreId: string,
  failure: Failure,
  worker: string | null = null,
): Promise<void> {
  const restore = await records.restores.get(restoreId);
  if (restore?.status !== 'running' || restore.error !== null) return;
  await records.restores.update(
    restoreId,
    { error: failure, log_output: withLine(restore.log_output, failure.message) },
    { status: 'running', claimed_by: worker },
  );
}
