/**
 * How fast passwords may be tried. Attempts are counted for a user at an address (both in coarse terms, see
 * attemptsKey). From the sixth attempt on, they are let through one at a time, after a delay that grows to two seconds.
 * The others wait a few seconds for their turn. Pure.
 *
 * No user is ever locked out. Attempts from another address, or with other names, delay no one else. On one machine,
 * all attempts come from 127.0.0.1, so failed attempts of a stranger look like the user's own: only the password
 * distinguishes the two. That is why the right password is never refused because of earlier attempts; it waits at most
 * two seconds. While a stranger keeps guessing, the two share the turns, with equal chances for each waiting attempt.
 *
 * Guessing is slow for the same reason: one turn every two seconds, however many guesses are sent at once. That is
 * 43,200 a day for one address, which is hopeless against twelve characters. Existing sessions aren't affected.
 */

/** People mistype, and a user's devices may sign in at once. */
export const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 250;
export const MAX_DELAY_MS = 2000;
/** Failures are forgotten after this long without another one. */
export const FORGET_MS = 15 * 60 * 1000;

/** How long an attempt waits for its turn before it is told to try again: three turns with the longest delay. */
export const MAX_WAIT_MS = 6500;
/** Each process waits for a random time after a turn begins, so that no process is always first. */
export const DRAW_MS = 200;

/**
 * Users are counted in this many groups. So an address has a limited number of items in the table, however many names
 * it makes up, and gets at most four passwords per second checked, which takes less than two CPUs.
 */
const GROUPS = 8;

/** The state for a user at an address. Times are milliseconds since 1970. */
export interface Attempts {
  /**
   * An attempt counts as failed until it has succeeded, so that many simultaneous attempts don't slip through together.
   */
  failures: number;
  /** When the next attempt may be let through. */
  next_at: number;
}

/** How long the next attempt has to wait. @param failures including this attempt. */
export function delayAfterMs(failures: number): number {
  const doublings = failures - FREE_FAILURES;
  return doublings < 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(doublings, 10));
}

/** The earlier attempts that still count. */
export function remembered(attempts: Attempts | undefined, nowMs: number): Attempts {
  const isForgotten = attempts === undefined || nowMs - attempts.next_at >= FORGET_MS;
  return isForgotten ? { failures: 0, next_at: 0 } : attempts;
}

/** The state after an attempt has been let through. */
export function withAttempt({ failures }: Attempts, nowMs: number): Attempts {
  return { failures: failures + 1, next_at: nowMs + delayAfterMs(failures + 1) };
}

/**
 * The failures that are written into the audit log: all of the first ones, then fewer and fewer, so that a flood of
 * them doesn't fill it.
 */
export function isAudited(failures: number): boolean {
  return failures <= FREE_FAILURES || Number.isInteger(Math.log2(failures));
}

/**
 * The key by which attempts are counted.
 * @param userId a UUID derived from the user's name.
 */
export function attemptsKey(userId: string, address: string): string {
  return `${networkOf(address)}#${Number.parseInt(userId.slice(0, 8), 16) % GROUPS}`;
}

/** An IPv4 address, or the first 64 bits of an IPv6 one, because a single customer may choose the other 64 freely. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const whole = tail === undefined ? first : [...first, ...zeros, ...last];
  return `${whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
