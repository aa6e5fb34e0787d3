/** `Record scan failure`: where every error of a job's part leads. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endJob } from '../lib/catalogue/jobs.ts';
import { id } from '../lib/domain/records.ts';
import type { RecordJobFailureInput, RecordJobFailureOutput } from '../lib/workflow/job-states.ts';
import { jobHandler } from './job-states.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = jobHandler(
  records,
  async ({ job_id, error }: RecordJobFailureInput): Promise<RecordJobFailureOutput> => {
    const unknown = `the job met an unexpected error (${error.Error}); what it has done so far is kept, start it again`;
    // an execution that was named by hand may have no job
    if (!id.safeParse(job_id).success) return { code: error.Error, message: unknown };
    const message = (await records.jobs.get(job_id))?.error ?? unknown;
    await endJob(records, job_id, { status: 'failed', error: message }, new Date());
    return { code: error.Error, message };
  },
);
