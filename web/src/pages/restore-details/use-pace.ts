import { useEffect, useState } from 'react';
import type { Progress } from '../../../../lib/pipeline/progress.ts';
import { addReading, type Change, type Pace, paceOf } from './pace.ts';

/** @param readAtMs when the progress was read. */
export function usePace(progress: Progress | null, readAtMs: number): Pace {
  const [changes, setChanges] = useState<readonly Change[]>([]);
  const { stage, bytes_done: bytesDone = 0, bytes_total: bytesTotal = 0 } = progress ?? {};
  useEffect(() => {
    if (stage !== undefined) setChanges((now) => addReading(now, { atMs: readAtMs, stage, bytesDone }));
  }, [stage, bytesDone, readAtMs]);
  return changes.at(-1)?.stage === stage ? paceOf(changes, bytesTotal, readAtMs) : undefined;
}
