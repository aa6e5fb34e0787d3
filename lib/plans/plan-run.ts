/** How a run of a recovery plan continues and ends. Pure. */

import type { Failure } from '../errors/errors.ts';
import type { Restore } from '../restores/model.ts';
import type { StatusChange } from '../storage/bus-event.ts';
import { endedAt } from '../storage/span.ts';
import type { PlanRun, RecoveryPlan, RunEntry, RunInput } from './model.ts';

export const PLAN_RUN_STATUS_CHANGE = 'Recovery Plan Run Status Change';

/** Fifty entries share DynamoDB's 400 KB, so this is short. The restore's own record has the full message. */
const LONGEST_MESSAGE = 500;
const MOST_LINES = 10;

export function newRun(id: string, plan: RecoveryPlan, input: RunInput, now: Date): PlanRun {
  const time = now.toISOString();
  return {
    ...{ id, plan_id: plan.id, plan_name: plan.name, on_failure: plan.on_failure },
    ...{ dry_run: input.dry_run, trigger: input.trigger, started_by: input.started_by },
    status: 'running',
    entries: plan.groups.flatMap((group, index) =>
      group.map(
        (entry): RunEntry => ({
          ...entry,
          group: index,
          ...{ status: 'pending', backup_id: null, restore_id: null, error: null, findings: null },
          ...{ started_at: null, completed_at: null, duration_ms: null },
        }),
      ),
    ),
    ...{ error: null, cancelled_by: null, execution_arn: null },
    ...{ started_at: time, completed_at: null, duration_ms: null, created_at: time, revision: 0 },
  };
}

/**
 * Whether a person started the run. A run that was started automatically may only write to targets that allow events.
 */
export function isByHand({ trigger }: Pick<PlanRun, 'trigger'>): boolean {
  return trigger === 'api' || trigger === 'console';
}

/** The name that a run's restores record as the one who started them. */
export function restoreTrigger({ trigger }: Pick<PlanRun, 'trigger'>): Restore['trigger'] {
  return trigger === 'api' || trigger === 'console' ? trigger : 'event';
}

/** The positions of the entries in the first group that hasn't begun; undefined if no more may begin. */
export function nextGroup({ entries, on_failure, dry_run, cancelled_by }: PlanRun): number[] | undefined {
  const next = entries.find(({ status }) => status === 'pending')?.group;
  // a dry run continues, because it should find everything that is wrong
  const stops = on_failure === 'stop' && !dry_run && entries.some(hasFailed);
  if (next === undefined || stops || cancelled_by !== null) return undefined;
  return entries.flatMap(({ group, status }, position) => (group === next && status === 'pending' ? [position] : []));
}

function hasFailed({ status }: RunEntry): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** The entries, with one of them changed. */
export function withEntry({ entries }: PlanRun, position: number, fields: Partial<RunEntry>): RunEntry[] {
  return entries.map((entry, index) => (index === position ? { ...entry, ...fields } : entry));
}

type EntryEnd = Pick<RunEntry, 'status' | 'error' | 'completed_at' | 'duration_ms'>;

export function endedEntry(
  { started_at }: RunEntry,
  end: { status: 'success' | 'failed' | 'cancelled'; error: Failure | null },
  now: Date,
): EntryEnd {
  return {
    status: end.status,
    error: end.error && { ...end.error, message: short(end.error.message) },
    completed_at: endedAt(started_at ?? now.toISOString(), now),
    duration_ms: Math.max(0, now.getTime() - Date.parse(started_at ?? now.toISOString())),
  };
}

/** The end of an entry if its restore has ended, or if the restore's execution ended before there was a record. */
export function entryOfRestore(entry: RunEntry, restore: Restore | undefined, now: Date): EntryEnd {
  if (restore !== undefined && restore.status !== 'running') {
    const { status, error, completed_at } = restore;
    return endedEntry(entry, { status, error }, completed_at === null ? now : new Date(completed_at));
  }
  const status = restore?.cancelled_by ? 'cancelled' : 'failed';
  const error = {
    code: 'RESTORE_NOT_ENDED',
    message:
      restore === undefined ? 'the restore did not start' : 'the restore was stopped, but its task has not ended yet',
    hint:
      restore === undefined
        ? 'Run the plan again, or restore by hand: there is no record of this restore.'
        : 'Look at the restore, and at the execution of the run.',
  };
  return endedEntry(entry, { status, error: restore?.error ?? error }, now);
}

/**
 * How a run ends: as its entries did, unless someone stopped it, or it could not continue.
 * @param failure why it could not continue.
 */
export function endOfRun(
  run: PlanRun,
  failure: Failure | undefined,
  now: Date,
): Pick<PlanRun, 'status' | 'error' | 'entries' | 'completed_at' | 'duration_ms'> {
  const entries = run.entries.map((entry) =>
    entry.status === 'pending' ? { ...entry, status: 'skipped' as const } : entry,
  );
  const failed = run.entries.filter(hasFailed).length;
  const ending = (status: PlanRun['status'], error: Failure | null) => ({
    ...{ status, error, entries, completed_at: endedAt(run.started_at, now) },
    duration_ms: Math.max(0, now.getTime() - Date.parse(run.started_at)),
  });
  if (run.cancelled_by !== null) {
    return ending('cancelled', { code: 'CANCELLED', message: `cancelled by ${run.cancelled_by}` });
  }
  if (failure !== undefined) return ending('failed', { ...failure, message: short(failure.message) });
  if (failed === 0) return ending('success', null);
  const skipped = entries.filter(({ status }) => status === 'skipped').length;
  const left = skipped === 0 ? '' : `; ${skipped} after ${failed === 1 ? 'it' : 'them'} skipped`;
  return ending('failed', {
    code: run.dry_run ? 'OBSTACLES' : 'ENTRIES_FAILED',
    message: `${failed} of ${entries.length} entries failed${left}`,
    hint: 'Fix the error of each failed entry, then run the plan again, or restore the rest by hand.',
  });
}

/** As many lines as fit into a run's record. */
export function someLines(lines: readonly string[]): string[] {
  const some = lines.slice(0, MOST_LINES).map(short);
  return lines.length > MOST_LINES
    ? [...some, `… and ${lines.length - MOST_LINES} more: see the preview of a restore`]
    : some;
}

function short(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

export function planRunStatusChange(run: PlanRun): StatusChange {
  const { id: run_id, plan_id, plan_name, status, dry_run, trigger, started_by } = run;
  return {
    detailType: PLAN_RUN_STATUS_CHANGE,
    detail: {
      ...{ run_id, plan_id, plan_name, status, dry_run, trigger, started_by, error: run.error },
      entries: run.entries.map((entry) => ({ restore_id: entry.restore_id, status: entry.status })),
      ...{ duration_ms: run.duration_ms, started_at: run.started_at, completed_at: run.completed_at },
    },
  };
}
