/** What the handlers of the jobs' states share. */
import type { Records } from '../lib/api/tables.ts';
import { ServiceError, toFailure } from '../lib/errors/errors.ts';
import { logged } from './logged.ts';

/**
 * A handler of a job's part: it writes an error into the job's record, as exactly as it is known here, and the error
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
        // unexpected errors are better described by the state that records the failure
        if (error instanceof ServiceError) {
          await records.jobs.update(input.job_id, { error: toFailure(error).message }, { status: 'running' });
        }
        throw error;
      }
    },
  );
}
