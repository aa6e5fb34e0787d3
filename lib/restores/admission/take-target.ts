import { type PlannedWindow, plannedWindow } from '../../backups/physical/recovery-window.ts';
import { Conflict, RestoreStopped } from '../../errors/errors.ts';
import type { Lock } from '../../storage/items/lock-table.ts';
import type { RestoreReporter } from '../end/reporter.ts';
import type { Restore } from '../model.ts';
import { type RestorePlan, targetKey } from '../request.ts';
import type { RestoreTables } from '../tables.ts';

/**
 * A lock is taken just before its restore's record is written. If there is still no record after this time, the lock is
 * void.
 */
const RECORD_GRACE_MS = 60_000;
/** If a claim was checked this recently, it isn't checked again: nothing can have waited for long since. */
const LOOK_INTERVAL_MS = 1000;
/** The holder of a lock that was released. */
const NEVER = new Date(0).toISOString();

/** Who holds a target, and whether that restore is still running. */
type Holders = Pick<RestoreTables, 'locks' | 'restores'>;

/**
 * Takes the target's lock for a restore. The same restore may take it again.
 * @throws Conflict that names the restore that holds it.
 */
export async function takeTarget(
  records: Holders,
  restoreId: string,
  plan: RestorePlan,
  now: Date,
  window?: PlannedWindow,
): Promise<void> {
  const found = window && JSON.stringify(plannedWindow.parse(window));
  const lock: Lock = { target: targetKey(plan), restore_id: restoreId, taken_at: now.toISOString(), found };
  if (await records.locks.take(lock)) return;
  const held = await records.locks.get(lock.target);
  if (held !== undefined && (await isVoid(records, held, now))) {
    if (await records.locks.take(lock, held.restore_id)) return;
  }
  throw taken(plan, held);
}

/**
 * The window that was found when this restore took its target, so that its storage isn't listed again. Undefined if
 * another restore holds the target, or if no window was stored. Also undefined if an archive was unread then, because
 * reading it may change the window.
 * @param timeline the one that the request names.
 */
export async function windowOfTaken(
  { locks }: Pick<Holders, 'locks'>,
  restoreId: string,
  plan: RestorePlan,
  timeline: number | null | undefined,
): Promise<PlannedWindow | undefined> {
  const held = await locks.get(targetKey(plan));
  if (held?.restore_id !== restoreId || held.found === undefined) return undefined;
  const window = plannedWindow.parse(JSON.parse(held.found));
  const isThis = window.backup_id === plan.backup.id && (timeline ?? window.timeline) === window.timeline;
  return isThis && window.unread.length === 0 ? window : undefined;
}

/**
 * Takes the targets of several restores, either all of them or none.
 * @param window along the followed timeline; it is stored with the first lock.
 * @returns the Conflict for the first target that another restore holds; undefined if all were taken.
 */
export async function takeTargets(
  records: Holders,
  restores: readonly Pick<Restore, 'id'>[],
  plans: readonly RestorePlan[],
  now: Date,
  window?: PlannedWindow,
): Promise<Conflict[]> {
  const taken: Lock[] = [];
  try {
    for (const [index, plan] of plans.entries()) {
      const { id } = restores[index] as Pick<Restore, 'id'>;
      await takeTarget(records, id, plan, now, index === 0 ? window : undefined);
      taken.push({ target: targetKey(plan), restore_id: id, taken_at: NEVER });
    }
    return [];
  } catch (error) {
    // void at once, because no record will follow
    for (const lock of taken) await records.locks.take(lock);
    if (error instanceof Conflict) return [error];
    throw error;
  }
}

/** The Conflicts that restores into these targets would get now. Takes nothing. */
export async function refusalsOfTaken(records: Holders, plans: readonly RestorePlan[], now: Date): Promise<Conflict[]> {
  const refusals: Conflict[] = [];
  for (const plan of plans) {
    const held = await records.locks.get(targetKey(plan));
    if (held !== undefined && !(await isVoid(records, held, now))) refusals.push(taken(plan, held));
  }
  return refusals;
}

async function isVoid(records: Holders, held: Lock, now: Date): Promise<boolean> {
  const holder = await records.restores.get(held.restore_id);
  return holder ? holder.status !== 'running' : now.getTime() - Date.parse(held.taken_at) > RECORD_GRACE_MS;
}

function taken({ database, target }: RestorePlan, held: Lock | undefined): Conflict {
  return new Conflict(
    `restore ${held?.restore_id ?? 'another one'} is writing to database ${database} of ${target.name}`,
    { hint: 'Wait until it has ended, or restore into another database with target_database.' },
  );
}

/**
 * Call this right before a restore's first write. After it, the record says that the target is incomplete, and a
 * restore that is stopped waits for its task.
 * @throws RestoreStopped if the restore has ended, no longer holds its target, or belongs to another worker.
 */
export async function beforeFirstWrite(
  records: RestoreTables,
  reporter: Pick<RestoreReporter, 'restore' | 'worker' | 'save' | 'target'>,
  plan: RestorePlan,
): Promise<void> {
  if ((await reporter.save()) && (await holdsTarget(records, reporter, plan))) {
    reporter.target('incomplete');
    if (await reporter.save()) return;
  }
  throw new RestoreStopped('this restore no longer holds its target, and did not write to it', {
    hint: 'Look at the list of restores: this one was ended or replaced by another in the meantime.',
  });
}

/**
 * Call this before each further destructive step, because the previous one may have waited: for a lock, or for this
 * process to be resumed. It checks at most once a second.
 * @returns a function that throws RestoreStopped once the restore has ended, no longer holds its target, or belongs to
 * another worker.
 */
export function beforeNextWrite(
  records: RestoreTables,
  reporter: Pick<RestoreReporter, 'restore' | 'worker'>,
  plan: RestorePlan,
): () => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = performance.now();
    if (now - lookedAt < LOOK_INTERVAL_MS) return;
    if (!(await holdsTarget(records, reporter, plan))) {
      throw new RestoreStopped('this restore no longer holds its target, and stopped writing to it', {
        hint: 'Look at the list of restores: this one was ended or replaced by another in the meantime.',
      });
    }
    lookedAt = now;
  };
}

/** Whether the restore is running, has the target's lock, and this worker has the restore's claim. */
export async function holdsTarget(
  records: RestoreTables,
  { restore, worker }: Pick<RestoreReporter, 'restore' | 'worker'>,
  plan: RestorePlan,
): Promise<boolean> {
  const held = await records.locks.get(targetKey(plan));
  const now = await records.restores.get(restore.id);
  return held?.restore_id === restore.id && now?.status === 'running' && now.claimed_by === worker;
}
