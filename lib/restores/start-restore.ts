import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { requirePassword } from '../aws/connection-password.ts';
import type { Recorder, Secrets } from '../aws/services.ts';
import { Impossible } from '../domain/errors.ts';
import { executionArnOf } from '../domain/execution-arn.ts';
import type { Restore } from '../domain/records.ts';
import { type ExecutionInput, isSameRequest, newRestores } from '../domain/restore-request.ts';
import { bindRestore, logger } from '../telemetry/log.ts';
import { furtherRestoreId } from './idempotency.ts';
import { loadPlans } from './load-plan.ts';
import { insertRestore } from './record-restore.ts';
import { refuseOutsideWindow } from './refuse-outside-window.ts';
import { takeTargets } from './take-target.ts';

export interface RestoreStarter extends Recorder {
  secrets: Secrets;
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * Starts a restore: the one place that makes lock, execution and record, whoever asks. The execution comes before the
 * record, which its first state writes too where it is missing: so nothing that dies in between leaves a restore `running`.
 * @returns the record; of several databases, the first one's, which names the others.
 * @throws NotFound, Conflict, Impossible
 */
export async function startRestore(
  starter: RestoreStarter,
  restoreId: string,
  request: ExecutionInput,
  now: Date,
): Promise<Restore> {
  const { records, secrets, stepFunctions, stateMachineArn } = starter;
  const known = await records.restores.get(restoreId);
  if (known !== undefined) return sameRequest(known, request);
  const plans = await loadPlans(records, request);
  const [{ backup, target }] = plans;
  await refuseOutsideWindow(starter, backup, request);
  await requirePassword(secrets, target);
  const asked = newRestores(restoreId, request, furtherRestoreId, now);
  await takeTargets(records, asked, plans, now);
  const execution_arn = await startExecution(stepFunctions, stateMachineArn, restoreId, request);
  const [restore, ...others] = asked.map((one) => ({ ...one, execution_arn })) as typeof asked;
  bindRestore(restore);
  logger.info('a restore was started', { trigger: restore.trigger });
  for (const other of others) await insertRestore(starter, other);
  if (await insertRestore(starter, restore)) return restore;
  return sameRequest((await records.restores.get(restoreId)) ?? restore, request);
}

/** The execution's ARN. One of that name may be there: started by the same request at the same time. */
async function startExecution(
  stepFunctions: SFNClient,
  stateMachineArn: string,
  name: string,
  request: ExecutionInput,
): Promise<string | null> {
  try {
    const input = JSON.stringify(request);
    const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    return executionArn ?? null;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return executionArnOf(stateMachineArn, name);
    throw error;
  }
}

/** @throws Impossible when the record that an Idempotency-Key leads to is of another request. */
function sameRequest(restore: Restore, request: ExecutionInput): Restore {
  if (isSameRequest(restore, request)) return restore;
  throw new Impossible(`the Idempotency-Key was used for another request: restore ${restore.id}`, {
    hint: 'Send a new key with each restore that you mean.',
  });
}
