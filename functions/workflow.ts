/** What the handlers of the state machine's own states share. */
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Records } from '../lib/aws/services.ts';
import { TooLargeForLambda, toFailure } from '../lib/domain/errors.ts';
import { recordError } from '../lib/restores/end-restore.ts';

const logger = new Logger({ serviceName: 'workflow' });

/**
 * A state's handler: an error is written into the restore's record as exactly as it is known here, and then ends the
 * state under its class name.
 */
export function workflowHandler<Input extends { restore_id: string }, Output>(
  records: Records,
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return middy<Input, Output>()
    .before(({ event, context }) => {
      logger.addContext(context);
      logger.appendKeys({ restore_id: event.restore_id });
    })
    .onError(async ({ event, error }) => {
      logger.error('the state failed', error as Error);
      // it is taken to a task, and no failure of the restore
      if (error instanceof TooLargeForLambda) return;
      await recordError(records, event.restore_id, toFailure(error));
    })
    .handler((event) => run(event)) as never;
}
