/** `Record success`: the last state of a good restore. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import type { RecordSuccessInput } from '../lib/workflow/states.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = workflowHandler(records, async ({ restore_id }: RecordSuccessInput): Promise<void> => {
  await endRestore(recorder, restore_id, { status: 'success' }, new Date());
});
