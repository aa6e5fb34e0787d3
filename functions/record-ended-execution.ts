/**
 * What no Catch of the state machine sees: somebody stopped the execution, it took too long, or it failed on an error of
 * the runtime. A rule on the execution's status brings it here, so that no restore stays `running`.
 */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import { type EndedExecution, failureOfExecution } from '../lib/workflow/ended-execution.ts';
import { workflowHandler } from './workflow.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));
const record = workflowHandler(
  records,
  async ({ restore_id, event }: { restore_id: string; event: EndedExecution }) => {
    await endRestore(records, restore_id, { status: 'failed', failure: failureOfExecution(event.detail) }, new Date());
  },
);

export async function handler(event: EndedExecution, context: unknown): Promise<void> {
  await record({ restore_id: event.detail.name, event }, context);
}
