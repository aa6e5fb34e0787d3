/** What a scan, or the news of one object, makes of what lies in a bucket. */
import type { Backup, Job, StorageProvider } from '../records.ts';
import { parseStoragePath } from '../storage-path.ts';
import { innodbCopyTakenAt, physicalKey } from './backup-key.ts';
import type { NamedConnection } from './connection-by-name.ts';
import { newBackup } from './new-backup.ts';

export interface StoredObject {
  key: string;
  bytes: number;
}

export type ScannedObject =
  | { kind: 'backup'; backup: Backup }
  /** No backup of Jagad's. */
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
  const told = toldBy(key);
  if (told === undefined) return { kind: 'foreign' };
  const { connectionName, takenAt, ...fields } = told;
  const found = connectionNamed(connectionName);
  if ('problem' in found) return { kind: 'skipped', connectionName, reason: found.problem };
  const { id: connection_id, db_type } = found.connection;
  if (told.engine && db_type === 'postgresql') {
    return {
      kind: 'skipped',
      connectionName,
      reason: `it is of type postgresql, and no backup of it is made with ${told.engine}`,
    };
  }
  const at = takenAt.toISOString();
  const backup = newBackup({
    ...{ id: backupId(key), connection_id, db_type, ...fields },
    storage_provider_id: provider.id,
    storage_path: key,
    object_bytes: bytes,
    completed_at: at,
    created_at: at,
  });
  return { kind: 'backup', backup };
}

type Told = { connectionName: string; takenAt: Date } & Pick<Backup, 'database_name'> &
  Partial<Pick<Backup, 'backup_type' | 'engine'>>;

/** What the key of a dump, or of a copy of InnoDB's files, says. */
function toldBy(key: string): Told | undefined {
  const dump = parseStoragePath(key);
  if (dump) return { connectionName: dump.connectionName, database_name: dump.database, takenAt: dump.takenAt };
  const copy = physicalKey(key);
  const takenAt = innodbCopyTakenAt(key);
  if (copy === undefined || takenAt === undefined) return undefined;
  const { engine, connectionName, database } = copy;
  // whether it is full stands at the end of its stream: taken for one that goes on from another, it is not restored alone
  return { connectionName, takenAt, database_name: database ?? connectionName, engine, backup_type: 'incremental' };
}

/** What a record that is there lacks and the bucket tells. A copy of it elsewhere in the bucket tells nothing. */
export function missingFromScan(known: Backup, scanned: Backup): Partial<Backup> {
  const isIt = known.storage_path === scanned.storage_path;
  return isIt && known.object_bytes === null ? { object_bytes: scanned.object_bytes } : {};
}

/** So many names, with a reason each, are listed: a bucket may hold the backups of thousands of servers that are not registered. */
const MAX_SKIPPED_NAMES = 50;

/** The job's list with one more object on it. */
export function withSkipped(skipped: Job['skipped'], name: string, reason: string): Job['skipped'] {
  const at = skipped.findIndex((one) => one.connection_name === name && one.reason === reason);
  const before = skipped[at];
  if (before !== undefined) return skipped.with(at, { ...before, objects: before.objects + 1 });
  if (skipped.length >= MAX_SKIPPED_NAMES) return skipped;
  return [...skipped, { connection_name: name, reason, objects: 1 }];
}
