import type { Restore } from '../../api/records.ts';
import type { Records } from '../../api/services.ts';
import { planOfRestore, type RestorePlan } from '../request.ts';
import { readNamed } from './admit-restore.ts';

/** The plan of a restore's record, as the records are now. @throws NotFound, Conflict, Impossible */
export async function loadPlan(records: Records, restore: Restore): Promise<RestorePlan> {
  const { backup, target } = await readNamed(records, restore);
  return planOfRestore(restore, backup, target);
}
