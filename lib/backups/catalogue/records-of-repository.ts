import { isInRepository } from '../../databases/physical-tools.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import type { RepositoryKey } from './backup-key.ts';

/** The records of the backups in a pgBackRest repository, whichever connection they belong to. */
export async function recordsOfRepository(
  records: Pick<BackupTables, 'backups'>,
  { path, stanza }: Pick<RepositoryKey, 'path' | 'stanza'>,
): Promise<Backup[]> {
  const found: Backup[] = [];
  for await (const backup of records.backups.all({ database_name: stanza })) {
    if (isInRepository(backup.engine) && backup.storage_path === path) found.push(backup);
  }
  return found;
}
