/** Times as clients send them and as they are stored. */
import { z } from 'zod';

const ERROR = 'must be a time with its zone, such as 2026-11-22T14:29:59+01:00 or 2026-11-22T13:29:59Z';

/**
 * ISO 8601 with a time zone. It must be possible to store the time: with an offset, it may fall outside the years with
 * four digits.
 */
export const zonedTime = z.iso.datetime({ offset: true, error: ERROR, abort: true }).refine((time) => {
  const year = new Date(time).getUTCFullYear();
  return year >= 0 && year <= 9999;
}, ERROR);

/** The same time in UTC. Microseconds are kept: PostgreSQL has them, but a Date doesn't. */
export function utcTime(time: string): string {
  const [, microseconds = ''] = /\.\d{3}(\d{1,3})/.exec(time) ?? [];
  return new Date(time).toISOString().replace('Z', `${microseconds}Z`);
}
