import { z } from 'zod';
import type { Failure } from '../../errors/errors.ts';
import type { CaughtError } from './states.ts';

/**
 * The exit code of a task that stood by because another task of the same restore had the claim, which did not end well.
 */
export const EXIT_STOOD_BY = 75;

const stoppedTask = z.object({
  TaskArn: z.string().optional(),
  StopCode: z.string().optional(),
  StoppedReason: z.string().optional(),
  Containers: z.array(z.object({ ExitCode: z.number().optional(), Reason: z.string().optional() })).default([]),
});

const lambdaError = z.object({ errorType: z.string(), errorMessage: z.string() });

/**
 * What is known about a failure from outside. It is used if the part that failed could not record its own error: it ran
 * out of memory, was killed, never started, or timed out.
 */
export function failureOf(error: CaughtError): Failure {
  const cause = parseJson(error.Cause);
  const task = stoppedTask.safeParse(cause);
  if (task.success && (task.data.StopCode !== undefined || task.data.Containers.length > 0))
    return taskFailure(task.data);
  if (error.Error === 'States.Timeout') {
    return {
      code: 'TIMED_OUT',
      message: 'RESTORE ERROR: a step timed out',
      hint: "Find the state that was running in the execution. If the backup is that large, raise the state's time-out.",
    };
  }
  const lambda = lambdaError.safeParse(cause);
  const message = lambda.success ? lambda.data.errorMessage : error.Cause;
  return {
    code: upperSnake(error.Error),
    message: message || error.Error,
    hint: 'Read the execution and the log of the state that failed, then restore again.',
  };
}

/** The task whose end made the state fail; undefined if the state failed for another reason. */
export function taskArnOf({ Cause }: CaughtError): string | undefined {
  const task = stoppedTask.safeParse(parseJson(Cause));
  return task.success ? task.data.TaskArn : undefined;
}

function taskFailure(task: z.infer<typeof stoppedTask>): Failure {
  const container = task.Containers.find(({ ExitCode }) => ExitCode !== 0) ?? task.Containers[0];
  const reason = [container?.Reason, task.StoppedReason].filter(Boolean).join('; ') || 'no reason given';
  if (task.StopCode === 'TaskFailedToStart') {
    return {
      code: 'TASK_FAILED_TO_START',
      message: `RESTORE ERROR: the restore task did not start: ${reason}`,
      hint: 'Check the image, the subnets and the account’s Fargate quota, then restore again.',
    };
  }
  if (/OutOfMemory/i.test(reason)) {
    return {
      code: 'OUT_OF_MEMORY',
      message: `RESTORE ERROR: the restore task ran out of memory: ${reason}`,
      hint: 'Give the task more memory, then restore again.',
    };
  }
  if (container?.ExitCode === EXIT_STOOD_BY) {
    return {
      code: 'TASK_FAILED',
      message: 'RESTORE ERROR: the task that had this restore stopped before it was done; a second one stood by',
      hint: 'Read the log of the task that claimed_by names, then restore again.',
    };
  }
  return {
    code: 'TASK_FAILED',
    message: `RESTORE ERROR: the restore task ended with exit code ${container?.ExitCode ?? 'unknown'}: ${reason}`,
    hint: 'Read the log of the task, then restore again.',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `States.DataLimitExceeded` becomes `STATES_DATA_LIMIT_EXCEEDED`. */
function upperSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
