/** How many characters of a log a record stores. */
export const MAX_LOG_CHARACTERS = 100_000;

/** The whole log, or its beginning and its end. */
export function cutLog(log: string): string {
  if (log.length <= MAX_LOG_CHARACTERS) return log;
  const half = MAX_LOG_CHARACTERS / 2;
  return `${log.slice(0, half)}\n… (the log was cut here)\n${log.slice(-half + 100)}`;
}
