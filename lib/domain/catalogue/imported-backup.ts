/** What an import makes of one of Jagad's backups, and of the record that may be there already. */
import type { z } from 'zod';
import type { Backup, Connection } from '../records.ts';
import type { jagadBackup } from '../requests/backups.ts';
import { parseStoragePath } from '../storage-path.ts';
import { incrementalKey } from './backup-key.ts';
import { newBackup } from './new-backup.ts';

export type JagadBackup = z.output<typeof jagadBackup>;

/** Go's zero time is its way to say that there is none. */
const FIRST_YEAR = 1970;

/**
 * One of Jagad's backups as one of ours, or why it is passed over.
 * @param databaseNames of the import’s connections, by the databases’ ids in lower case.
 */
export function importedBackup(
  entry: JagadBackup,
  connection: Connection | undefined,
  databaseNames: ReadonlyMap<string, string>,
  providerId: string,
  now: Date,
): Backup | { skipped: string } {
  if (connection === undefined) {
    return { skipped: `its connection ${entry.connection_id} is not known: import the connections too` };
  }
  const path = parseStoragePath(entry.storage_path);
  const database =
    (entry.database_id && databaseNames.get(entry.database_id.toLowerCase())) ??
    path?.database ??
    incrementalKey(entry.storage_path)?.database;
  if (!database) return { skipped: 'neither its database_id nor its storage_path tells which database it is of' };

  const started = time(entry.started_at);
  const completed = time(entry.completed_at);
  return newBackup({
    id: entry.id.toLowerCase(),
    connection_id: connection.id,
    database_name: database,
    db_type: connection.db_type,
    backup_type: entry.backup_type,
    status: entry.status,
    storage_provider_id: providerId,
    storage_path: entry.storage_path,
    size_bytes: entry.size_bytes ?? null,
    encryption_key_id: entry.encryption_key_id || null,
    checksum: entry.checksum || null,
    log_output: entry.log_output ?? '',
    started_at: started,
    completed_at: completed,
    created_at: time(entry.created_at) ?? started ?? completed ?? path?.takenAt.toISOString() ?? now.toISOString(),
  });
}

/** What is filled in where the record has nothing. */
const FILLED = [
  'storage_provider_id',
  'storage_path',
  'size_bytes',
  'encryption_key_id',
  'checksum',
  'log_output',
  'started_at',
  'completed_at',
] as const satisfies (keyof Backup)[];

export interface Filling {
  /** What the record lacks; empty where it lacks nothing. */
  fields: Partial<Backup>;
  /** Where Jagad's word stands against what the object was found to be. */
  contradiction?: string;
}

/** What an import adds to a record that is there. What the record has stays as it is, above all what was verified. */
export function filling(known: Backup, imported: Backup): Filling {
  const entries = FILLED.map((field) => [field, imported[field], known[field]] as const)
    .filter(([, now, before]) => (before === null || before === '') && now !== null && now !== '')
    .map(([field, now]) => [field, now]);
  const fields: Partial<Backup> = Object.fromEntries(entries);
  // it was imported while it ran
  if (known.status === 'running' && imported.status !== 'running') fields.status = imported.status;
  const differs = known.checksum !== null && imported.checksum !== null && known.checksum !== imported.checksum;
  if (!differs) return { fields };
  return {
    fields,
    contradiction: `Jagad's checksum ${imported.checksum} is not the record's ${known.checksum}, which stays: the object may not be the one that Jagad wrote`,
  };
}

function time(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < FIRST_YEAR ? null : at.toISOString();
}
