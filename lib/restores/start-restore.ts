import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { requirePassword } from '../aws/connection-password.ts';
import type { Recorder, Records, Secrets } from '../aws/services.ts';
import { Impossible } from '../domain/errors.ts';
import { executionArnOf } from '../domain/execution-arn.ts';
import type { Restore } from '../domain/records.ts';
import { type ExecutionInput, isSameRestore, newRestores } from '../domain/restore-request.ts';
import { bindRestore, logger } from '../telemetry/log.ts';
import { furtherRestoreId } from './idempotency.ts';
import { loadPlans } from './load-plan.ts';
import { insertRestore } from './record-restore.ts';
import { refuseOutsideWindow, withTimeline } from './refuse-outside-window.ts';
import { takeTargets } from './take-target.ts';

export interface RestoreStarter extends Recorder {
  secrets: Secrets;
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * Starts a restore: the one place that makes lock, execution and record, whoever asks. The execution comes before the
 * record, which its first state writes too if it is missing: so nothing that dies in between leaves a restore `running`.
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
  if (known !== undefined) {
    return sameRequest(records, known, newRestores(restoreId, request, furtherRestoreId, now));
  }
  const plans = await loadPlans(records, request);
  const [{ backup, target }] = plans;
  const window = await refuseOutsideWindow(starter, backup, request);
  const whole = withTimeline(request, window);
  const asked = newRestores(restoreId, whole, furtherRestoreId, now);
  await requirePassword(secrets, target);
  await takeTargets(records, asked, plans, now);
  const execution_arn = await startExecution(stepFunctions, stateMachineArn, restoreId, whole);
  const [restore, ...others] = asked.map((one) => ({ ...one, execution_arn })) as typeof asked;
  bindRestore(restore);
  logger.info('a restore was started', { trigger: restore.trigger });
  // the first one last: who sees it sees all of them
  for (const other of others) await insertRestore(starter, other);
  const inserted = await insertRestore(starter, restore);
  if (inserted !== undefined) return inserted;
  return sameRequest(records, (await records.restores.get(restoreId)) ?? restore, asked);
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

/** @throws Impossible when the records that an Idempotency-Key leads to are of another request. */
async function sameRequest(records: Records, known: Restore, asked: readonly Restore[]): Promise<Restore> {
  for (const one of asked) {
    const there = one.id === known.id ? known : await records.restores.get(one.id);
    if (there !== undefined && isSameRestore(there, one)) continue;
    throw new Impossible(`the Idempotency-Key was used for another request: restore ${known.id}`, {
      hint: 'Send a new key with each new restore.',
    });
  }
  return known;
}
