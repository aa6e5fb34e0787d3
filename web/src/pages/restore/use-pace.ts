import { useEffect, useState } from 'react';
import type { Progress } from '../../../../lib/domain/records.ts';
import { addSample, type Pace, paceOf, type Sample } from './pace.ts';

/** @param readAtMs when the progress was read: what stands still is a sample as well. */
export function usePace(progress: Progress | null, readAtMs: number): Pace | undefined {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const { stage, bytes_done: bytesDone = 0, bytes_total: bytesTotal = 0 } = progress ?? {};
  useEffect(() => {
    if (stage !== undefined) setSamples((now) => addSample(now, { atMs: readAtMs, stage, bytesDone }));
  }, [stage, bytesDone, readAtMs]);
  return samples.at(-1)?.stage === stage ? paceOf(samples, bytesTotal) : undefined;
}
