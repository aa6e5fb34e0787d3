/** What the handlers of the jobs' states have in common. */
import type { Records } from '../lib/api/tables.ts';
import { ServiceError, toFailure } from '../lib/errors/errors.ts';
import { logged } from './logged.ts';

/**
 * The handler of a job's part. It writes an error into the job's record, because it knows the details best. The error
 * then ends the state.
 */
export function jobHandler<Input extends { job_id: string }, Output>(
  records: Pick<Records, 'jobs'>,
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return logged<Input, Output>(
    ({ job_id }) => ({ job_id }),
    async (input) => {
      try {
        return await run(input);
      } catch (error) {
        // the state that records the failure describes unexpected errors better
        if (error instanceof ServiceError) {
          await records.jobs.update(input.job_id, { error: toFailure(error).message }, { status: 'running' });
        }
        throw error;
      }
    },
  );
}
