/** `Record failure`: where every error of another state leads. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { id } from '../lib/domain/records.ts';
import { endRestore, recordError } from '../lib/restores/end-restore.ts';
import { restoresOfTask } from '../lib/restores/restores-of-task.ts';
import { mayBeWriting } from '../lib/workflow/ended-execution.ts';
import type { RecordFailureInput, RecordFailureOutput } from '../lib/workflow/states.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = workflowHandler(
  records,
  async ({ restore_id, error }: RecordFailureInput): Promise<RecordFailureOutput> => {
    const failure = failureOf(error);
    // an execution that was named by hand may have no restore
    if (!id.safeParse(restore_id).success) return { code: failure.code, message: failure.message };
    const restores = await restoresOfTask(records, restore_id);
    if (error.Error === 'States.Timeout' && restores[0]?.status === 'running' && mayBeWriting(restores)) {
      // its task is still to stop; what is told of that ends the restore
      await recordError(records, restore_id, failure);
      return { code: failure.code, message: failure.message };
    }
    await endRestore(recorder, restore_id, { status: 'failed', failure }, new Date());
    const recorded = (await records.restores.get(restore_id))?.error ?? failure;
    return { code: recorded.code, message: recorded.message };
  },
);
