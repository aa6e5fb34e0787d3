/** End times that are never before their start, even if the clock was changed in between. Pure. */

/** @returns the later of the two, because nothing ends before it began. */
export function endedAt(startedAt: string, now: Date): string {
  return new Date(Math.max(now.getTime(), Date.parse(startedAt))).toISOString();
}
