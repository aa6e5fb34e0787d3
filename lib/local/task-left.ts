import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWorkerOf, processOf } from '../domain/restore-claim.ts';

/** A task whose service has gone stops by itself, as one that is told to: within its stopTimeout. */
const STOP_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 200;

/**
 * Waits for the end of a task that an earlier service has left: it is ending its sessions on the target. One that does not
 * stop in time is killed, as ECS would.
 */
export async function taskLeftHasEnded(claimedBy: string | null, timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
  const pid = processOf(claimedBy);
  if (pid === undefined) return;
  for (const deadline = Date.now() + timeoutMs; isTask(pid, claimedBy); ) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** Whether the process is that task: not another program, or another service's task, that has got its number. */
function isTask(pid: number, claimedBy: string | null): boolean {
  try {
    // one that has ended and is not waited for yet has no environment
    const [, taskArn] = /\0TASK_ARN=([^\0]+)/.exec(`\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`) ?? [];
    return isWorkerOf(claimedBy, taskArn);
  } catch {
    return false;
  }
}
