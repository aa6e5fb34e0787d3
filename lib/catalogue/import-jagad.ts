import type { z } from 'zod';
import type { Records } from '../aws/services.ts';
import { repositoryOf } from '../domain/catalogue/backup-key.ts';
import { filling, importedBackup } from '../domain/catalogue/imported-backup.ts';
import { importedConnection } from '../domain/catalogue/imported-connection.ts';
import { awaitsVerification } from '../domain/catalogue/new-backup.ts';
import { backupsOfInfo } from '../domain/catalogue/pgbackrest-info.ts';
import { pgbackrestRecords } from '../domain/catalogue/pgbackrest-records.ts';
import { NotFound } from '../domain/errors.ts';
import type { Backup, Connection } from '../domain/records.ts';
import type { ImportAnswer, importBody } from '../domain/requests/backups.ts';
import { concurrently, WRITES_AT_ONCE } from './concurrently.ts';
import { idsOfLabels } from './ids-of-labels.ts';

export type ImportRequest = z.output<typeof importBody>;

export interface Imported extends Omit<ImportAnswer, 'verification_job'> {
  /** Whether there are backups to verify among what is new. */
  awaitVerification: boolean;
}

/** A call answers within 20 s. */
const IMPORT_MS = 14_000;

/**
 * Takes over Jagad's own lists. What is there stays as it is, and gets what it lacks: so it may be repeated, and goes on
 * where an import before ran out of time.
 * @param deadline a time in ms: what is not begun by then is left.
 * @throws NotFound for an unknown storage provider.
 */
export async function importJagad(
  records: Records,
  request: ImportRequest,
  now: Date,
  deadline = now.getTime() + IMPORT_MS,
): Promise<Imported> {
  if ((await records.storageProviders.get(request.storage_provider_id)) === undefined) {
    throw new NotFound('storage provider not found');
  }
  const connections = await importConnections(records, request, now);
  const result: Imported = {
    connections: connections.counts,
    backups: { created: 0, filled: 0, known: 0, left: 0 },
    skipped: [],
    awaitVerification: false,
  };
  const imported = new Map<string, Backup>();
  const names = databaseNames(request);
  for (const entry of request.backups) {
    const connection = connections.known.get(entry.connection_id.toLowerCase());
    const backup = importedBackup(entry, connection, names, request.storage_provider_id, now);
    if ('skipped' in backup) result.skipped.push({ id: entry.id, reason: backup.skipped });
    else if (imported.has(backup.id)) result.skipped.push({ id: entry.id, reason: 'it is listed twice' });
    else imported.set(backup.id, backup);
  }
  for (const list of request.pgbackrest_info) {
    const { connection_id } = list;
    const problem = await importInfo(
      records,
      list,
      connections.known.get(connection_id.toLowerCase()),
      request,
      imported,
    );
    if (problem !== undefined) result.skipped.push({ id: connection_id, reason: problem });
  }
  const known = await records.backups.getMany(imported.keys());
  await concurrently([...imported.values()], WRITES_AT_ONCE, async (backup) => {
    if (Date.now() > deadline) {
      result.backups.left++;
      return;
    }
    const { outcome, record, contradiction } = await write(records, known.get(backup.id), backup);
    result.backups[outcome]++;
    if (outcome !== 'known' && awaitsVerification(record)) result.awaitVerification = true;
    if (contradiction !== undefined) result.skipped.push({ id: backup.id, reason: contradiction });
  });
  return result;
}

async function importConnections(records: Records, request: ImportRequest, now: Date) {
  const counts = { created: 0, known: 0 };
  const byId = new Map(request.connections.map((entry) => [entry.id.toLowerCase(), importedConnection(entry, now)]));
  await concurrently([...byId.values()], WRITES_AT_ONCE, async (connection) => {
    counts[(await records.connections.insert(connection)) ? 'created' : 'known']++;
  });
  const named = [...request.backups, ...request.pgbackrest_info].map(({ connection_id }) =>
    connection_id.toLowerCase(),
  );
  return { counts, known: await records.connections.getMany(named) };
}

/**
 * Adds what pgBackRest tells of the backups in a repository to what is imported.
 * @returns why it is passed over.
 */
async function importInfo(
  records: Pick<Records, 'backups'>,
  { storage_path, info }: ImportRequest['pgbackrest_info'][number],
  connection: Connection | undefined,
  { storage_provider_id }: Pick<ImportRequest, 'storage_provider_id'>,
  imported: Map<string, Backup>,
): Promise<string | undefined> {
  if (connection === undefined) return `the connection of ${storage_path} is not known: import the connections too`;
  if (connection.db_type !== 'postgresql') return `the connection of ${storage_path} is of type ${connection.db_type}`;
  const path = repositoryOf(storage_path) ?? storage_path.replace(/\/+$/, '');
  for (const stanza of [info].flat()) {
    const repository = { connection, providerId: storage_provider_id, path, stanza: stanza.name };
    const idOf = await idsOfLabels(records, repository, imported.values());
    for (const backup of pgbackrestRecords(repository, backupsOfInfo(stanza), idOf)) {
      const jagads = imported.get(backup.id);
      imported.set(backup.id, jagads === undefined ? backup : { ...jagads, ...filling(jagads, backup).fields });
    }
  }
  return undefined;
}

/** The databases' names by their ids; these are the connections' own in Jagad's answer. */
function databaseNames({ connections }: ImportRequest): Map<string, string> {
  const databases = connections.flatMap((connection) => connection.databases ?? []);
  return new Map(databases.map(({ id, db_name }) => [id.toLowerCase(), db_name]));
}

interface Written {
  outcome: 'created' | 'filled' | 'known';
  record: Backup;
  contradiction?: string | undefined;
}

async function write(records: Records, known: Backup | undefined, backup: Backup): Promise<Written> {
  for (let before = known; ; before = await records.backups.get(backup.id)) {
    if (before === undefined) {
      if (await records.backups.insert(backup)) return { outcome: 'created', record: backup };
      continue; // somebody else was faster: look at theirs
    }
    const { fields, contradiction } = filling(before, backup);
    const record = { ...before, ...fields };
    if (Object.keys(fields).length === 0) return { outcome: 'known', record, contradiction };
    // only where it still lacks them: a verification may have written in between
    const lacking = Object.fromEntries(Object.keys(fields).map((field) => [field, before[field as keyof Backup]]));
    if (await records.backups.update(backup.id, fields, lacking)) return { outcome: 'filled', record, contradiction };
  }
}
