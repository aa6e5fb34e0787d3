import { describe, expect, it } from 'vitest';
import {
  ENDED_STATUSES,
  type EndOfExecution,
  endOfExecution,
  endOfFailed,
  failureOfExecution,
  isEnded,
} from '../../../lib/restores/execution/ended-execution.ts';
import { aRestore } from '../../support/records.ts';

type Detail = EndOfExecution['detail'];
const failure = (fields: Pick<Detail, 'status'> & Partial<Detail>) =>
  failureOfExecution({ executionArn: 'arn:e', stateMachineArn: 'arn:m', name: 'r', ...fields });

it.each([
  [{ error: 'Operator', cause: 'wrong target' }, 'the execution was stopped: Operator: wrong target'],
  [{ cause: 'wrong target' }, 'the execution was stopped: wrong target'],
  [{ error: 'Operator' }, 'the execution was stopped: Operator'],
  [{ error: null, cause: null }, 'the execution was stopped'],
  [{}, 'the execution was stopped'],
])('a stopped execution says who stopped it, and why, if that is known: %j', (fields, message) => {
  expect(failure({ status: 'ABORTED', ...fields })).toMatchObject({
    code: 'STOPPED',
    message: `RESTORE ERROR: ${message}`,
  });
});

it('an execution that took too long says so', () => {
  expect(failure({ status: 'TIMED_OUT', error: 'States.Timeout' })).toMatchObject({
    code: 'TIMED_OUT',
    message: 'RESTORE ERROR: the execution timed out',
  });
});

it('an execution that failed without a Catch reports the error', () => {
  expect(failure({ status: 'FAILED', error: 'States.Runtime', cause: 'no such path' })).toMatchObject({
    code: 'EXECUTION_FAILED',
    message: 'RESTORE ERROR: the execution failed: States.Runtime: no such path',
  });
});

describe('a restore whose execution ended', () => {
  it.each(ENDED_STATUSES)('as %s has failed with the cause, if no one asked to stop it', (status) => {
    const end = { status, error: 'Operator', cause: 'wrong target' };
    expect(endOfExecution(aRestore(), end)).toEqual({ status: 'failed', failure: failureOfExecution(end) });
  });

  it.each(ENDED_STATUSES)('as %s counts as cancelled if someone cancelled it', (status) => {
    const end = endOfExecution(aRestore({ cancelled_by: 'night.shift' }), { status, cause: 'whatever' });
    expect(end).toMatchObject({
      status: 'cancelled',
      failure: { code: 'CANCELLED', message: 'cancelled by night.shift' },
    });
  });

  it('failed with its own error, or is cancelled if someone asked for that before', () => {
    const own = { code: 'TASK_FAILED', message: 'the task failed' };
    expect(endOfFailed(aRestore(), own)).toEqual({ status: 'failed', failure: own });
    expect(endOfFailed(aRestore({ cancelled_by: 'night.shift' }), own)).toMatchObject({
      status: 'cancelled',
      failure: { message: 'cancelled by night.shift' },
    });
  });
});

it('the rules listen for the statuses that count as ended', () => {
  for (const status of ENDED_STATUSES) expect(isEnded(status)).toBe(true);
  for (const status of ['RUNNING', 'SUCCEEDED', 'PENDING_REDRIVE', undefined]) expect(isEnded(status)).toBe(false);
});
