/** The event that reports a change in a backup's verification; docs/events.md has an example. */
import { told } from '../../errors/failure.ts';
import type { StatusChange } from '../../storage/bus-event.ts';
import type { Backup } from '../model.ts';

export const VERIFICATION_STATUS_CHANGE = 'Backup Verification Status Change';

export function verificationStatusChange(backup: Backup): StatusChange {
  const { id: backup_id, connection_id, database_name, db_type, storage_path, verified_at } = backup;
  return {
    detailType: VERIFICATION_STATUS_CHANGE,
    detail: {
      ...{ backup_id, connection_id, database: database_name, db_type, storage_path },
      ...{ status: backup.verify_status, verified_at, error: backup.verify_error },
      contents_findings: backup.contents?.findings ?? [],
      attempt: backup.verify_attempt && { ...backup.verify_attempt, error: told(backup.verify_attempt.error) },
    },
  };
}
