/** @returns a function that returns the whole milliseconds since its last call. */
export function stopwatch(): () => number {
  let since = performance.now();
  return () => {
    const now = performance.now();
    const passed = Math.round(now - since);
    since = now;
    return passed;
  };
}
