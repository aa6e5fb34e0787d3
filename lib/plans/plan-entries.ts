/** How one entry of a run begins and ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePassword } from '../connections/connection-password.ts';
import type { Secrets } from '../connections/secrets.ts';
import { ServiceError, toFailure } from '../errors/errors.ts';
import { type Admitter, admitRestore, orThrow } from '../restores/admission/admit-restore.ts';
import { entryRestoreId } from '../restores/admission/idempotency.ts';
import { pickBackup } from '../restores/admission/pick-backup.ts';
import { readOnce } from '../restores/admission/read-once.ts';
import type { RestorePlan } from '../restores/request.ts';
import type { PlanRun, RunEntry } from './model.ts';
import { endedEntry, entryOfRestore, isByHand, restoreTrigger, withEntry } from './plan-run.ts';
import { changeRun } from './plan-runs.ts';
import type { ChosenBackup, EntryInput } from './plan-states.ts';
import type { PlanTables } from './tables.ts';

/** How long to wait for the end of a stopped restore, which ends when its task has stopped. */
const END_WITHIN_MS = 100_000;
const POLL_MS = 1000;

/**
 * Chooses an entry's backup, and the input of its restore. If that fails, the entry ends as failed. All other refusals
 * come from the first state of the restore itself.
 */
export async function chooseBackup(
  records: PlanTables,
  secrets: Secrets,
  { run_id, entry: position }: EntryInput,
  now: Date,
): Promise<ChosenBackup> {
  const started = { status: 'running', started_at: now.toISOString() } as const;
  const run = await changeEntry(records, run_id, position, () => started);
  const entry = run?.entries[position];
  if (run === undefined || entry === undefined) return { can_be: false };
  try {
    const backup = await pickBackup(records, entry, entry.pick);
    const admitter: Admitter = {
      records: readOnce(records, backup),
      requirePassword: (target) => requirePassword(secrets, target),
    };
    await admitEntry(admitter, run, entry, backup.id, now);
    const restore_id = entryRestoreId(run_id, position);
    const changed = await changeEntry(records, run_id, position, () => ({ backup_id: backup.id, restore_id }));
    if (changed === undefined) return { can_be: false };
    const { target_connection, target_database } = entry;
    const request = { backup_id: backup.id, target_connection, target_database: target_database ?? entry.database };
    return { can_be: true, restore_id, request: { ...request, trigger: restoreTrigger(run) } };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    await endEntry(records, run_id, position, toFailure(error), now);
    return { can_be: false };
  }
}

/**
 * The entry's plan, with the backup that was picked for it.
 * @throws NotFound, Conflict, Impossible, Forbidden
 */
export async function admitEntry(
  admitter: Admitter,
  run: PlanRun,
  { target_connection, target_database, database }: RunEntry,
  backup_id: string,
  now: Date,
): Promise<RestorePlan> {
  const request = { backup_id, target_connection, target_database: target_database ?? database };
  const asker = isByHand(run) ? 'execution' : 'event';
  return orThrow(await admitRestore(admitter, { request, asker }, now)).plans[0];
}

/**
 * Records how an entry ended, according to its restore's record. If there is no such record, the entry failed before.
 */
export async function recordOutcome(records: PlanTables, { run_id, entry: position }: EntryInput): Promise<void> {
  const until = Date.now() + END_WITHIN_MS;
  const restoreId = (await records.planRuns.get(run_id))?.entries[position]?.restore_id ?? null;
  const read = async () => (restoreId === null ? undefined : records.restores.get(restoreId));
  let restore = await read();
  while (restore?.status === 'running' && Date.now() < until) {
    await sleep(POLL_MS);
    restore = await read();
  }
  await changeEntry(records, run_id, position, (entry) => entryOfRestore(entry, restore, new Date()));
}

/** Ends an entry that has no restore. */
export async function endEntry(
  records: Pick<PlanTables, 'planRuns'>,
  runId: string,
  position: number,
  failure: RunEntry['error'],
  now: Date,
  more: Partial<RunEntry> = {},
): Promise<void> {
  const status = failure === null ? 'success' : 'failed';
  await changeEntry(records, runId, position, (entry) => ({
    ...more,
    ...endedEntry(entry, { status, error: failure }, now),
  }));
}

/** Changes one entry of a running run. Returns undefined if the run has ended. */
export function changeEntry(
  records: Pick<PlanTables, 'planRuns'>,
  runId: string,
  position: number,
  change: (entry: RunEntry) => Partial<RunEntry>,
): Promise<PlanRun | undefined> {
  return changeRun(records, runId, (run) => {
    const entry = run.entries[position];
    const isOver = entry === undefined || !['pending', 'running'].includes(entry.status) || run.cancelled_by !== null;
    return isOver ? undefined : { entries: withEntry(run, position, change(entry)) };
  });
}
