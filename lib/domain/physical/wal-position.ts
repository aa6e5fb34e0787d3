/**
 * Names of WAL segments: 24 hex digits, eight each for the timeline, the log and the segment in it.
 * https://www.postgresql.org/docs/current/wal-internals.html
 */
export const WAL_SEGMENT = /\b[0-9A-F]{24}\b/;

/** Where in the log a segment lies, whatever timeline it is of: such positions of one server sort as text. */
export function walPosition(segment: string): string {
  return segment.slice(8);
}

/** How many segments a stretch of the log has, both ends counted; at least 1. */
export function walSegments(first: string, last: string, segmentBytes: number): number {
  return Math.max(1, numberOf(last, segmentBytes) - numberOf(first, segmentBytes) + 1);
}

function numberOf(segment: string, segmentBytes: number): number {
  const perLog = 2 ** 32 / segmentBytes;
  return Number.parseInt(segment.slice(8, 16), 16) * perLog + Number.parseInt(segment.slice(16), 16);
}
