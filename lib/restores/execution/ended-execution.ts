import type { Failure } from '../../errors/errors.ts';
import type { RestoreEnd } from '../end/end.ts';
import type { Restore } from '../model.ts';

/** The final statuses that the rules listen to. */
export const ENDED_STATUSES = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;
export type EndedStatus = (typeof ENDED_STATUSES)[number];

/**
 * The input that the rules make from EventBridge's `Step Functions Execution Status Change`: the part that is used
 * here.
 */
export interface EndOfExecution {
  end: 'execution';
  detail: {
    executionArn: string;
    stateMachineArn: string;
    /** The execution's name: the id of the restore, job or run. */
    name: string;
    status: EndedStatus;
    /** The execution's input, as JSON. */
    input?: string | null;
    error?: string | null;
    cause?: string | null;
  };
}

type End = { status: EndedStatus; error?: string | null | undefined; cause?: string | null | undefined };

export function isEnded(status: string | undefined): status is EndedStatus {
  return ENDED_STATUSES.some((ended) => ended === status);
}

/** How a restore ends if its execution has ended. */
export function endOfExecution(restore: Restore, end: End): RestoreEnd {
  return endOfFailed(restore, failureOfExecution(end));
}

/** How an unsuccessful restore ends. If someone asked to cancel it, it is cancelled, whatever error followed. */
export function endOfFailed(restore: Restore, failure: Failure): RestoreEnd {
  if (restore.cancelled_by === null) return { status: 'failed', failure };
  return {
    status: 'cancelled',
    failure: { code: 'CANCELLED', message: `cancelled by ${restore.cancelled_by}` },
  };
}

export function failureOfExecution({ status, error, cause }: End): Failure {
  const because = cause || error ? `: ${[error, cause].filter(Boolean).join(': ')}` : '';
  if (status === 'ABORTED') return { code: 'STOPPED', message: `RESTORE ERROR: the execution was stopped${because}` };
  if (status === 'TIMED_OUT') {
    return { code: 'TIMED_OUT', message: 'RESTORE ERROR: the execution timed out' };
  }
  return { code: 'EXECUTION_FAILED', message: `RESTORE ERROR: the execution failed${because}` };
}
