export const MOST_SESSIONS = 4;
const A_CPU = 2;

/**
 * How many sessions load a dump at once. The server does nearly all of the work, but a managed server's size can't be
 * queried, so the size of the task decides. There are two sessions for each of the task's CPUs, because a session waits
 * for the disk part of the time, and one may build a table's keys while others insert. With more than four, sessions
 * mostly wait for each other.
 */
export function sessionCount(cpus: number): number {
  return Math.max(1, Math.min(MOST_SESSIONS, Math.floor(cpus * A_CPU)));
}
