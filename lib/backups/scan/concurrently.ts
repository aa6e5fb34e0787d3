import pLimit from 'p-limit';

/** Writes to DynamoDB at once: one client has fifty connections. */
export const WRITES_AT_ONCE = 40;

/**
 * Works on all items, so many of them at once.
 * @throws the first error, after what was under way has settled; nothing new is begun after it.
 */
export async function concurrently<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(atOnce);
  const failed = new AbortController();
  const one = async (item: T) => {
    if (failed.signal.aborted) return;
    try {
      await work(item);
    } catch (error) {
      failed.abort(error);
    }
  };
  await limit.map(items, one);
  failed.signal.throwIfAborted();
}
