/** What the handlers of the plan machine's own states share. */
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';

const logger = new Logger({ serviceName: 'plans' });

/** A state's handler: each line of its log has the run, and an error ends the state under its class name. */
export function planHandler<Input extends { run_id: string; entry?: number }, Output>(
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return middy<Input, Output>()
    .before(({ event, context }) => {
      logger.addContext(context);
      logger.appendKeys({ run_id: event.run_id, entry: event.entry });
    })
    .onError(({ error }) => logger.error('the state failed', error as Error))
    .handler((event) => run(event)) as never;
}
