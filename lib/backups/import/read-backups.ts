/** Converts the backups of an import's request into records of ours that haven't been written yet. */

import type { Connection } from '../../connections/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import { pgbackrestBackupId } from '../catalogue/backup-id.ts';
import { repositoryAt } from '../catalogue/backup-key.ts';
import { filling } from '../catalogue/filling.ts';
import { idsOfSets, isMadeDuring, pgbackrestRecords } from '../catalogue/pgbackrest-records.ts';
import { recordsOfRepository } from '../catalogue/records-of-repository.ts';
import { backupsOfInfo } from '../catalogue/repository-info.ts';
import type { JagadBackup } from '../jagad/records.ts';
import type { Backup } from '../model.ts';
import { isBeforeChange } from '../own-server.ts';
import type { ImportRequest } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import type { ImportedConnections } from './import-connections.ts';
import type { ImportedProviders } from './import-providers.ts';
import { type ImportedBackup, importedBackup } from './imported-backup.ts';
import type { Said } from './said.ts';

/** A backup that has been running for longer than this was usually killed. */
const LONG_RUNNING_MS = 24 * 60 * 60_000;

type Found = Map<string, ImportedBackup>;
/** The existing records of a pgBackRest repository, each read once. */
type Repositories = (path: string, stanza: string) => Promise<Backup[]>;

/** @returns the backups without duplicates. */
export async function readBackups(
  records: Pick<BackupTables, 'backups'>,
  request: ImportRequest,
  entries: readonly JagadBackup[],
  { connections, databaseNames }: ImportedConnections,
  { find: findProvider }: ImportedProviders,
  said: Said,
  now: Date,
): Promise<ImportedBackup[]> {
  const found: Found = new Map();
  const repositories = repositoriesOf(records);
  for (const entry of entries) {
    const connection = connections.get(entry.connection_id.toLowerCase());
    const provider = findProvider(entry.storage_provider_id?.toLowerCase() || null);
    // the path that a failed backup would have had doesn't matter
    const problem = 'problem' in provider && entry.status === 'success' ? provider.problem : undefined;
    const providerId = 'problem' in provider ? null : provider.id;
    const read =
      problem === undefined ? importedBackup(entry, connection, databaseNames, providerId, now) : { skipped: problem };
    if ('skipped' in read) said.skip(entry.id, read.skipped);
    else if (found.has(read.backup.id)) said.skip(entry.id, 'it is listed twice');
    else {
      const one = await asSet(read, repositories, said);
      found.set(one.backup.id, one);
      remark(one.backup, connection, said, now);
    }
  }
  for (const list of request.pgbackrest_info) {
    const connection = connections.get(list.connection_id.toLowerCase());
    const problem = await addInfo(list, connection, request.storage_provider_id ?? null, repositories, found);
    if (problem !== undefined) said.skip(list.connection_id, problem);
  }
  return [...found.values()];
}

function repositoriesOf(records: Pick<BackupTables, 'backups'>): Repositories {
  const known = new Map<string, Promise<Backup[]>>();
  return (path, stanza) => {
    const there = known.get(`${path}/${stanza}`) ?? recordsOfRepository(records, { path, stanza });
    known.set(`${path}/${stanza}`, there);
    return there;
  };
}

/** For a pgBackRest backup without a label from Jagad, finds the set that was made at that time. */
async function asSet(read: ImportedBackup, repositories: Repositories, said: Said): Promise<ImportedBackup> {
  const { backup, told } = read;
  if (!isInRepository(backup.engine) || backup.label !== null || backup.status !== 'success') return read;
  const there = await repositories(backup.storage_path, backup.stanza ?? '');
  if (there.some(({ id }) => id === backup.id)) return read;
  const [set, ...others] = there.filter(
    ({ label, started_at, completed_at }) =>
      label !== null &&
      started_at !== null &&
      completed_at !== null &&
      isMadeDuring(backup, new Date(started_at), new Date(completed_at)),
  );
  if (set === undefined || others.length > 0) {
    said.warn(backup.id, 'a scan of the storage provider finds out which of the sets in the repository it is');
    return read;
  }
  said.warn(backup.id, `it is the set ${set.label} in the repository, which is backup ${set.id} here`);
  return { backup: { ...backup, id: set.id, label: set.label }, told };
}

/** Reports what needs attention about a backup, new or not. */
function remark(backup: Backup, connection: Connection | undefined, said: Said, now: Date): void {
  if (connection && isBeforeChange(backup, connection)) {
    const { name, jagad_changed_at } = connection;
    said.warn(
      backup.id,
      `it was made before Jagad changed its connection ${name} at ${jagad_changed_at}, and may be from another server: a restore must name its target_connection`,
    );
  }
  const days = Math.floor((now.getTime() - Date.parse(backup.created_at)) / LONG_RUNNING_MS);
  if (backup.status === 'running' && days > 0) {
    said.warn(
      backup.id,
      `Jagad has listed it as running for ${days} day${days === 1 ? '' : 's'}: it was probably stopped`,
    );
  }
}

/**
 * Adds what pgBackRest says about the backups in a repository.
 * @returns why the repository is skipped.
 */
async function addInfo(
  { storage_path, info }: ImportRequest['pgbackrest_info'][number],
  connection: Connection | undefined,
  providerId: string | null,
  repositories: Repositories,
  found: Found,
): Promise<string | undefined> {
  if (connection === undefined) return `the connection of ${storage_path} is not known: import the connections too`;
  if (!isMadeWith(connection.db_type, 'pgbackrest'))
    return `the connection of ${storage_path} is of type ${connection.db_type}`;
  const path = repositoryAt(storage_path)?.path ?? storage_path.replace(/\/+$/, '');
  for (const stanza of [info].flat()) {
    const repository = { connection, connectionSource: 'you' as const, providerId, path, stanza: stanza.name };
    const known = [...(await repositories(path, stanza.name)), ...[...found.values()].map(({ backup }) => backup)];
    const ofStanza = known.filter((one) => one.connection_id === connection.id && one.stanza === stanza.name);
    const sets = backupsOfInfo(stanza);
    const newId = (label: string) => pgbackrestBackupId(connection.id, stanza.name, label);
    for (const backup of pgbackrestRecords(repository, sets, idsOfSets(ofStanza, sets, newId))) {
      const jagads = found.get(backup.id);
      const merged = jagads === undefined ? backup : { ...jagads.backup, ...filling(jagads.backup, backup).fields };
      found.set(backup.id, { backup: merged, told: jagads?.told ?? [] });
    }
  }
  return undefined;
}
