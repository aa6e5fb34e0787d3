/** Reads and writes claims; lib/restores/end/claim.ts says what a claim is and how it passes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../errors/errors.ts';
import { logger } from '../../telemetry/log.ts';
import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';
import { turnOf } from './claim.ts';
import { restoresOfTask } from './restores-of-task.ts';

const LOOK_INTERVAL_MS = 2000;

/**
 * Claims a restore for a worker, and with it the others that the same task runs. Stands by while another worker has the
 * claim.
 * @returns whether the worker has the claim now, or else how it ends.
 * @throws the signal's reason, or DynamoDB's error.
 */
export async function claimRestore(
  records: RestoreTables,
  restoreId: string,
  worker: string,
  signal: AbortSignal,
  intervalMs = LOOK_INTERVAL_MS,
): Promise<'claimed' | 'end well' | 'end badly'> {
  let standsBehind: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const restores = await restoresOfTask(records, restoreId).catch((error: unknown) => {
      // a task that the execution watches keeps standing by if DynamoDB fails, because its end would be taken for the
      // restore's end
      if (standsBehind === null) throw error;
      logger.warn('the other task could not be inspected', error as Error);
    });
    if (restores === undefined) {
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
      continue;
    }
    const [first, ...others] = restores;
    const turn = turnOf(restores, worker);
    if (turn === 'end well' || turn === 'end badly') {
      logger.info('another task has this restore, and has ended it: this one touches nothing', { worker, turn });
      return turn;
    }
    if (turn === 'wait') {
      const holder = first?.claimed_by ?? null;
      if (holder !== standsBehind) logger.info('another task has this restore: this one stands by', { worker, holder });
      standsBehind = holder;
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
      continue;
    }
    if (turn !== 'go on' && !(await writeClaim(records, first as Restore, worker))) continue;
    // for a task that runs several restores: from here on, no other worker can get the first one
    for (const { id } of others) {
      await records.restores.update(id, { claimed_by: worker }, { status: 'running' });
    }
    return 'claimed';
  }
}

/**
 * The one write that decides who has the claim.
 * @returns false if another worker was first, or if the response to its own write was lost.
 */
function writeClaim(records: RestoreTables, before: Restore, worker: string): Promise<boolean> {
  const { id, claimed_by, task_stopped_at } = before;
  return records.restores.update(
    id,
    { claimed_by: worker, task_stopped_at: null, worker_seen_at: new Date().toISOString() },
    { status: 'running', claimed_by, ...(claimed_by === null ? {} : { task_stopped_at }) },
  );
}

/**
 * The worker's last write. It says that the worker won't touch a target any more, so nothing has to wait for the event
 * of its end.
 */
export async function releaseClaim(records: RestoreTables, restoreId: string, worker: string): Promise<void> {
  await records.restores.update(
    restoreId,
    { task_stopped_at: new Date().toISOString() },
    { status: 'running', claimed_by: worker },
  );
}

/**
 * Asks the worker of these restores to stop, because the execution has ended, and nothing else stops a task that the
 * execution doesn't watch. The restore ends once that task has stopped.
 * @param failure the restore's error, unless it has recorded its own.
 */
export async function askToStop(
  records: RestoreTables,
  restores: readonly Restore[],
  failure?: Failure,
): Promise<void> {
  const stop_asked_at = new Date().toISOString();
  for (const { id, error } of restores) {
    const why = failure === undefined || error !== null ? {} : { error: failure };
    await records.restores.update(id, { stop_asked_at, ...why }, { status: 'running' });
  }
}
