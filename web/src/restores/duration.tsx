import type { Restore } from '../../../lib/domain/records.ts';
import { useNow } from '../components/times.tsx';
import { formatDuration } from '../format/duration.ts';

type Timed = Pick<Restore, 'status' | 'started_at' | 'duration_ms'>;

/** How long a restore took, or has taken so far: that counts up. */
export function RestoreDuration({ restore }: { restore: Timed }) {
  if (restore.status === 'running') return <Running since={restore.started_at} />;
  return <>{restore.duration_ms === null ? '–' : formatDuration(restore.duration_ms)}</>;
}

function Running({ since }: { since: string }) {
  // whole seconds: tenths would only flicker
  const seconds = Math.max(0, Math.floor((useNow(1_000) - Date.parse(since)) / 1_000));
  return <>{seconds < 10 ? `${seconds} s` : formatDuration(seconds * 1_000)}</>;
}

/** For sorting: what runs has run until now. */
export function durationOf({ status, started_at, duration_ms }: Timed, now: number): number {
  return status === 'running' ? now - Date.parse(started_at) : (duration_ms ?? 0);
}
