import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Backup } from '../../backups/model.ts';
import type { PlannedWindow } from '../../backups/physical/recovery-window.ts';
import type { TakeOut } from '../../backups/physical/take-out.ts';
import type { Readers } from '../../backups/tables.ts';
import { requirePassword } from '../../connections/connection-password.ts';
import type { Connection } from '../../connections/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { Impossible } from '../../errors/errors.ts';
import { bindRestore, logger } from '../../telemetry/log.ts';
import { executionArnOf } from '../execution/execution-arn.ts';
import type { Restore } from '../model.ts';
import { type ExecutionInput, isSameRestore, newRestores, type RestorePlan } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import { type Asker, admitRestore, orThrow } from './admit-restore.ts';
import { furtherRestoreId } from './idempotency.ts';
import { readOnce } from './read-once.ts';
import { insertRestore, type RestoreRecorder } from './record-restore.ts';
import { refuseOutsideWindow } from './refuse-outside-window.ts';
import { takeTargets } from './take-target.ts';

export interface RestoreStarter extends RestoreRecorder {
  records: Pick<RestoreTables, 'restores' | 'locks'> & Readers;
  secrets: Secrets;
  stepFunctions: SFNClient;
  stateMachineArn: string;
}

/**
 * Starts a restore. If it was started before, returns its current record.
 * @returns the record. If there are several databases, it is the first one's, which names the others.
 * @throws NotFound, Conflict, Impossible, Forbidden
 */
export async function startRestore(
  starter: RestoreStarter,
  restoreId: string,
  request: ExecutionInput,
  asker: Asker,
  now: Date,
): Promise<Restore> {
  const known = await starter.records.restores.get(restoreId);
  if (known === undefined) return startNewRestore(starter, restoreId, request, asker, now);
  return sameRequest(starter.records, known, newRestores(restoreId, request, furtherRestoreId, now));
}

/**
 * Starts a restore with an id that no restore has yet. Only this function creates lock, execution and record. The
 * execution comes before the record, so that a crash in between never leaves a restore `running`. If the record is
 * missing, the first state writes it.
 */
export async function startNewRestore(
  starter: RestoreStarter,
  restoreId: string,
  asked: ExecutionInput,
  asker: Asker,
  now: Date,
): Promise<Restore> {
  const { events, secrets, stepFunctions, stateMachineArn } = starter;
  const records = readOnce(starter.records);
  const recordsOf = (request: ExecutionInput) => newRestores(restoreId, request, furtherRestoreId, now);
  const admitter = {
    records,
    readWindow: (backup: Backup, take: TakeOut) => refuseOutsideWindow({ records, secrets }, backup, take),
    requirePassword: (target: Connection) => requirePassword(secrets, target),
    takeTargets: (plans: readonly RestorePlan[], window?: PlannedWindow) =>
      takeTargets(records, recordsOf(asked), plans, now, window),
  };
  const { request } = orThrow(await admitRestore(admitter, { request: asked, asker }, now));
  const execution_arn = await startExecution(stepFunctions, stateMachineArn, restoreId, request);
  const restores = recordsOf(request);
  const [restore, ...others] = restores.map((one) => ({ ...one, execution_arn })) as typeof restores;
  bindRestore(restore);
  logger.info('a restore was started', { trigger: restore.trigger });
  // write the first one last: if it can be seen, so can all the others
  for (const other of others) await insertRestore({ records, events }, other);
  const inserted = await insertRestore({ records, events }, restore);
  if (inserted !== undefined) return inserted;
  return sameRequest(records, (await records.restores.get(restoreId)) ?? restore, restores);
}

/** The execution's ARN. An execution with that name may exist if the same request started it at the same time. */
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

/** @throws Impossible if the Idempotency-Key was used for another request. */
async function sameRequest(
  records: Pick<RestoreTables, 'restores'>,
  known: Restore,
  asked: readonly Restore[],
): Promise<Restore> {
  for (const one of asked) {
    const there = one.id === known.id ? known : await records.restores.get(one.id);
    if (there !== undefined && isSameRestore(there, one)) continue;
    throw new Impossible(`the Idempotency-Key was used for another request: restore ${known.id}`, {
      hint: 'Send a new key with each new restore.',
    });
  }
  return known;
}
