import type { Context } from 'aws-lambda';
import { type LogContext, logger, withContext } from '../lib/telemetry/log.ts';

/** A handler whose log lines all say what they are about. It logs an error before the caller gets it. */
export function logged<Input, Output>(
  about: (input: Input) => LogContext,
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return (input, context) => {
    logger.addContext(context as Context);
    return withContext(about(input), async () => {
      try {
        const output = await run(input);
        logger.info('done');
        return output;
      } catch (error) {
        logger.error('failed', error as Error);
        throw error;
      }
    });
  };
}
