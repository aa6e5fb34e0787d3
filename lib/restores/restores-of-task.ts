import type { Records } from '../aws/services.ts';
import type { Restore } from '../domain/records.ts';

/** A restore, and behind it the others that the same task does; none where it is not there. */
export async function restoresOfTask(records: Pick<Records, 'restores'>, restoreId: string): Promise<Restore[]> {
  const restore = await records.restores.get(restoreId);
  if (restore === undefined) return [];
  const others = restore.recovery?.restore_ids.filter((id) => id !== restoreId) ?? [];
  const found = await Promise.all(others.map((id) => records.restores.get(id)));
  return [restore, ...found.filter((one) => one !== undefined)];
}
