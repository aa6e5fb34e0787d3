import { setTimeout as sleep } from 'node:timers/promises';
import { isNotWritable } from '../../errors/not-writable.ts';

const INTERVAL_MS = 1000;

/**
 * Does some work, and repeats it as long as it fails because the service's state can't be written. That may take hours,
 * and work done by then must not be lost.
 * @throws the work's other errors; that error too once the signal has aborted.
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
