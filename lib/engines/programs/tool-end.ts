/** The words that follow "ended with" in a message: `exit code 2`, or the signal's name. Pure. */
export function endOfTool({
  exitCode,
  signal,
}: {
  exitCode: number | null;
  signal?: string | null | undefined;
}): string {
  if (exitCode !== null) return `exit code ${exitCode}`;
  if (signal === undefined || signal === null) return 'a signal';
  return signal === 'SIGKILL' ? 'SIGKILL: it was killed, or the machine ran out of memory' : signal;
}
