/** The event for a changed result of a backup's standing check; docs/events.md has an example. */
import type { Backup } from '../../backups/model.ts';
import type { StatusChange } from '../../storage/bus-event.ts';

export const STANDING_CHECK_CHANGE = 'Backup Standing Check Change';

/**
 * @param before the previous check's result for the backup of this database that was the newest one then; null if there
 * was none
 */
export function standingCheckChange(backup: Backup, before: Backup['would_restore']): StatusChange {
  const { id: backup_id, connection_id, database_name, db_type, would_restore, standing_check } = backup;
  return {
    detailType: STANDING_CHECK_CHANGE,
    detail: {
      ...{ backup_id, connection_id, database: database_name, db_type },
      ...{ would_restore, before, at: standing_check?.at ?? null, reasons: standing_check?.reasons ?? [] },
    },
  };
}
