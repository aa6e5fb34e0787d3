/** How an import converts one of Jagad's backups. */

import type { Connection } from '../../connections/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';
import { cutLog } from '../../telemetry/cut-log.ts';
import { engineOfKey, readKey, repositoryAt, repositoryOfRecord } from '../catalogue/backup-key.ts';
import type { Corrected } from '../catalogue/filling.ts';
import { newBackup } from '../catalogue/new-backup.ts';
import type { JagadBackup } from '../jagad/records.ts';
import type { Backup } from '../model.ts';

/** Go writes its zero time for "no time". With an offset, a time may fall outside the years with four digits. */
const YEARS = { first: 1970, last: 9999 };

export interface ImportedBackup {
  backup: Backup;
  /** The fields that Jagad's record gives. The others are read from its path, or are unknown. */
  told: Corrected[];
}

/**
 * Converts one of Jagad's backups into one of ours, or says why it is skipped.
 * @param databaseNames of the import's connections, by the databases' ids in lower case.
 * @param providerId null if the record names no storage provider.
 */
export function importedBackup(
  entry: JagadBackup,
  connection: Connection | undefined,
  databaseNames: ReadonlyMap<string, string>,
  providerId: string | null,
  now: Date,
): ImportedBackup | { skipped: string } {
  if (connection === undefined) {
    return { skipped: `its connection ${entry.connection_id} is not known: import the connections too` };
  }
  const repository = isMadeWith(connection.db_type, 'pgbackrest') ? repositoryOf(entry) : undefined;
  const engine = entry.engine || (repository ? 'pgbackrest' : engineOfKey(entry.storage_path)) || null;
  if (engine !== null && !isMadeWith(connection.db_type, engine)) {
    return { skipped: `it was made with ${engine}, and its connection is of type ${connection.db_type}` };
  }
  const stanza = isInRepository(engine) ? entry.stanza || repository?.stanza || null : null;
  if (stanza !== null && !stanzaName.safeParse(stanza).success) {
    return { skipped: `${JSON.stringify(stanza)} cannot be the name of a stanza` };
  }
  const byId = entry.database_id ? databaseNames.get(entry.database_id.toLowerCase()) : undefined;
  // the backup of a whole server is named after its stanza
  const database = stanza ?? byId ?? databaseOfKey(entry.storage_path, connection);
  if (!database) return { skipped: 'neither its database_id nor its storage_path says which database it belongs to' };

  const [created, started, completed] = [entry.created_at, entry.started_at, entry.completed_at].map(time);
  const backup = newBackup({
    id: entry.id.toLowerCase(),
    connection_id: connection.id,
    connection_source: 'jagad',
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
    storage_path: repository?.path ?? entry.storage_path,
    size_bytes: entry.size_bytes ?? null,
    encryption_algo: isEncrypted(entry, engine) ? 'AES-256-GCM' : null,
    encryption_key_id: entry.encryption_key_id || null,
    checksum: entry.checksum || null,
    log_output: cutLog(entry.log_output ?? ''),
    started_at: started ?? null,
    completed_at: completed ?? null,
    created_at: created ?? started ?? completed ?? (readKey(entry.storage_path)?.takenAt ?? now).toISOString(),
  });
  const told: Corrected[] = ['connection_id', 'status', 'storage_path', 'started_at', 'completed_at'];
  if (byId !== undefined && stanza === null) told.push('database_name');
  if (entry.storage_provider_id) told.push('storage_provider_id');
  if (created) told.push('created_at');
  return { backup, told };
}

/** The pgBackRest repository that contains the backup, if its path says so. */
function repositoryOf({ storage_path }: JagadBackup) {
  return repositoryAt(storage_path) ?? repositoryOfRecord(storage_path);
}

/**
 * Jagad never says whether a dump is encrypted, but it only stores a checksum if it is. If a record says so itself, as
 * records from other tools may, that counts.
 */
function isEncrypted(
  { encryption_algo, checksum }: Pick<JagadBackup, 'encryption_algo' | 'checksum'>,
  engine: Backup['engine'],
): boolean {
  if (encryption_algo !== undefined) return !!encryption_algo;
  return engine === null && !!checksum;
}

/**
 * The database that a key names. If the key can be read in several ways, it is the one with the connection's own name.
 */
function databaseOfKey(storagePath: string, { name }: Connection): string | undefined {
  const [first, ...others] = readKey(storagePath)?.readings ?? [];
  if (first === undefined) return undefined;
  const reading = [first, ...others].find(({ connectionName }) => connectionName === name);
  if (reading === undefined && others.length > 0) return undefined;
  const { database, connectionName } = reading ?? first;
  return database ?? connectionName;
}

function time(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const at = new Date(text);
  const year = at.getUTCFullYear();
  return year >= YEARS.first && year <= YEARS.last ? at.toISOString() : null;
}
