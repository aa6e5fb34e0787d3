/** The intervals while something is running and while nothing is. */
export const LIVE_MS = 1_500;
export const CALM_MS = 15_000;
/** How long after a change to watch for what it starts, because that may begin shortly after the response. */
export const SETTLING_MS = 30_000;

/**
 * When to read again, in milliseconds; false for never.
 * @param everyMs the interval that the page asks for, depending on what it has last read.
 */
export function refreshInterval(everyMs: number | false = false, sinceChangeMs: number): number | false {
  return everyMs !== false && sinceChangeMs < SETTLING_MS ? Math.min(everyMs, LIVE_MS) : everyMs;
}
