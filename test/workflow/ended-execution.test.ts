import { expect, it } from 'vitest';
import { type EndedExecution, failureOfExecution } from '../../lib/workflow/ended-execution.ts';

type Detail = EndedExecution['detail'];
const failure = (fields: Pick<Detail, 'status'> & Partial<Detail>) =>
  failureOfExecution({ executionArn: 'arn:e', stateMachineArn: 'arn:m', name: 'r', ...fields });

it.each([
  [{ error: 'Operator', cause: 'wrong target' }, 'the execution was stopped: Operator: wrong target'],
  [{ cause: 'wrong target' }, 'the execution was stopped: wrong target'],
  [{ error: 'Operator' }, 'the execution was stopped: Operator'],
  [{ error: null, cause: null }, 'the execution was stopped'],
  [{}, 'the execution was stopped'],
])('a stopped execution tells who stopped it, and why, as far as they said: %j', (fields, message) => {
  expect(failure({ status: 'ABORTED', ...fields })).toMatchObject({
    code: 'STOPPED',
    message: `RESTORE ERROR: ${message}`,
  });
});

it('one that took too long says so', () => {
  expect(failure({ status: 'TIMED_OUT', error: 'States.Timeout' })).toMatchObject({
    code: 'TIMED_OUT',
    message: 'RESTORE ERROR: the execution took longer than it may',
  });
});

it('one that failed where no Catch sees it tells the error', () => {
  expect(failure({ status: 'FAILED', error: 'States.Runtime', cause: 'no such path' })).toMatchObject({
    code: 'EXECUTION_FAILED',
    message: 'RESTORE ERROR: the execution failed: States.Runtime: no such path',
  });
});

it('each of them warns that the target may be incomplete', () => {
  for (const status of ['ABORTED', 'TIMED_OUT', 'FAILED'] as const) {
    expect(failure({ status }).hint).toContain('may be incomplete');
  }
});
