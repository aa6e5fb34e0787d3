import type { Restore } from '../model.ts';
import { planOfRestore, type RestorePlan } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import { readNamed } from './admit-restore.ts';

/**
 * The plan of a restore's record, according to the current records.
 * @throws NotFound, Conflict, Impossible
 */
export async function loadPlan(records: RestoreTables, restore: Restore): Promise<RestorePlan> {
  const { backup, target } = await readNamed(records, restore);
  return planOfRestore(restore, backup, target);
}
