/** The records of a repository's backups. */
import type { Backup, Connection } from '../records.ts';
import { newBackup } from './new-backup.ts';
import type { PgBackRestBackup } from './pgbackrest-info.ts';

/** Where backups of pgBackRest lie, and of what they are. */
export interface Repository {
  connection: Pick<Connection, 'id' | 'db_type'>;
  providerId: string;
  /** `pgbackrest/<connection>/<stanza>` */
  path: string;
  stanza: string;
}

/** @param idOf gives the id of the backup with a label. */
export function pgbackrestRecords(
  { connection, providerId, path, stanza }: Repository,
  backups: readonly PgBackRestBackup[],
  idOf: (label: string) => string,
): Backup[] {
  return backups.map((one) =>
    newBackup({
      id: idOf(one.label),
      connection_id: connection.id,
      database_name: stanza,
      db_type: connection.db_type,
      backup_type: one.isFull ? 'full' : 'incremental',
      engine: 'pgbackrest',
      parent_id: one.prior === null ? null : idOf(one.prior),
      label: one.label,
      stanza,
      from_lsn: one.lsnStart,
      to_lsn: one.lsnStop,
      wal_start: one.walStart,
      wal_stop: one.walStop,
      server_version: one.version,
      status: one.hasErrors ? 'failed' : 'success',
      storage_provider_id: providerId,
      storage_path: path,
      object_bytes: one.repositoryBytes,
      size_bytes: one.serverBytes,
      started_at: one.startedAt.toISOString(),
      completed_at: one.completedAt.toISOString(),
      created_at: one.completedAt.toISOString(),
    }),
  );
}
