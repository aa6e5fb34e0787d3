/** What the handlers of the jobs' states share. */
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Records } from '../lib/aws/services.ts';
import { ServiceError, toFailure } from '../lib/domain/errors.ts';

const logger = new Logger({ serviceName: 'jobs' });

/** A part's handler: an error is written into the job's record as exactly as it is known here, and then ends the state. */
export function jobHandler<Input extends { job_id: string }, Output>(
  records: Pick<Records, 'jobs'>,
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return middy<Input, Output>()
    .before(({ event, context }) => {
      logger.addContext(context);
      logger.appendKeys({ job_id: event.job_id });
    })
    .onError(async ({ event, error }) => {
      logger.error('the state failed', error as Error);
      // what is unexpected is better told by whoever records the failure
      if (!(error instanceof ServiceError)) return;
      await records.jobs.update(event.job_id, { error: toFailure(error).message }, { status: 'running' });
    })
    .handler((event) => run(event)) as never;
}
