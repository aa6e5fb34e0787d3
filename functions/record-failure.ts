/** `Record failure`: where every error of another state leads. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { id, type Restore } from '../lib/domain/records.ts';
import { isWorkerOf, mayBeWriting } from '../lib/domain/restore-claim.ts';
import { askToStop } from '../lib/restores/claim-restore.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import { restoresOfTask } from '../lib/restores/restores-of-task.ts';
import { endOfFailed } from '../lib/workflow/ended-execution.ts';
import type { CaughtError, RecordFailureInput, RecordFailureOutput } from '../lib/workflow/states.ts';
import { failureOf, taskArnOf } from '../lib/workflow/task-failure.ts';
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
    if (restores[0]?.status === 'running' && isWrittenByAnother(restores, error)) {
      // the event of that task's end ends the restore
      await askToStop(records, restores, failure);
      return { code: failure.code, message: failure.message };
    }
    await endRestore(recorder, restore_id, (one) => endOfFailed(one, failure), new Date());
    const recorded = (await records.restores.get(restore_id))?.error ?? failure;
    return { code: recorded.code, message: recorded.message };
  },
);

/**
 * Whether a task may be writing other than the one whose end this records: after a time-out it is still to stop, and one
 * that ECS started without an answer isn't watched by anything.
 */
function isWrittenByAnother(restores: readonly Restore[], error: CaughtError): boolean {
  if (!mayBeWriting(restores)) return false;
  const claimedBy = restores[0]?.claimed_by ?? null;
  return error.Error === 'States.Timeout' || (claimedBy !== null && !isWorkerOf(claimedBy, taskArnOf(error)));
}
