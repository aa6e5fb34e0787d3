/**
 * Ends jobs as failed, so that no job stays `running`. The state machine or the rule says which end it is:
 * - `failure`: from the state that every error of a job's part leads to;
 * - `execution`: from the rule on the execution's status, if the execution was stopped or timed out, which reaches no
 *   Catch.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { endJob } from '../lib/backups/scan/jobs.ts';
import type { EndOfExecution } from '../lib/restores/execution/ended-execution.ts';
import type { FailureEnd, RecordedFailure } from '../lib/restores/execution/states.ts';
import { id } from '../lib/storage/fields.ts';
import { jobHandler } from './job-states.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

type StateInput = FailureEnd<{ job_id: string }>;

export const handler = (input: StateInput | EndOfExecution, context: unknown) =>
  input.end === 'execution' ? ofExecution({ ...input, job_id: input.detail.name }, context) : ofState(input, context);

const ofState = jobHandler(records, async ({ job_id, error }: StateInput): Promise<RecordedFailure> => {
  const unknown = `the job met an unexpected error (${error.Error}); its work so far is kept, so start it again`;
  // an execution that was started by hand may have no job
  if (!id.safeParse(job_id).success) return { code: error.Error, message: unknown };
  const message = (await records.jobs.get(job_id))?.error ?? unknown;
  await endJob(records, job_id, { status: 'failed', error: message }, new Date());
  return { code: error.Error, message };
});

const ofExecution = jobHandler(records, async ({ job_id, detail }: EndOfExecution & { job_id: string }) => {
  if (!id.safeParse(job_id).success) return;
  const how = detail.status === 'ABORTED' ? 'was stopped' : 'ended without reporting a result';
  const because = detail.cause ? `: ${detail.cause}` : '';
  const error = `the job's execution ${how}${because}; its work so far is kept, so start it again`;
  await endJob(records, job_id, { status: 'failed', error }, new Date());
});
