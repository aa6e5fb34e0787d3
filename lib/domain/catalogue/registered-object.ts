/** What becomes of an object that somebody registers as a backup. */
import type { z } from 'zod';
import { Impossible } from '../errors.ts';
import { objectKind } from '../jagad-frames.ts';
import type { Backup, Connection, StorageProvider } from '../records.ts';
import type { newBackupBody } from '../requests/backups.ts';
import { parseStoragePath } from '../storage-path.ts';
import { physicalKey } from './backup-key.ts';
import { newBackup } from './new-backup.ts';

export type RegisterRequest = z.output<typeof newBackupBody>;

/** What was found where the request says. */
export interface FoundObject {
  bytes: number;
  /** Its first bytes, 32 at the most. */
  head: Buffer;
  /** When it was stored, where the store says so. */
  storedAt: Date | undefined;
}

/** @throws Impossible where the key is one of a physical backup. */
export function refusePhysical(key: string): void {
  const physical = physicalKey(key);
  if (physical === undefined) return;
  throw new Impossible(`${key} belongs to a physical backup, made with ${physical.engine}`, {
    hint: 'Only dumps can be registered one by one; a scan of the bucket, or an import, takes physical backups too.',
  });
}

/**
 * The record of a registered object.
 * @throws Impossible where it is no backup, or nobody says of which database.
 */
export function registeredObject(
  backupId: string,
  request: RegisterRequest,
  connection: Connection,
  provider: Pick<StorageProvider, 'id'>,
  object: FoundObject,
  now: Date,
): Backup {
  const { storage_path } = request;
  const kind = objectKind(object.head);
  if (kind === 'unknown') {
    throw new Impossible(`${storage_path} is no Jagad backup: it is neither gzip nor encrypted by Jagad`, {
      hint: 'Check that the storage path names a dump.',
    });
  }
  const path = parseStoragePath(storage_path);
  const database = request.database_name ?? path?.database;
  if (database === undefined) {
    throw new Impossible(`${storage_path} does not tell which database it is of`, { hint: 'Give database_name.' });
  }
  const given = request.completed_at ? new Date(request.completed_at) : undefined;
  const at = (given ?? path?.takenAt ?? object.storedAt ?? now).toISOString();
  return newBackup({
    id: backupId,
    connection_id: connection.id,
    database_name: database,
    db_type: connection.db_type,
    storage_provider_id: provider.id,
    storage_path,
    object_bytes: object.bytes,
    size_bytes: request.size_bytes ?? null,
    encryption_algo: kind === 'encrypted' ? 'AES-256-GCM' : null,
    encryption_key_id: request.encryption_key_id ?? null,
    checksum: request.checksum ?? null,
    completed_at: at,
    created_at: at,
  });
}
