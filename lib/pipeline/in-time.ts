import pTimeout from 'p-timeout';

/**
 * What some work gives, if it does so in time.
 * @param work gets a signal that fires when it is too late: it must then let go of what it reads from.
 * @throws what `late` says when it is too late; what the work does then no longer matters.
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
