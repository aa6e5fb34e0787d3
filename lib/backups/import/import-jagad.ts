import { jagadBackup, jagadConnection } from '../jagad/records.ts';
import type { ImportAnswer, ImportRequest } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import { importConnections } from './import-connections.ts';
import { importProviders } from './import-providers.ts';
import { readBackups } from './read-backups.ts';
import { Said } from './said.ts';
import { warnOfDropped, writeBackups } from './write-backups.ts';

export interface Imported extends Omit<ImportAnswer, 'verification_job'> {
  /** The storage providers with new backups to verify. */
  toVerify: string[];
}

/** A call answers within 20 s. */
const IMPORT_MS = 14_000;

/**
 * Imports Jagad's own lists. Existing records are completed, and what a scan guessed is corrected. So an import may be
 * repeated, and then continues where an earlier one ran out of time.
 * @param deadline a time in ms: work that hasn't begun by then is left for the next call.
 * @throws NotFound if the request names a storage provider of ours that doesn't exist.
 */
export async function importJagad(
  records: BackupTables,
  request: ImportRequest,
  now: Date,
  deadline = now.getTime() + IMPORT_MS,
): Promise<Imported> {
  const said = new Said();
  const list = said.readable(jagadConnection, request.connections);
  const entries = said.readable(jagadBackup, request.backups);
  const providers = await importProviders(records, request, entries, said, now);
  const named = [...entries, ...request.pgbackrest_info].map((one) => one.connection_id.toLowerCase());
  const servers = await importConnections(records, list, named, said, now);
  const found = await readBackups(records, request, entries, servers, providers, said, now);
  const nameOf = (field: string, id: string) =>
    field === 'connection_id' ? servers.connections.get(id)?.name : providers.names.get(id);
  const { counts, toVerify } = await writeBackups(records, found, nameOf, said, deadline);
  if (request.listed_ids && counts.left === 0) {
    await warnOfDropped(records, servers.connections.keys(), request.listed_ids, said);
  }
  return {
    storage_providers: providers.counts,
    connections: servers.counts,
    backups: counts,
    skipped: said.skipped,
    warnings: said.warnings,
    toVerify: [...toVerify].filter((id) => !providers.unreadable.has(id)),
  };
}
