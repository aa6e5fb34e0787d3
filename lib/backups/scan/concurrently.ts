import pLimit from 'p-limit';

/** How many writes to DynamoDB run at once. One client has fifty connections. */
export const WRITES_AT_ONCE = 40;

/**
 * Processes all items, with a limited number at once.
 * @throws the first error, after the running work has settled. No new work is started after an error.
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
