/** What a scan, or the news of one object, makes of what lies in a bucket. */
import type { Backup, Job, StorageProvider } from '../records.ts';
import { parseStoragePath } from '../storage-path.ts';
import type { NamedConnection } from './connection-by-name.ts';
import { newBackup } from './new-backup.ts';

export interface StoredObject {
  key: string;
  bytes: number;
}

export type ScannedObject =
  | { kind: 'backup'; backup: Backup }
  /** No full backup of Jagad's. */
  | { kind: 'foreign' }
  | { kind: 'skipped'; connectionName: string; reason: string };

/**
 * A backup, as far as its key tells: its first bytes are not read, so what it is encrypted with comes with its verification.
 * @param backupId gives the id that a key's backup has.
 */
export function scannedObject(
  { key, bytes }: StoredObject,
  provider: Pick<StorageProvider, 'id'>,
  connectionNamed: (name: string) => NamedConnection,
  backupId: (key: string) => string,
): ScannedObject {
  const path = parseStoragePath(key);
  if (path === undefined) return { kind: 'foreign' };
  const { connectionName, database, takenAt } = path;
  const found = connectionNamed(connectionName);
  if ('problem' in found) return { kind: 'skipped', connectionName, reason: found.problem };
  const at = takenAt.toISOString();
  const backup = newBackup({
    id: backupId(key),
    connection_id: found.connection.id,
    database_name: database,
    db_type: found.connection.db_type,
    storage_provider_id: provider.id,
    storage_path: key,
    object_bytes: bytes,
    completed_at: at,
    created_at: at,
  });
  return { kind: 'backup', backup };
}

/** What a record that is there lacks and the bucket tells. A copy of it elsewhere in the bucket tells nothing. */
export function missingFromScan(known: Backup, scanned: Backup): Partial<Backup> {
  const isIt = known.storage_path === scanned.storage_path;
  return isIt && known.object_bytes === null ? { object_bytes: scanned.object_bytes } : {};
}

/** So many names are listed: a bucket may hold the backups of thousands of servers that are not registered. */
const MAX_SKIPPED_NAMES = 50;

/** The job's list with one more object on it. */
export function withSkipped(skipped: Job['skipped'], name: string, reason: string): Job['skipped'] {
  const at = skipped.findIndex(({ connection_name }) => connection_name === name);
  const before = skipped[at];
  if (before !== undefined) return skipped.with(at, { ...before, objects: before.objects + 1 });
  if (skipped.length >= MAX_SKIPPED_NAMES) return skipped;
  return [...skipped, { connection_name: name, reason, objects: 1 }];
}
