/**
 * How many attempts to log in there may be in a window of time. Windows follow one another on the clock; who has used
 * one up waits for the next. Ten guesses a quarter of an hour at one user name are about a thousand a day: hopeless
 * against twelve characters. A login that succeeds clears its user's count, never the address's.
 */
export const LOGIN_WINDOW_MS = 15 * 60 * 1000;
export const MAX_ATTEMPTS = { user: 10, address: 100 } as const;

export function loginWindowStart(now: Date): number {
  return now.getTime() - (now.getTime() % LOGIN_WINDOW_MS);
}

/**
 * Milliseconds to wait before the next attempt; 0 where this one may go on.
 * @param count of attempts in this window, this one included.
 */
export function loginWaitMs(kind: keyof typeof MAX_ATTEMPTS, count: number, now: Date): number {
  return count <= MAX_ATTEMPTS[kind] ? 0 : loginWindowStart(now) + LOGIN_WINDOW_MS - now.getTime();
}
