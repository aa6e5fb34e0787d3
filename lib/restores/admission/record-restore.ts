import type { Backup } from '../../backups/model.ts';
import type { Readers } from '../../backups/tables.ts';
import type { Events } from '../../storage/event-publisher.ts';
import { restoreStatusChange } from '../events.ts';
import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';

/** What is needed to write a restore's record and announce it. */
export interface RestoreRecorder {
  records: Pick<RestoreTables, 'restores'> & Pick<Readers, 'backups'>;
  events: Events;
}

/**
 * Writes the record of a new restore, and sends its event. Nothing else creates one.
 * @returns the record; undefined if one with its id exists, which isn't changed.
 */
export async function insertRestore(
  { records, events }: RestoreRecorder,
  restore: Restore,
): Promise<Restore | undefined> {
  const backup = await backupOf(records, restore);
  const record = { ...restore, to_connection: restore.target_connection ?? backup?.connection_id };
  if (!(await records.restores.insert(record))) return undefined;
  await events.publish(restoreStatusChange(record, backup ?? null));
  return record;
}

/** Announces a restore's status. Never throws, because the change itself has already happened. */
export async function announceRestore({ records, events }: RestoreRecorder, restore: Restore): Promise<void> {
  await events.publish(restoreStatusChange(restore, (await backupOf(records, restore)) ?? null));
}

function backupOf({ backups }: Pick<Readers, 'backups'>, { backup_id }: Restore): Promise<Backup | undefined> {
  return backups.get(backup_id).catch(() => undefined);
}
