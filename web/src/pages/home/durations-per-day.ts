/** Restores by the day on which they started, in the reader's own time zone. Pure. */
import type { Restore } from '../../../../lib/restores/model.ts';
import { formatLocal } from '../../format/time.ts';

type Ended = Pick<Restore, 'status' | 'started_at' | 'duration_ms'>;

export interface Day {
  /** `2026-11-22` */
  day: string;
  success: number;
  failed: number;
  cancelled: number;
  /** The median of the successful ones; null if there are none. */
  medianMs: number | null;
  longestMs: number | null;
}

/** The last days up to now, oldest first, including those without a restore. Running restores don't count yet. */
export function durationsPerDay(restores: readonly Ended[], days: number, now: Date): Day[] {
  return Array.from({ length: days }, (_, index) => {
    // count from noon, because a day may have 23 or 25 hours
    const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (days - 1 - index), 12);
    const day = dayOf(noon.toISOString());
    const ofDay = restores.filter(({ started_at }) => dayOf(started_at) === day);
    const took = ofDay
      .filter(({ status, duration_ms }) => status === 'success' && duration_ms !== null)
      .map(({ duration_ms }) => duration_ms as number)
      .sort((a, b) => a - b);
    const count = (wanted: Restore['status']) => ofDay.filter(({ status }) => status === wanted).length;
    return {
      day,
      success: count('success'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      medianMs: median(took),
      longestMs: took.at(-1) ?? null,
    };
  });
}

/** The beginning of the first of these days. */
export function firstOfDays(days: number, now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (days - 1));
}

/** The unit in which the longest duration is easiest to read. */
export function unitFor(ms: number): { name: string; ms: number } {
  if (ms < 2 * 60_000) return { name: 'seconds', ms: 1_000 };
  if (ms < 2 * 3_600_000) return { name: 'minutes', ms: 60_000 };
  return { name: 'hours', ms: 3_600_000 };
}

function dayOf(iso: string): string {
  return formatLocal(iso).slice(0, 10);
}

function median(sorted: readonly number[]): number | null {
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
