import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processOf } from '../domain/restore-claim.ts';

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
  for (const deadline = Date.now() + timeoutMs; isTask(pid); ) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** Not of another program that got its number; one that has ended and is not waited for yet has no command line. */
function isTask(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('task-process.ts');
  } catch {
    return false;
  }
}
