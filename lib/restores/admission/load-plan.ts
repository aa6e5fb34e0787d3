import type { Restore } from '../model.ts';
import { planOfRestore, type RestorePlan } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import { readNamed } from './admit-restore.ts';

/**
 * Plans a restore again from the current records of its backup and target.
 * @throws NotFound, Conflict, Impossible
 */
export async function loadPlan(records: RestoreTables, restore: Restore): Promise<RestorePlan> {
  const { backup, target } = await readNamed(records, restore);
  return planOfRestore(restore, backup, target);
}
