/** Ends of what began before, whatever the clock was set to meanwhile. Pure. */

/** @returns the later one: nothing ends before it began. */
export function endedAt(startedAt: string, now: Date): string {
  return new Date(Math.max(now.getTime(), Date.parse(startedAt))).toISOString();
}
