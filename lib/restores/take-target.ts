import type { Lock } from '../aws/lock-table.ts';
import type { Records } from '../aws/services.ts';
import { Conflict } from '../domain/errors.ts';
import { type RestorePlan, targetKey } from '../domain/restore-request.ts';

/** A lock is taken a moment before its restore's record is written; one without a record is void after this. */
const RECORD_GRACE_MS = 60_000;

/**
 * Takes the target's lock for a restore; taking it again for the same one is fine.
 * @throws Conflict naming the restore that holds it.
 */
export async function takeTarget(records: Records, restoreId: string, plan: RestorePlan, now: Date): Promise<void> {
  const lock = { target: targetKey(plan), restore_id: restoreId, taken_at: now.toISOString() };
  if (await records.locks.take(lock)) return;
  const held = await records.locks.get(lock.target);
  if (held !== undefined && (await isVoid(records, held, now))) {
    if (await records.locks.take(lock, held.restore_id)) return;
  }
  throw taken(plan, held);
}

/** What a restore into this target would be refused with now: somebody else's has it. Takes nothing. */
export async function refusalOfTaken(records: Records, plan: RestorePlan, now: Date): Promise<Conflict | undefined> {
  const held = await records.locks.get(targetKey(plan));
  return held === undefined || (await isVoid(records, held, now)) ? undefined : taken(plan, held);
}

async function isVoid(records: Records, held: Lock, now: Date): Promise<boolean> {
  const holder = await records.restores.get(held.restore_id);
  return holder ? holder.status !== 'running' : now.getTime() - Date.parse(held.taken_at) > RECORD_GRACE_MS;
}

function taken({ database, target }: RestorePlan, held: Lock | undefined): Conflict {
  return new Conflict(
    `restore ${held?.restore_id ?? 'another one'} is writing to database ${database} of ${target.name}`,
    { hint: 'Wait until it has ended, or restore into another database with target_database.' },
  );
}

/** Whether the restore still holds its target: the container asks before its first write. */
export async function holdsTarget(records: Records, restoreId: string, plan: RestorePlan): Promise<boolean> {
  const held = await records.locks.get(targetKey(plan));
  const restore = await records.restores.get(restoreId);
  return held?.restore_id === restoreId && restore?.status === 'running';
}
