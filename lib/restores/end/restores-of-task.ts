import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';

/** A restore, followed by the others that the same task runs. Empty if the restore doesn't exist. */
export async function restoresOfTask(records: Pick<RestoreTables, 'restores'>, restoreId: string): Promise<Restore[]> {
  const restore = await records.restores.get(restoreId);
  if (restore === undefined) return [];
  const others = restore.recovery?.restore_ids.filter((id) => id !== restoreId) ?? [];
  const found = await Promise.all(others.map((id) => records.restores.get(id)));
  return [restore, ...found.filter((one) => one !== undefined)];
}
