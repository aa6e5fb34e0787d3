import { ExecutionDoesNotExist, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { Conflict } from '../errors/errors.ts';
import { cancelRestore, type RestoreCanceller } from '../restores/end/cancel-restore.ts';
import { executionArnOf } from '../restores/execution/execution-arn.ts';
import type { PlanRun } from './model.ts';
import { changeRun, endRun } from './plan-runs.ts';
import type { PlanTables } from './tables.ts';

export interface RunCanceller extends RestoreCanceller {
  records: PlanTables;
  planMachineArn: string;
}

/**
 * Stops a run, and the restores that it is running. The run is `cancelled` once its execution's end has been recorded,
 * and each restore once its task has stopped.
 * @throws Conflict if it has already ended.
 */
export async function cancelRun(canceller: RunCanceller, runId: string, username: string, now: Date): Promise<PlanRun> {
  const { records, stepFunctions, planMachineArn } = canceller;
  const run = await changeRun(records, runId, () => ({ cancelled_by: username }));
  if (run === undefined) {
    const status = (await records.planRuns.get(runId))?.status;
    throw new Conflict(`cannot cancel run with status: ${status}`, { hint: 'It has ended already.' });
  }
  const restores = run.entries.flatMap(({ status, restore_id }) =>
    status === 'running' && restore_id ? [restore_id] : [],
  );
  // record this before the executions stop, so that their ends count as cancellations
  for (const id of restores) await records.restores.update(id, { cancelled_by: username }, { status: 'running' });
  const executionArn = run.execution_arn ?? executionArnOf(planMachineArn, runId);
  try {
    const cause = `cancelled by ${username}`;
    await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause }));
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
    await endRun(canceller, runId, undefined, now);
  }
  for (const id of restores) {
    await cancelRestore(canceller, id, username, now).catch((error: unknown) => {
      if (!(error instanceof Conflict)) throw error; // it has ended by itself
    });
  }
  return (await records.planRuns.get(runId)) as PlanRun;
}
