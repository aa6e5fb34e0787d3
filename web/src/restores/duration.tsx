import type { Restore } from '../../../lib/restores/model.ts';
import { useNow } from '../components/times.tsx';
import { durationText, formatDuration } from '../format/duration.ts';

type Timed = Pick<Restore, 'status' | 'started_at' | 'duration_ms'>;

/** How long a restore took, or has taken so far. */
export function RestoreDuration({ restore }: { restore: Timed }) {
  const { status, started_at, duration_ms } = restore;
  if (status === 'running') return <SoFar since={started_at} />;
  return <>{durationText(duration_ms)}</>;
}

/** @param until null while the restore is running. */
export function Took({ since, until }: { since: string; until: string | null }) {
  if (until === null) return <SoFar since={since} />;
  return <>{formatDuration(Date.parse(until) - Date.parse(since))}</>;
}

/** Counts in whole seconds while it is running, because tenths would only flicker. */
function SoFar({ since }: { since: string }) {
  const seconds = Math.max(0, Math.floor((useNow(1_000) - Date.parse(since)) / 1_000));
  return <>{seconds < 10 ? `${seconds} s` : formatDuration(seconds * 1_000)}</>;
}

/** For sorting: a running restore counts until now. */
export function durationOf({ status, started_at, duration_ms }: Timed, now: number): number {
  return status === 'running' ? now - Date.parse(started_at) : (duration_ms ?? 0);
}
