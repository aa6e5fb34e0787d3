/** Times as clients give them, and as they are stored. */
import { z } from 'zod';

const ERROR = 'must be a time with its zone, such as 2026-11-22T14:29:59+01:00 or 2026-11-22T13:29:59Z';

/** ISO 8601 with a zone; one that can be stored, too: an offset can lead out of the years that have four digits. */
export const zonedTime = z.iso.datetime({ offset: true, error: ERROR, abort: true }).refine((time) => {
  const year = new Date(time).getUTCFullYear();
  return year >= 0 && year <= 9999;
}, ERROR);

/** The same in UTC. The microseconds stay, which PostgreSQL counts and a Date does not. */
export function utcTime(time: string): string {
  const [, microseconds = ''] = /\.\d{3}(\d{1,3})/.exec(time) ?? [];
  return new Date(time).toISOString().replace('Z', `${microseconds}Z`);
}
