import { type BackupPick, fitsPick, type NewestPick, nothingPicked } from '../../backups/backup-pick.ts';
import type { Backup } from '../../backups/model.ts';
import { orNotFound } from '../../errors/not-found.ts';
import type { RestoreTables } from '../tables.ts';

const PAGE = 50;

/**
 * Finds the backup that a pick currently refers to.
 * @throws NotFound
 */
export async function pickBackup(
  records: { backups: RestoreTables['backups'] },
  { connection_id, database }: { connection_id: string; database: string },
  choice: BackupPick,
): Promise<Backup> {
  if (choice.kind === 'backup') {
    return orNotFound(await records.backups.get(choice.backup_id), 'backup');
  }
  return newest(records, { connection_id, database_name: database }, choice);
}

async function newest(
  records: { backups: RestoreTables['backups'] },
  filters: { connection_id: string; database_name: string },
  choice: NewestPick,
): Promise<Backup> {
  const until = choice.kind === 'newest_before' ? choice.time : undefined;
  let cursor: string | undefined;
  do {
    const page = await records.backups.list({ ...filters, status: 'success' }, { limit: PAGE, until, cursor });
    for (const { id } of page.records.filter((backup) => fitsPick(choice, backup))) {
      // the index lags slightly behind the table
      const backup = await records.backups.get(id);
      if (backup !== undefined && fitsPick(choice, backup)) return backup;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  throw nothingPicked(choice, filters.database_name);
}
