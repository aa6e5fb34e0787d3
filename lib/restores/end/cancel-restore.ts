import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Conflict } from '../../errors/errors.ts';
import type { Recorder } from '../../storage/event-publisher.ts';
import { endOfExecution, isEnded } from '../execution/ended-execution.ts';
import { executionArnOf } from '../execution/execution-arn.ts';
import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';
import { isSilent, mayBeWriting } from './claim.ts';
import { endRestore } from './end-restore.ts';
import { restoresOfTask } from './restores-of-task.ts';

/** An execution's end is recorded within minutes. If it hasn't been after this time, it never will be. */
const LOST_AFTER_MS = 5 * 60_000;

export interface RestoreCanceller extends Recorder<RestoreTables> {
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * Asks a running restore to stop: records who asked, and stops the execution, which stops the task, which ends its
 * database session. Once the task has stopped, the restore is `cancelled` and its target is free.
 * @throws Conflict if it has already ended.
 */
export async function cancelRestore(
  canceller: RestoreCanceller,
  restoreId: string,
  username: string,
  now: Date,
): Promise<Restore> {
  const { records, stepFunctions, stateMachineArn } = canceller;
  const asked = await records.restores.update(restoreId, { cancelled_by: username }, { status: 'running' });
  const restore = (await records.restores.get(restoreId)) as Restore;
  // one task runs them all
  for (const id of restore.recovery?.restore_ids ?? []) {
    if (asked && id !== restoreId) await records.restores.update(id, { cancelled_by: username }, { status: 'running' });
  }
  if (!asked) {
    throw new Conflict(`cannot cancel restore with status: ${restore.status}`, { hint: 'It has ended already.' });
  }
  const executionArn = restore.execution_arn ?? executionArnOf(stateMachineArn, restoreId);
  try {
    const cause = `cancelled by ${username}`;
    await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause }));
    // the execution ended long ago, and its end was never recorded: stopping it no longer changes anything
    const { status, stopDate } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    const isLost = isEnded(status) && stopDate !== undefined && now.getTime() - stopDate.getTime() > LOST_AFTER_MS;
    if (isLost && !(await isAtWork(records, restoreId, now))) {
      await endRestore(canceller, restoreId, (one) => endOfExecution(one, { status }), now);
    }
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
    if (!(await isAtWork(records, restoreId, now))) {
      await endRestore(canceller, restoreId, (one) => endOfExecution(one, { status: 'ABORTED' }), now);
    }
  }
  return (await records.restores.get(restoreId)) as Restore;
}

/**
 * Whether its task may still be writing and reporting: then the task sees who cancelled the restore, and stops, which
 * ends the restore.
 */
async function isAtWork(records: RestoreTables, restoreId: string, now: Date): Promise<boolean> {
  const restores = await restoresOfTask(records, restoreId);
  return mayBeWriting(restores) && !isSilent(restores, now);
}
