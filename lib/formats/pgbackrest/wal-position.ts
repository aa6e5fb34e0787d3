/**
 * Names of WAL segments: 24 hex digits, eight each for the timeline, the log and the segment in it.
 * https://www.postgresql.org/docs/current/wal-internals.html
 */
export const WAL_SEGMENT = /\b[0-9A-F]{24}\b/;

/** A segment's position in the log, regardless of its timeline. On one server, such positions can be sorted as text. */
export function walPosition(segment: string): string {
  return segment.slice(8);
}

/** The timeline of a segment. */
export function walTimeline(segment: string): number {
  return Number.parseInt(segment.slice(0, 8), 16);
}

/** Converts a position in the log, such as `0/4000028`, to bytes from the log's beginning. NaN if it isn't one. */
export function lsnBytes(lsn: string): number {
  const [, high = '', low = ''] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(lsn) ?? [];
  return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
}

/** The number of segments in a range of the log, including both ends; at least 1. */
export function walSegments(first: string, last: string, segmentBytes: number): number {
  return Math.max(1, numberOf(last, segmentBytes) - numberOf(first, segmentBytes) + 1);
}

function numberOf(segment: string, segmentBytes: number): number {
  const perLog = 2 ** 32 / segmentBytes;
  return Number.parseInt(segment.slice(8, 16), 16) * perLog + Number.parseInt(segment.slice(16), 16);
}
