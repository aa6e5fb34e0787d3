/**
 * A restore's task has stopped: ECS says so, and a rule brings it here. Where the execution goes on, the state machine
 * does the rest. Where it was stopped, the restore ends only now, as nobody writes to its target any more.
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { type EndedStatus, endOfExecution, isEnded } from '../lib/workflow/ended-execution.ts';
import { restoreOf, type StoppedTaskEvent } from '../lib/workflow/stopped-task.ts';
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
    await records.restores.update(restoreId, { task_stopped_at: now.toISOString() }, { status: 'running' });
    const restore = await records.restores.get(restoreId);
    if (restore !== undefined) bindRestore(restore);
    if (restore?.status !== 'running' || restore.execution_arn === null) return;
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: restore.execution_arn }));
    if (!isEnded(execution.status)) return;
    const { error, cause } = execution;
    const end = { status: execution.status as EndedStatus, error, cause };
    await endRestore(recorder, restoreId, (one) => endOfExecution(one, end), now);
  },
);
