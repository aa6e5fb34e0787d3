/** Times as people type them: `2026-11-22 15:04:05`, in the reader's time zone or in UTC. Pure. */
import { recoveryTargetFields } from '../../../lib/engines/physical/recovery-target.ts';
import { formatLocal, formatUtc } from '../format/time.ts';

export type Zone = 'local' | 'utc';

const TYPED =
  /^(\d{4})-(\d\d?)-(\d\d?)[ T]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,3}))?)?\s*(?:(Z|UTC)|([+-])(\d\d):?(\d\d))?$/i;
const MINUTE_MS = 60_000;

/**
 * @param zone used if the text names none.
 * @returns ISO 8601 in UTC; undefined if it isn't a time, or if clocks in this time zone skip it.
 */
export function parseTime(text: string, zone: Zone): string | undefined {
  const found = TYPED.exec(text.trim());
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => +(part ?? 0));
  const ms = Number((found[7] ?? '').padEnd(3, '0'));
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const parts = [year, month, day, hour, minute, second];
  if (String(parts) !== String(utcParts(new Date(utcMs)))) return undefined;
  const [utc, sign, hours, minutes] = found.slice(8);
  if (sign !== undefined) {
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
    return new Date(utcMs - (sign === '-' ? -offsetMs : offsetMs)).toISOString();
  }
  if (utc !== undefined || zone === 'utc') return new Date(utcMs).toISOString();
  const local = new Date(year, month - 1, day, hour, minute, second, ms);
  return local.getHours() === hour && local.getMinutes() === minute ? local.toISOString() : undefined;
}

/** Whether a text is a time in the API's form. */
export function isTime(text: string): boolean {
  return recoveryTargetFields.point_in_time.safeParse(text).success;
}

/** In parseTime's form, with milliseconds only if the time isn't a whole second. */
export function timeText(iso: string, zone: Zone): string {
  const ms = Date.parse(iso) % 1_000;
  const text = zone === 'local' ? formatLocal(iso) : formatUtc(iso).replace(' UTC', '');
  return ms === 0 ? text : `${text}.${String(ms).padStart(3, '0')}`;
}

function utcParts(at: Date): number[] {
  const date = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
  return [...date, at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
}
