/** How a scan, or an event about one object, interprets the objects in a bucket. */

import type { StorageProvider } from '../../connections/providers/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import type { StoredObject } from '../../storage/objects/list-objects.ts';
import { readKey } from '../catalogue/backup-key.ts';
import type { ConnectionFinder } from '../catalogue/connection-of-key.ts';
import { newBackup } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import type { Job } from './job.ts';

export type ScannedObject =
  | { kind: 'backup'; backup: Backup }
  /** The object isn't a backup from Jagad. */
  | { kind: 'foreign' }
  | { kind: 'skipped'; connectionName: string; reason: string };

/**
 * The backup that a key describes. The object isn't read, so the verification finds out whether it is encrypted. The
 * backup's time is when the object was stored: the time in the key is in the time zone of Jagad's host, which the key
 * doesn't name.
 */
export function scannedObject(
  { key, bytes, storedAt }: StoredObject,
  provider: Pick<StorageProvider, 'id'>,
  findConnection: ConnectionFinder,
  backupId: string,
): ScannedObject {
  const read = readKey(key);
  if (read === undefined) return { kind: 'foreign' };
  const { engine, readings } = read;
  const found = findConnection(readings);
  if ('problem' in found) return { kind: 'skipped', connectionName: found.connectionName, reason: found.problem };
  const { id: connection_id, name, db_type } = found.connection;
  if (engine !== null && !isMadeWith(db_type, engine)) {
    const reason = `its type is ${db_type}, but the backup was made with ${engine}`;
    return { kind: 'skipped', connectionName: name, reason };
  }
  const at = storedAt.toISOString();
  const backup = newBackup({
    ...{ id: backupId, connection_id, connection_source: 'key', db_type },
    database_name: found.database ?? name,
    engine,
    // only the end of its stream says whether a copy is full, so it is assumed to be incremental: then it isn't
    // restored alone
    backup_type: engine === null ? 'full' : 'incremental',
    storage_provider_id: provider.id,
    storage_path: key,
    object_bytes: bytes,
    completed_at: at,
    created_at: at,
  });
  return { kind: 'backup', backup };
}

/**
 * What an existing record lacks and the bucket shows. If the record's object is somewhere else, a copy of it shows
 * nothing.
 */
export function missingFromScan(
  known: Backup,
  { key, bytes }: Pick<StoredObject, 'key' | 'bytes'>,
  { id }: Pick<StorageProvider, 'id'>,
): Partial<Backup> {
  const { storage_path, storage_provider_id, object_bytes } = known;
  if (storage_path !== key || (storage_provider_id !== null && storage_provider_id !== id)) return {};
  return {
    ...(storage_provider_id === null ? { storage_provider_id: id } : {}),
    ...(object_bytes === null ? { object_bytes: bytes } : {}),
  };
}

/**
 * The maximum number of names in a job's list, each with a reason: a bucket may contain the backups of thousands of
 * servers that aren't registered.
 */
const MAX_SKIPPED_NAMES = 50;

/** The job's list with one more object added. */
export function withSkipped(skipped: Job['skipped'], name: string, reason: string): Job['skipped'] {
  const at = skipped.findIndex((one) => one.connection_name === name && one.reason === reason);
  const before = skipped[at];
  if (before !== undefined) return skipped.with(at, { ...before, objects: before.objects + 1 });
  if (skipped.length >= MAX_SKIPPED_NAMES) return skipped;
  return [...skipped, { connection_name: name, reason, objects: 1 }];
}
