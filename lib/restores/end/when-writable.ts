import { setTimeout as sleep } from 'node:timers/promises';
import { isNotWritable } from '../../errors/not-writable.ts';

const INTERVAL_MS = 1000;

/**
 * Does a work, again as long as it fails since the service's state cannot be written to: that may be for hours, and what has
 * been done by then is not to be lost for it.
 * @throws what else the work fails with; that too once the signal says stop.
 */
export async function whenWritable<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isNotWritable(error) || signal?.aborted) throw error;
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }
}
