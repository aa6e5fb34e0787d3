/**
 * Ends restores, so that no restore stays `running`. The state machine or the rule says which end it is:
 * - `success`: from `Record success`, the last state of a successful restore;
 * - `failure`: from `Record failure`, which every error of another state leads to;
 * - `execution`: from the rule on the execution's status, if the execution reached no Catch: it was stopped, timed out,
 *   or failed on an error of the runtime.
 * If a restore's task may still be writing, the task is asked to stop, and the restore ends when it has stopped: see
 * record-stopped-task.ts.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { isWorkerOf, mayBeWriting } from '../lib/restores/end/claim.ts';
import { askToStop } from '../lib/restores/end/claim-restore.ts';
import { endRestore } from '../lib/restores/end/end-restore.ts';
import { restoresOfTask } from '../lib/restores/end/restores-of-task.ts';
import { type EndOfExecution, endOfExecution, endOfFailed } from '../lib/restores/execution/ended-execution.ts';
import type { CaughtError, EndOfState, RecordedFailure } from '../lib/restores/execution/states.ts';
import { failureOf, taskArnOf } from '../lib/restores/execution/task-failure.ts';
import type { Restore } from '../lib/restores/model.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { id } from '../lib/storage/fields.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

type StateInput = EndOfState<{ restore_id: string }>;

export const handler = (input: StateInput | EndOfExecution, context: unknown) =>
  input.end === 'execution' ? ofExecution(input, context) : ofState(input, context);

const ofState = workflowHandler(records, async (input: StateInput): Promise<RecordedFailure | undefined> => {
  if (input.end === 'failure') return recordFailure(input.restore_id, input.error);
  await endRestore(recorder, input.restore_id, { status: 'success' }, new Date());
  return undefined;
});

const ofExecution = logged<EndOfExecution, void>(
  ({ detail }) => ({ restore_id: detail.name, execution: detail.executionArn }),
  async ({ detail }) => {
    const restores = await restoresOfTask(records, detail.name);
    const [restore] = restores;
    if (restore !== undefined) bindRestore(restore);
    if (restore?.status !== 'running') return;
    if (mayBeWriting(restores)) return askToStop(records, restores);
    await endRestore(recorder, restore.id, (one) => endOfExecution(one, detail), new Date());
  },
);

async function recordFailure(restoreId: string, error: CaughtError): Promise<RecordedFailure> {
  const failure = failureOf(error);
  // an execution that was started by hand may have no restore
  if (!id.safeParse(restoreId).success) return { code: failure.code, message: failure.message };
  const restores = await restoresOfTask(records, restoreId);
  if (restores[0]?.status === 'running' && isWrittenByAnother(restores, error)) {
    // that task's end is reported too, and ends the restore then
    await askToStop(records, restores, failure);
    return { code: failure.code, message: failure.message };
  }
  await endRestore(recorder, restoreId, (one) => endOfFailed(one, failure), new Date());
  const recorded = (await records.restores.get(restoreId))?.error ?? failure;
  return { code: recorded.code, message: recorded.message };
}

/**
 * Whether a task other than the one that is reported here may still be writing: after a time-out, a task still has to
 * stop; and if ECS started a task but its response was lost, nothing waits for that task.
 */
function isWrittenByAnother(restores: readonly Restore[], error: CaughtError): boolean {
  if (!mayBeWriting(restores)) return false;
  const claimedBy = restores[0]?.claimed_by ?? null;
  return error.Error === 'States.Timeout' || (claimedBy !== null && !isWorkerOf(claimedBy, taskArnOf(error)));
}
