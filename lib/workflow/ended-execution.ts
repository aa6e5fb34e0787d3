import type { Failure } from '../domain/records.ts';

/** EventBridge's `Step Functions Execution Status Change`, as far as it is read here. */
export interface EndedExecution {
  source: 'aws.states';
  'detail-type': 'Step Functions Execution Status Change';
  detail: {
    executionArn: string;
    stateMachineArn: string;
    /** The execution's name: the restore's id. */
    name: string;
    status: EndedStatus;
    error?: string | null;
    cause?: string | null;
  };
}

/** The ends that the rule listens to. */
export const ENDED_STATUSES = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;
type EndedStatus = (typeof ENDED_STATUSES)[number];

export function failureOfExecution({ status, error, cause }: EndedExecution['detail']): Failure {
  const because = cause || error ? `: ${[error, cause].filter(Boolean).join(': ')}` : '';
  const hint = 'The target may be incomplete: restore again, or into another database.';
  if (status === 'ABORTED')
    return { code: 'STOPPED', message: `RESTORE ERROR: the execution was stopped${because}`, hint };
  if (status === 'TIMED_OUT') {
    return { code: 'TIMED_OUT', message: 'RESTORE ERROR: the execution took longer than it may', hint };
  }
  return { code: 'EXECUTION_FAILED', message: `RESTORE ERROR: the execution failed${because}`, hint };
}
