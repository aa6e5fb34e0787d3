/**
 * What some work gives, if it does so in time.
 * @param work gets a signal that fires when it is too late: it must then let go of what it reads from.
 * @throws what `late` says when it is too late; what the work does then no longer matters.
 */
export async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, late: () => Error): Promise<T> {
  const over = new AbortController();
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = late();
    timeout.reject(error);
    over.abort(error);
  }, ms);
  try {
    return await Promise.race([work(over.signal), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
