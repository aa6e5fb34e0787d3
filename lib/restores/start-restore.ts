import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Records } from '../aws/services.ts';
import type { Restore } from '../domain/records.ts';
import { type ExecutionInput, newRestore } from '../domain/restore-request.ts';
import { loadPlan } from './load-plan.ts';
import { takeTarget } from './take-target.ts';

export interface RestoreStarter {
  records: Records;
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * Starts a restore: the one place that makes lock, execution and record, whoever asks. The execution comes before the
 * record, which its first state writes too where it is missing: so nothing that dies in between leaves a restore `running`.
 * @throws NotFound, Conflict, Impossible
 */
export async function startRestore(
  { records, stepFunctions, stateMachineArn }: RestoreStarter,
  restoreId: string,
  request: ExecutionInput,
  now: Date,
): Promise<Restore> {
  const plan = await loadPlan(records, request);
  await takeTarget(records, restoreId, plan, now);
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, name: restoreId, input: JSON.stringify(request) }),
  );
  const restore = { ...newRestore(restoreId, request, now), execution_arn: executionArn ?? null };
  if (await records.restores.insert(restore)) return restore;
  return (await records.restores.get(restoreId)) ?? restore;
}
