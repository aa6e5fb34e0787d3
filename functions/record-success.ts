/** `Record success`: the last state of a good restore. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import type { RecordSuccessInput } from '../lib/workflow/states.ts';
import { workflowHandler } from './workflow.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = workflowHandler(records, async ({ restore_id }: RecordSuccessInput): Promise<void> => {
  await endRestore(records, restore_id, { status: 'success' }, new Date());
});
