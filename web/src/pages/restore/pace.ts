/** How fast a restore goes, and how long it has still to go, from its progress as it is read again and again. Pure. */
import type { Progress } from '../../../../lib/domain/records.ts';

export interface Sample {
  /** When it was read, in ms since the epoch. */
  atMs: number;
  stage: Progress['stage'];
  bytesDone: number;
}

export interface Pace {
  bytesPerSecond: number;
  /** Undefined where nothing moves. */
  leftMs: number | undefined;
}

/** The rate is that of the last half minute: long enough to be steady, short enough to follow a change. */
const WINDOW_MS = 30_000;
/** Progress is written once a second and read every second and a half: over less than this a rate would be chance. */
const LEAST_SPAN_MS = 6_000;
const LEAST_SAMPLES = 4;

/** The samples that count once there is a new one: of its stage, of its run, and not older than the window. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  // each stage counts its own bytes, and one that begins again counts from nought
  const isNewRun = last !== undefined && (last.stage !== sample.stage || last.bytesDone > sample.bytesDone);
  const kept = isNewRun ? [] : samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS && atMs < sample.atMs);
  return [...kept, sample];
}

/** @returns undefined until there is enough to say so. */
export function paceOf(samples: readonly Sample[], bytesTotal: number): Pace | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < LEAST_SAMPLES) return undefined;
  const spanMs = last.atMs - first.atMs;
  if (spanMs < LEAST_SPAN_MS) return undefined;
  const bytesPerSecond = ((last.bytesDone - first.bytesDone) / spanMs) * 1_000;
  const bytesLeft = Math.max(0, bytesTotal - last.bytesDone);
  return { bytesPerSecond, leftMs: bytesPerSecond === 0 ? undefined : (bytesLeft / bytesPerSecond) * 1_000 };
}
