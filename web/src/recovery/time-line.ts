/**
 * Maps the times that a backup can be recovered to to the positions of a slider. The first position is the window's
 * beginning, the last is its end, and between them are round times. Pure.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * At most an hour. Time zones differ by whole hours or simple fractions of an hour, so a time that is round in UTC is
 * round almost everywhere.
 */
const STEPS_MS = [SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] as const;
/** More steps than a screen has room for. The exact time can be typed. */
const MOST_POSITIONS = 720;

export interface TimeLine {
  earliestMs: number;
  latestMs: number;
  /** The interval between round times. */
  stepMs: number;
  /** The last position. Positions are whole numbers from 0 to it. */
  last: number;
}

/** @param earliest, latest ISO 8601. @returns undefined if there is no time between them. */
export function timeLineOf(earliest: string, latest: string): TimeLine | undefined {
  const [earliestMs, latestMs] = [Date.parse(earliest), Date.parse(latest)];
  if (earliestMs >= latestMs) return undefined;
  const stepMs = STEPS_MS.find((step) => (latestMs - earliestMs) / step <= MOST_POSITIONS) ?? HOUR;
  return { earliestMs, latestMs, stepMs, last: Math.ceil(latestMs / stepMs) - Math.floor(earliestMs / stepMs) };
}

/** The time at a position, ISO 8601 in UTC. */
export function timeAt({ earliestMs, latestMs, stepMs, last }: TimeLine, position: number): string {
  if (position <= 0) return new Date(earliestMs).toISOString();
  if (position >= last) return new Date(latestMs).toISOString();
  return new Date((Math.floor(earliestMs / stepMs) + position) * stepMs).toISOString();
}

/** The position of a time, or the previous one if the time is between two. For a time outside, the nearest end. */
export function positionOf({ earliestMs, latestMs, stepMs, last }: TimeLine, time: string): number {
  const ms = Date.parse(time);
  if (ms >= latestMs) return last;
  return Math.max(0, Math.floor(ms / stepMs) - Math.floor(earliestMs / stepMs));
}

/** How far along the line a time is, from 0 to 1; undefined if it is outside. */
export function fractionOf({ earliestMs, latestMs }: TimeLine, time: string): number | undefined {
  const fraction = (Date.parse(time) - earliestMs) / (latestMs - earliestMs);
  return fraction >= 0 && fraction <= 1 ? fraction : undefined;
}

/** The last backup that had ended by a given time: recovery from it replays the least. */
export function lastBefore<B extends { completed_at: string | null }>(backups: readonly B[], time: string) {
  const ended = backups.filter((backup) => endOf(backup) <= Date.parse(time));
  return ended.toSorted((a, b) => endOf(b) - endOf(a))[0];
}

function endOf({ completed_at }: { completed_at: string | null }): number {
  return completed_at === null ? Number.POSITIVE_INFINITY : Date.parse(completed_at);
}
