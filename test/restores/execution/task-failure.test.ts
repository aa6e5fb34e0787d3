import { describe, expect, it } from 'vitest';
import { EXIT_STOOD_BY, failureOf, taskArnOf } from '../../../lib/restores/execution/task-failure.ts';
import { errorExamples } from '../../support/error-classes.ts';

const task = (fields: object) => ({ Error: 'States.TaskFailed', Cause: JSON.stringify(fields) });
const lambda = (errorType: string, errorMessage: string) => ({
  Error: errorType,
  Cause: JSON.stringify({ errorType, errorMessage, trace: [] }),
});

describe('the error of a failed task', () => {
  it('has the exit code and the reason', () => {
    const failure = failureOf(
      task({
        StopCode: 'EssentialContainerExited',
        StoppedReason: 'Essential container in task exited',
        Containers: [{ Name: 'restore', ExitCode: 1 }],
      }),
    );
    expect(failure).toMatchObject({
      code: 'TASK_FAILED',
      message: 'RESTORE ERROR: the restore task ended with exit code 1: Essential container in task exited',
      hint: expect.stringContaining('Read the log of the task'),
    });
  });

  it('is that of the container that failed, not of another one', () => {
    const failure = failureOf(
      task({ StopCode: 'EssentialContainerExited', Containers: [{ ExitCode: 0 }, { ExitCode: 143 }] }),
    );
    expect(failure.message).toBe('RESTORE ERROR: the restore task ended with exit code 143: no reason given');
  });

  it('says that it ran out of memory', () => {
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    const failure = failureOf(
      task({ StopCode: 'EssentialContainerExited', Containers: [{ ExitCode: 137, Reason: reason }] }),
    );
    expect(failure).toMatchObject({ code: 'OUT_OF_MEMORY', message: expect.stringContaining(reason) });
    expect(failure.hint).toContain('more memory');
  });

  it('says that it never started and the target is untouched', () => {
    const failure = failureOf(
      task({
        StopCode: 'TaskFailedToStart',
        StoppedReason: 'CannotPullContainerError: no such image',
        Containers: [{ Name: 'restore' }],
      }),
    );
    expect(failure).toMatchObject({
      code: 'TASK_FAILED_TO_START',
      message: 'RESTORE ERROR: the restore task did not start: CannotPullContainerError: no such image',
      hint: expect.stringContaining('Check the image'),
    });
  });

  it('says that another task had the restore, and stopped', () => {
    const failure = failureOf(
      task({ StopCode: 'EssentialContainerExited', Containers: [{ ExitCode: EXIT_STOOD_BY }] }),
    );
    expect(failure).toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringContaining('a second one stood by'),
      hint: expect.stringContaining('Read the log of the task'),
    });
  });

  it('names the task, if it is about one', () => {
    expect(taskArnOf(task({ TaskArn: 'arn:t', StopCode: 'UserInitiated' }))).toBe('arn:t');
    expect(taskArnOf(task({ StopCode: 'UserInitiated' }))).toBeUndefined();
    expect(taskArnOf(lambda('TypeError', 'x'))).toBeUndefined();
    expect(taskArnOf({ Error: 'ECS.ServerException', Cause: 'no JSON' })).toBeUndefined();
  });

  it('is short if ECS says little', () => {
    expect(failureOf(task({ StopCode: 'UserInitiated' })).message).toBe(
      'RESTORE ERROR: the restore task ended with exit code unknown: no reason given',
    );
  });
});

describe('the error of a failed Lambda', () => {
  it.each(errorExamples)('has the same code that $name has in its record', ({ name, code }) => {
    expect(failureOf(lambda(name, 'what was wrong'))).toMatchObject({ code, message: 'what was wrong' });
  });

  it('is the service’s own error if Lambda did not run it', () => {
    const error = { Error: 'Lambda.TooManyRequestsException', Cause: 'Rate exceeded' };
    expect(failureOf(error)).toMatchObject({ code: 'LAMBDA_TOO_MANY_REQUESTS_EXCEPTION', message: 'Rate exceeded' });
  });
});

describe('the error of a step that took too long', () => {
  it.each(['', 'a task that did not end'])('says just that (cause: "%s")', (Cause) => {
    expect(failureOf({ Error: 'States.Timeout', Cause })).toMatchObject({
      code: 'TIMED_OUT',
      message: 'RESTORE ERROR: a step timed out',
    });
  });
});

describe('the text of any other error', () => {
  it('is its name, if it has no cause', () => {
    expect(failureOf({ Error: 'States.DataLimitExceeded', Cause: '' })).toMatchObject({
      code: 'STATES_DATA_LIMIT_EXCEEDED',
      message: 'States.DataLimitExceeded',
    });
  });

  it.each(['null', '[]', '"text"', '{"errorType": 1}', '{'])('is its unchanged cause: %s', (Cause) => {
    expect(failureOf({ Error: 'Other', Cause })).toMatchObject({ code: 'OTHER', message: Cause });
  });
});
