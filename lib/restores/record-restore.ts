import type { Recorder } from '../aws/services.ts';
import { restoreStatusChange } from '../domain/events.ts';
import type { Restore } from '../domain/records.ts';

/**
 * Writes the record of a new restore, and tells others: the one place where a restore enters.
 * @returns false where there is one of its id, which stays as it is.
 */
export async function insertRestore(recorder: Recorder, restore: Restore): Promise<boolean> {
  if (!(await recorder.records.restores.insert(restore))) return false;
  await announceRestore(recorder, restore);
  return true;
}

/** Tells others how a restore stands. Never throws: what is told has happened. */
export async function announceRestore({ records, events }: Recorder, restore: Restore): Promise<void> {
  const backup = await records.backups.get(restore.backup_id).catch(() => undefined);
  await events.publish(restoreStatusChange(restore, backup ?? null));
}
