import { type LogContext, logger, withContext } from '../../lib/telemetry/log.ts';

/**
 * Runs a program of the image. Every log line says what it is about, and an error becomes a log line and exit code 1.
 */
export function loggedProgram(about: LogContext, run: () => Promise<void>): Promise<void> {
  return withContext(about, async () => {
    try {
      await run();
    } catch (error) {
      process.exitCode = 1;
      logger.error('the task failed', error as Error);
    }
  });
}
