import { Conflict } from '../errors/errors.ts';
import type { RecoveryPlan } from './model.ts';
import type { PlanTables } from './tables.ts';

/**
 * A lock is taken just before its run's record is written. If there is still no record after this time, the lock is
 * void.
 */
const RECORD_GRACE_MS = 60_000;

/**
 * Makes sure that a plan has only one run at a time. The same run may take it again.
 * @throws Conflict that names the run that has it.
 */
export async function takePlan(
  records: Pick<PlanTables, 'locks' | 'planRuns'>,
  { id, name }: RecoveryPlan,
  runId: string,
  now: Date,
): Promise<void> {
  // the table calls the holder a restore, because most holders are
  const lock = { target: `plan:${id}`, restore_id: runId, taken_at: now.toISOString() };
  if (await records.locks.take(lock)) return;
  const held = await records.locks.get(lock.target);
  if (held !== undefined) {
    const holder = await records.planRuns.get(held.restore_id);
    const isVoid = holder ? holder.status !== 'running' : now.getTime() - Date.parse(held.taken_at) > RECORD_GRACE_MS;
    if (isVoid && (await records.locks.take(lock, held.restore_id))) return;
  }
  throw new Conflict(`run ${held?.restore_id ?? 'another one'} of the plan ${name} is under way`, {
    hint: 'Wait until it has ended, or cancel it.',
  });
}
