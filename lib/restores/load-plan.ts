import type { Records } from '../aws/services.ts';
import type { Restore } from '../domain/records.ts';
import { planOfRestore, type RestorePlan } from '../domain/restore-request.ts';
import { readNamed } from './admit-restore.ts';

/**
 * The plan of a restore's record, according to the current records.
 * @throws NotFound, Conflict, Impossible
 */
export async function loadPlan(records: Records, restore: Restore): Promise<RestorePlan> {
  const { backup, target } = await readNamed(records, restore);
  return planOfRestore(restore, backup, target);
}
