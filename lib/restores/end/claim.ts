/**
 * Which task of a restore may write to its target. The target's lock names the restore, but one restore may have two
 * tasks: Step Functions calls ECS again if the response was lost (`ECS.ServerException`, `AmazonECS.Unknown`), although
 * the first call may have started a task too. So before anything else, a task claims the restore: one conditional write
 * of its own identity into `claimed_by`. Only the worker named there writes to the target or to the record.
 *
 * The state machine only watches the task of the last call, which may be the one without the claim. If that task ended
 * at once, the restore would be recorded as a success or as failed while the first task is still writing. So a task
 * without the claim stands by, touches nothing, and ends as the worker does:
 *
 * - if there is no claim yet, it takes it;
 * - if another task has the claim and may be alive, it waits;
 * - if the worker is done with every database, it ends well, and the state machine records the success;
 * - if the worker is proven to have stopped before its first write and without an error, it takes over, again with a
 *   conditional write. The proof is `task_stopped_at`, which the worker writes last, or ECS's event for that task's
 *   end. A worker that is merely silent may still be writing;
 * - if the worker has stopped after its first write, or with an error, it ends badly. A killed task's database session
 *   may still be waiting for a lock, so nothing is loaded over it unless someone asks for it;
 * - if the restore has ended, or someone asked to stop it, it ends.
 *
 * A worker checks its claim again whenever it may have waited: before its first write, before each statement of a MySQL
 * dump, before PostgreSQL's load starts, before the end of the dump (when plain SQL is committed), and every 10 s. If
 * it can't write to the record for MUST_STOP_AFTER_MS, it stops by itself, before it may be considered dead.
 *
 * An execution never ends its restore while a worker may be writing, and never leaves a worker running: it asks the
 * worker to stop (`stop_asked_at`, `cancelled_by`), and the restore ends once it has stopped.
 */
import type { Restore } from '../model.ts';
import { mayHaveWritten } from './target-state.ts';

/** A worker that could not write to its record for this long stops by itself. */
export const MUST_STOP_AFTER_MS = 4 * 60_000;
/** If a worker hasn't written to its record for this long, it counts as dead when someone cancels its restore again. */
export const SILENT_AFTER_MS = 5 * 60_000;

/** A task's next step. */
export type Turn = 'go on' | 'claim' | 'take over' | 'wait' | 'end well' | 'end badly';

/** @param restores of one task, in their current state. The first one's record has the claim for all. */
export function turnOf(restores: readonly Restore[], worker: string): Turn {
  const [first] = restores;
  if (first === undefined) return 'end badly';
  if (first.status !== 'running')
    return restores.every(({ status }) => status === 'success') ? 'end well' : 'end badly';
  // its own write, although the response was lost
  if (first.claimed_by === worker) return first.task_stopped_at === null ? 'go on' : 'end badly';
  if (first.claimed_by === null) return isAskedToStop(first) ? 'end badly' : 'claim';
  if (areDone(restores)) return 'end well';
  if (first.task_stopped_at === null) return 'wait';
  const mayTakeOver = !isAskedToStop(first) && restores.every(({ error }) => error === null) && !hasBegun(restores);
  return mayTakeOver ? 'take over' : 'end badly';
}

/**
 * Whether the worker of these restores may still be writing to a target. A worker that starts later finds that they
 * have ended, and stops.
 * @param restores of one task: the first one's record says when the task stopped.
 */
export function mayBeWriting(restores: readonly Restore[]): boolean {
  return restores[0]?.task_stopped_at === null && hasBegun(restores) && !areDone(restores);
}

/** Whether the worker hasn't written for so long that it must have stopped by itself, or has never reported at all. */
export function isSilent(restores: readonly Restore[], now: Date): boolean {
  const seen = restores.map(({ worker_seen_at }) => (worker_seen_at === null ? 0 : Date.parse(worker_seen_at)));
  return now.getTime() - Math.max(0, ...seen) > SILENT_AFTER_MS;
}

export function isAskedToStop({ cancelled_by, stop_asked_at }: Restore): boolean {
  return cancelled_by !== null || stop_asked_at !== null;
}

/**
 * A worker's identity. On AWS, it is the ARN of its task; on one machine, its process, because an environment may be
 * used twice there.
 * @param taskArn if known.
 * @param child the process, if the ARN alone may not be unique.
 */
export function workerName(taskArn: string | undefined, child?: { pid: number; startedAt: Date }): string {
  const parts = [
    ...(taskArn === undefined ? [] : [taskArn]),
    ...(child === undefined ? [] : [`process ${child.pid} started ${child.startedAt.toISOString()}`]),
  ];
  return parts.join(', ');
}

/** Whether a claim belongs to a task. */
export function isWorkerOf(claimedBy: string | null, taskArn: string | undefined): boolean {
  return taskArn !== undefined && (claimedBy === taskArn || claimedBy?.startsWith(`${taskArn}, `) === true);
}

/** When one database is complete, the next one is due. */
function hasBegun(restores: readonly Restore[]): boolean {
  return restores.some(({ target_state }) => mayHaveWritten(target_state));
}

function areDone(restores: readonly Restore[]): boolean {
  return restores.every(({ target_state }) => target_state === 'complete');
}
