import pRetry from 'p-retry';
import type { Environment } from '../../lib/api/environment.ts';
import type { Records } from '../../lib/api/tables.ts';
import { RestoreError } from '../../lib/errors/errors.ts';
import { workerName } from '../../lib/restores/end/claim.ts';
import { claimRestore, releaseClaim } from '../../lib/restores/end/claim-restore.ts';
import { whenWritable } from '../../lib/restores/end/when-writable.ts';
import { EXIT_STOOD_BY } from '../../lib/restores/execution/task-failure.ts';
import { logger } from '../../lib/telemetry/log.ts';

/** The environment that tells a task who it is. */
export const WORKER_SETTINGS = ['RESTORE_ID', 'ECS_CONTAINER_METADATA_URI_V4', 'TASK_ARN'] as const;

const METADATA_TIMEOUT_MS = 5000;
const METADATA_TRIES = 3;
const METADATA_PAUSE_MS = 1000;

/**
 * Runs a task as the only one that writes for its restore. If another task has the claim, this one stands by and
 * touches nothing. It then ends as the other one did, with 0 or EXIT_STOOD_BY.
 * @throws what `run` throws, or the signal's reason.
 */
export async function claimedTask(
  records: Records,
  env: Environment<(typeof WORKER_SETTINGS)[number]>,
  signal: AbortSignal,
  run: (worker: string) => Promise<void>,
): Promise<void> {
  const worker = await thisWorker(env);
  const turn = await whenWritable(() => claimRestore(records, env.RESTORE_ID, worker, signal), signal);
  if (turn === 'end badly') process.exitCode = EXIT_STOOD_BY;
  if (turn !== 'claimed') return;
  try {
    await run(worker);
  } finally {
    // if this call fails, the event about this task's end brings the same news a little later
    await whenWritable(() => releaseClaim(records, env.RESTORE_ID, worker), signal).catch((error: unknown) =>
      logger.warn('the end of the task could not be recorded', error as Error),
    );
  }
}

/**
 * On AWS, the task is identified by its ARN.
 * @throws RestoreError if ECS doesn't return the ARN.
 */
async function thisWorker(env: Environment<(typeof WORKER_SETTINGS)[number]>): Promise<string> {
  const { ECS_CONTAINER_METADATA_URI_V4: metadata, TASK_ARN } = env;
  if (metadata === undefined) {
    return workerName(TASK_ARN, { pid: process.pid, startedAt: new Date(performance.timeOrigin) });
  }
  const ask = async () => {
    const answer = await fetch(`${metadata}/task`, { signal: AbortSignal.timeout(METADATA_TIMEOUT_MS) });
    const { TaskARN } = (await answer.json()) as { TaskARN?: unknown };
    if (typeof TaskARN !== 'string') throw new Error('it names no task');
    return workerName(TaskARN);
  };
  try {
    return await pRetry(ask, { retries: METADATA_TRIES - 1, minTimeout: METADATA_PAUSE_MS, factor: 1 });
  } catch (cause) {
    throw unknownWorker(cause as Error);
  }
}

function unknownWorker(cause: Error): RestoreError {
  return new RestoreError(`ECS’s metadata endpoint did not identify the task: ${cause.message}`, {
    hint: 'Restore again.',
    cause,
  });
}
