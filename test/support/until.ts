const FIRST_PAUSE_MS = 20;
/** Each check costs something, such as a request or a session, so slow conditions are checked less often. */
const LONGEST_PAUSE_MS = 200;

/** Waits until the condition holds. @throws Error when it does not within `timeoutMs`. */
export async function until(condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; !(await condition()); pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    if (Date.now() > deadline) throw new Error(`it did not come about within ${timeoutMs / 1000} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
