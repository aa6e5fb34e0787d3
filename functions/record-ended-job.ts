/** What no Catch of a job's machine sees: someone stopped its execution, or it took too long. No job stays `running`. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endJob } from '../lib/catalogue/jobs.ts';
import { id } from '../lib/domain/records.ts';
import type { EndedExecution } from '../lib/workflow/ended-execution.ts';
import { jobHandler } from './job-states.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));
const record = jobHandler(records, async ({ job_id, detail }: { job_id: string; detail: EndedExecution['detail'] }) => {
  if (!id.safeParse(job_id).success) return;
  const how = detail.status === 'ABORTED' ? 'was stopped' : 'ended without saying so';
  const because = detail.cause ? `: ${detail.cause}` : '';
  const error = `the job's execution ${how}${because}; what it has done so far is kept, start it again`;
  await endJob(records, job_id, { status: 'failed', error }, new Date());
});

export async function handler({ detail }: EndedExecution, context: unknown): Promise<void> {
  await record({ job_id: detail.name, detail }, context);
}
