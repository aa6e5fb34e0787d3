import { contentsOf } from '../../pipeline/contents.ts';
import type { Backup } from '../model.ts';

/** A backup that enters the catalogue: unverified, and null for everything that is unknown. */
export function newBackup(
  known: Pick<
    Backup,
    'id' | 'connection_id' | 'connection_source' | 'database_name' | 'db_type' | 'storage_path' | 'created_at'
  > &
    Partial<Backup>,
): Backup {
  return {
    backup_type: 'full',
    engine: null,
    parent_id: null,
    label: null,
    stanza: null,
    from_lsn: null,
    to_lsn: null,
    wal_start: null,
    wal_stop: null,
    server_version: null,
    status: 'success',
    storage_provider_id: null,
    object_bytes: null,
    size_bytes: null,
    encryption_algo: null,
    encryption_key_id: null,
    checksum: null,
    verify_status: 'pending',
    verified_at: null,
    verify_error: null,
    verified_etag: null,
    verify_progress: null,
    verify_attempt: null,
    contents: null,
    contents_state: null,
    standing_check: null,
    would_restore: null,
    warnings: [],
    log_output: '',
    started_at: null,
    completed_at: null,
    ...known,
  };
}

/**
 * Whether a backup is verified when it enters the catalogue: full dumps and archives of Mariabackup and XtraBackup are.
 * A pgBackRest backup consists of many objects, which pgBackRest checks during a restore.
 */
export function awaitsVerification(
  backup: Pick<Backup, 'status' | 'backup_type' | 'engine' | 'verify_status'>,
): boolean {
  const contents = contentsOf(backup);
  const isOne = contents === 'archive' || (contents === 'dump' && backup.backup_type === 'full');
  return isOne && backup.status === 'success' && backup.verify_status === 'pending';
}
