import { tablesAtEnd } from '../../engines/table-states.ts';
import type { Failure } from '../../errors/errors.ts';
import type { Progress } from '../../pipeline/progress.ts';
import { endedAt } from '../../storage/span.ts';
import { cutLog } from '../../telemetry/cut-log.ts';
import type { Restore } from '../model.ts';
import { withTarget } from './target-state.ts';

export type RestoreEnd = { status: 'success' } | { status: 'failed' | 'cancelled'; failure: Failure };

/**
 * The fields to write when a running restore ends. An error that the restore itself recorded says more, so it stays;
 * this only adds the state of the target, from the record.
 */
export function endingOf(
  restore: Restore,
  end: RestoreEnd,
  now: Date,
): Pick<
  Restore,
  'status' | 'error' | 'completed_at' | 'duration_ms' | 'log_output' | 'progress' | 'target_state' | 'tables'
> {
  const error = errorOf(restore, end);
  // an error that is still to end the restore isn't yet in the log that the worker wrote
  const told = error === null || restore.log_output.includes(error.message);
  return {
    status: end.status,
    error: error === null ? null : withTarget(error, restore.target_state),
    completed_at: endedAt(restore.started_at, now),
    duration_ms: Math.max(0, now.getTime() - Date.parse(restore.started_at)),
    log_output: told ? restore.log_output : withLine(restore.log_output, error.message),
    // the last save may be older than the end
    progress: end.status === 'success' && restore.progress ? finished(restore.progress) : restore.progress,
    target_state: end.status === 'success' ? 'complete' : restore.target_state,
    tables: tablesAtEnd(restore.tables, howEnded(restore, end)),
  };
}

/** A task that meets an error writes everything else before it records the error. */
function howEnded({ error, target_state }: Restore, { status }: RestoreEnd): Parameters<typeof tablesAtEnd>[1] {
  if (status === 'success') return 'success';
  return error !== null || target_state === 'untouched' ? 'failed' : 'unseen';
}

function finished({ bytes_total }: Progress): Progress {
  return { stage: 'done', bytes_done: bytes_total, bytes_total };
}

/** If a restore was cancelled, that is why it failed, whatever its tool said when it was stopped. */
function errorOf(restore: Restore, end: RestoreEnd): Failure | null {
  if (end.status === 'success') return null;
  return end.status === 'cancelled' ? end.failure : (restore.error ?? end.failure);
}

/**
 * DynamoDB limits an item to 400 KB, and a character takes up to three bytes. A log that would exceed this keeps its
 * beginning and its end.
 */
export function withLine(log: string, line: string): string {
  return cutLog(`${log}${line}\n`);
}
