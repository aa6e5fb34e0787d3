import pTimeout from 'p-timeout';

/**
 * The result of some work if it is ready in time.
 * @param work gets a signal that is aborted when time is up. It must then close everything that it reads from.
 * @throws the result of `late` when time is up. After that, the work's own result no longer matters.
 */
export async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, late: () => Error): Promise<T> {
  const over = new AbortController();
  return pTimeout(work(over.signal), {
    milliseconds: Math.max(1, ms), // the deadline may already be in the past
    fallback: () => {
      const error = late();
      over.abort(error);
      throw error;
    },
  });
}
