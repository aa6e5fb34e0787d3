import pTimeout from 'p-timeout';

/**
 * The result of some work, if it is ready in time.
 * @param work gets a signal that is aborted when time is up: it must then release what it reads from.
 * @throws the result of `late` when time is up; the work's own result then no longer matters.
 */
export async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, late: () => Error): Promise<T> {
  const over = new AbortController();
  return pTimeout(work(over.signal), {
    milliseconds: Math.max(1, ms), // a deadline may have passed
    fallback: () => {
      const error = late();
      over.abort(error);
      throw error;
    },
  });
}
