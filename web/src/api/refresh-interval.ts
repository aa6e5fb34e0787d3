/** While something runs, and while nothing does. */
export const LIVE_MS = 1_500;
export const CALM_MS = 15_000;
/** So long after a change, what it sets going is looked out for: it may begin a moment after the answer. */
export const SETTLING_MS = 30_000;

/**
 * When to read again, in milliseconds; false for never.
 * @param everyMs what the page wants, going by what it read last.
 */
export function refreshInterval(everyMs: number | false = false, sinceChangeMs: number): number | false {
  return everyMs !== false && sinceChangeMs < SETTLING_MS ? Math.min(everyMs, LIVE_MS) : everyMs;
}
