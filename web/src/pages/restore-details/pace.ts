/**
 * The speed of a restore, and its remaining time, from repeated readings of its progress. The number of bytes grows in
 * steps: a backup is read several MiB at a time, and a busy database takes many seconds for each. So the speed is
 * measured from step to step, which is right however long they take. Measured from reading to reading, it would jump.
 * Pure.
 */
import type { Progress } from '../../../../lib/pipeline/progress.ts';

/** A reading with more bytes than the previous one, or the first reading. */
export interface Change {
  /** In ms since the epoch. */
  atMs: number;
  stage: Progress['stage'];
  bytesDone: number;
}

/** Undefined as long as there are too few readings. */
export type Pace = { bytesPerSecond: number; leftMs: number } | { stalledMs: number } | undefined;

/** The speed is that of the last minute, so that it follows changes. If the last steps take longer, it is theirs. */
const WINDOW_MS = 60_000;
const LEAST_CHANGES = 4;
const LEAST_SPAN_MS = 4_000;
/**
 * If no step comes for three times the usual interval, the restore has stalled; but readings are seconds apart anyway.
 */
const STALLED_LUMPS = 3;
const LEAST_STALL_MS = 15_000;

/** The steps that count after a new reading. Unchanged if the reading shows nothing new. */
export function addReading(changes: readonly Change[], reading: Change): readonly Change[] {
  const last = changes.at(-1);
  // each stage counts its own bytes, and a stage that begins again counts from zero
  if (last === undefined || last.stage !== reading.stage || last.bytesDone > reading.bytesDone) return [reading];
  if (last.bytesDone === reading.bytesDone) return changes;
  const kept = changes.filter(
    ({ atMs }, index) => reading.atMs - atMs <= WINDOW_MS || index >= changes.length - LEAST_CHANGES,
  );
  return [...kept, reading];
}

/** @param nowMs when the progress was last read. */
export function paceOf(changes: readonly Change[], bytesTotal: number, nowMs: number): Pace {
  // the first reading shows what was there at the start, which may have arrived long before
  const [, first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined || changes.length < LEAST_CHANGES) return undefined;
  const spanMs = last.atMs - first.atMs;
  if (spanMs < LEAST_SPAN_MS) return undefined;
  const sinceMs = nowMs - last.atMs;
  const lumpMs = spanMs / (changes.length - 2);
  if (sinceMs > Math.max(LEAST_STALL_MS, STALLED_LUMPS * lumpMs)) return { stalledMs: sinceMs };
  const bytesPerSecond = ((last.bytesDone - first.bytesDone) / spanMs) * 1_000;
  const leftMs = ((bytesTotal - last.bytesDone) / bytesPerSecond) * 1_000 - sinceMs;
  return { bytesPerSecond, leftMs: Math.max(0, leftMs) };
}
