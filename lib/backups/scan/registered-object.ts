/** How an object becomes a backup if a user registers it. */
import type { z } from 'zod';
import type { Connection } from '../../connections/model.ts';
import type { StorageProvider } from '../../connections/providers/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import { Impossible } from '../../errors/errors.ts';
import { notABackup, objectKind } from '../../formats/jagad-frames.ts';
import { engineOfKey } from '../catalogue/backup-key.ts';
import { newBackup } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import type { newBackupBody } from '../schemas.ts';

export type RegisterRequest = z.output<typeof newBackupBody>;

/** What was found at the requested path. */
export interface FoundObject {
  bytes: number;
  /** Its first bytes, at most 32. */
  head: Buffer;
  /** When it was stored, if the store says so. */
  storedAt: Date | undefined;
}

/** The connection to register an object under, and what the key says about the database. */
export interface RegisteredConnection {
  connection: Connection;
  source: Backup['connection_source'];
  database: string | undefined;
}

/** @throws Impossible for a key in a pgBackRest repository, whose backups consist of many objects. */
export function refuseRepository(key: string): void {
  if (!isInRepository(engineOfKey(key))) return;
  throw new Impossible(`${key} is part of a pgBackRest repository, whose backups are many objects`, {
    hint: 'Scan the bucket, or import them.',
  });
}

/**
 * The record of a registered object.
 * @throws Impossible if it isn't a backup, or if nothing says which database it contains.
 */
export function registeredObject(
  backupId: string,
  request: RegisterRequest,
  { connection, source, database: keyDatabase }: RegisteredConnection,
  provider: Pick<StorageProvider, 'id'>,
  object: FoundObject,
  now: Date,
): Backup {
  const { storage_path } = request;
  const kind = objectKind(object.head);
  if (kind !== 'compressed' && kind !== 'encrypted') {
    const { message, hint } = notABackup(
      kind,
      'Check that the storage path names a dump, or a copy made with Mariabackup or XtraBackup.',
    );
    throw new Impossible(`${storage_path} ${message}`, { hint });
  }
  const engine = engineOfKey(storage_path) ?? null;
  if (engine !== null && !isMadeWith(connection.db_type, engine)) {
    throw new Impossible(
      `${storage_path} was made with ${engine}, and its connection is of type ${connection.db_type}`,
      {
        hint: 'Give the connection_id of the MariaDB or MySQL server that it comes from.',
      },
    );
  }
  const database = request.database_name ?? keyDatabase ?? (engine === null ? undefined : connection.name);
  if (database === undefined) {
    throw new Impossible(`${storage_path} does not say which database it belongs to`, { hint: 'Give database_name.' });
  }
  const given = request.completed_at ? new Date(request.completed_at) : undefined;
  const at = (given ?? object.storedAt ?? now).toISOString();
  return newBackup({
    id: backupId,
    connection_id: connection.id,
    connection_source: source,
    database_name: database,
    db_type: connection.db_type,
    engine,
    // the verification reads whether a copy is full
    backup_type: engine === null ? 'full' : 'incremental',
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
