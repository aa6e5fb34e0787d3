/** What an import makes of one of Jagad's backups, and of the record that may be there already. */
import type { z } from 'zod';
import { stanzaName } from '../physical/stanza.ts';
import type { Backup, Connection } from '../records.ts';
import type { jagadBackup } from '../requests/backups.ts';
import { cutLog } from '../restore-end.ts';
import { parseStoragePath } from '../storage-path.ts';
import { physicalKey, repositoryOf } from './backup-key.ts';
import { newBackup } from './new-backup.ts';

export type JagadBackup = z.output<typeof jagadBackup>;

/** Go's zero time is its way to say that there is none; an offset can lead out of the years that have four digits. */
const YEARS = { first: 1970, last: 9999 };

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
  const key = physicalKey(entry.storage_path);
  const engine = entry.engine || key?.engine || null;
  if (engine !== null && (engine === 'pgbackrest') !== (connection.db_type === 'postgresql')) {
    return { skipped: `it was made with ${engine}, and its connection is of type ${connection.db_type}` };
  }
  const stanza = engine === 'pgbackrest' ? entry.stanza || key?.database || null : null;
  if (stanza !== null && !stanzaName.safeParse(stanza).success) {
    return { skipped: `${JSON.stringify(stanza)} cannot be the name of a stanza` };
  }
  const database =
    // a whole server's, of which a stanza is the name
    stanza ??
    (entry.database_id && databaseNames.get(entry.database_id.toLowerCase())) ??
    path?.database ??
    key?.database ??
    key?.connectionName;
  if (!database) return { skipped: 'neither its database_id nor its storage_path tells which database it is of' };

  const started = time(entry.started_at);
  const completed = time(entry.completed_at);
  return newBackup({
    id: entry.id.toLowerCase(),
    connection_id: connection.id,
    database_name: database,
    db_type: connection.db_type,
    backup_type: entry.backup_type,
    engine,
    parent_id: (entry.parent_id || entry.parent_backup_id)?.toLowerCase() || null,
    label: entry.label || null,
    stanza,
    from_lsn: entry.from_lsn || null,
    to_lsn: entry.to_lsn || null,
    server_version: entry.server_version || null,
    status: entry.status,
    storage_provider_id: providerId,
    storage_path: repositoryOf(entry.storage_path) ?? entry.storage_path,
    size_bytes: entry.size_bytes ?? null,
    encryption_key_id: entry.encryption_key_id || null,
    checksum: entry.checksum || null,
    log_output: cutLog(entry.log_output ?? ''),
    started_at: started,
    completed_at: completed,
    created_at: time(entry.created_at) ?? started ?? completed ?? path?.takenAt.toISOString() ?? now.toISOString(),
  });
}

/** What is filled in where the record has nothing. */
const FILLED = [
  'storage_provider_id',
  'storage_path',
  'object_bytes',
  'size_bytes',
  'engine',
  'parent_id',
  'label',
  'stanza',
  'from_lsn',
  'to_lsn',
  'wal_start',
  'wal_stop',
  'server_version',
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
  // a scan takes a copy for an incremental one, as its key does not tell: who knows the backup does
  const isGuess = known.engine !== null && known.backup_type === 'incremental' && known.parent_id === null;
  if (isGuess && imported.backup_type === 'full') fields.backup_type = 'full';
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
  const year = at.getUTCFullYear();
  return year >= YEARS.first && year <= YEARS.last ? at.toISOString() : null;
}
