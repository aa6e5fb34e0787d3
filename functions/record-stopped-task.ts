/**
 * ECS reports that a restore's task has stopped, and a rule calls this function. If the execution is still running, the
 * state machine does the rest. If the execution was stopped, the restore ends only now, because nothing writes to its
 * target any more. If the task only stood by, its end says nothing about the task that writes.
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { isWorkerOf, mayBeWriting } from '../lib/restores/end/claim.ts';
import { askToStop } from '../lib/restores/end/claim-restore.ts';
import { endRestore } from '../lib/restores/end/end-restore.ts';
import { restoresOfTask } from '../lib/restores/end/restores-of-task.ts';
import { type EndedStatus, endOfExecution, isEnded } from '../lib/restores/execution/ended-execution.ts';
import { restoreOf, type StoppedTaskEvent } from '../lib/restores/execution/stopped-task.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const stepFunctions = new SFNClient({});

export const handler = logged<StoppedTaskEvent, void>(
  (event) => ({ restore_id: restoreOf(event) }),
  async (event) => {
    const restoreId = restoreOf(event);
    if (restoreId === undefined) return;
    const now = new Date();
    await recordStop(restoreId, event.detail.taskArn, now);
    const restores = await restoresOfTask(records, restoreId);
    const [restore] = restores;
    if (restore !== undefined) bindRestore(restore);
    if (restore?.status !== 'running' || restore.execution_arn === null) return;
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: restore.execution_arn }));
    if (!isEnded(execution.status)) return;
    if (mayBeWriting(restores)) return askToStop(records, restores);
    const { error, cause } = execution;
    const end = { status: execution.status as EndedStatus, error, cause };
    await endRestore(recorder, restoreId, (one) => endOfExecution(one, end), now);
  },
);

/** The end of the task that has the claim, or of any task if none has it. */
async function recordStop(restoreId: string, taskArn: string, now: Date): Promise<void> {
  const restore = await records.restores.get(restoreId);
  const claimed_by = restore?.claimed_by ?? null;
  if (claimed_by !== null && !isWorkerOf(claimed_by, taskArn)) return;
  await records.restores.update(restoreId, { task_stopped_at: now.toISOString() }, { status: 'running', claimed_by });
}
