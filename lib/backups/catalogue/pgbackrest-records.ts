/** The records of a repository's backups. pgBackRest calls them sets. */

import type { Connection } from '../../connections/model.ts';
import type { Backup } from '../model.ts';
import { newBackup } from './new-backup.ts';
import type { PgBackRestBackup } from './repository-info.ts';

/** The location of pgBackRest backups, and the connection that they come from. */
export interface Repository {
  connection: Pick<Connection, 'id' | 'db_type'>;
  connectionSource: Backup['connection_source'];
  providerId: string | null;
  /** `pgbackrest/<connection>/<stanza>` */
  path: string;
  stanza: string;
}

/** @param idOf returns the id of the set with a given label. */
export function pgbackrestRecords(
  { connection, connectionSource, providerId, path, stanza }: Repository,
  sets: readonly PgBackRestBackup[],
  idOf: (label: string) => string,
): Backup[] {
  return sets.map((one) =>
    newBackup({
      id: idOf(one.label),
      connection_id: connection.id,
      connection_source: connectionSource,
      database_name: stanza,
      db_type: connection.db_type,
      backup_type: one.isFull ? 'full' : 'incremental',
      engine: 'pgbackrest',
      parent_id: one.prior === null ? null : idOf(one.prior),
      label: one.label,
      stanza,
      from_lsn: one.lsnStart,
      to_lsn: one.lsnStop,
      wal_start: one.walStart,
      wal_stop: one.walStop,
      server_version: one.version,
      status: one.hasErrors ? 'failed' : 'success',
      storage_provider_id: providerId,
      storage_path: path,
      object_bytes: one.repositoryBytes,
      size_bytes: one.serverBytes,
      started_at: one.startedAt.toISOString(),
      completed_at: one.completedAt.toISOString(),
      created_at: one.completedAt.toISOString(),
    }),
  );
}

/** pgBackRest records whole seconds, by the clock of Jagad's host like Jagad itself. */
const TOLERANCE_MS = 2000;

type Made = Pick<Backup, 'created_at' | 'started_at' | 'completed_at'>;

/**
 * Finds which of Jagad's records, which have no label, belongs to a set: the only record that was being made at the
 * same time, if no other set matches it.
 * @param unlabelled records of the same repository.
 * @param sets all of the repository.
 */
export function recordsBySet<R extends Made>(
  unlabelled: readonly R[],
  sets: readonly PgBackRestBackup[],
): Map<string, R> {
  const madeIn = (record: R) => sets.filter((set) => isMadeDuring(record, set.startedAt, set.completedAt));
  const pairs = unlabelled.flatMap((record) => {
    const [set, ...others] = madeIn(record);
    return set !== undefined && others.length === 0 ? [[set.label, record] as const] : [];
  });
  const isAlone = (label: string) => pairs.filter(([other]) => other === label).length === 1;
  return new Map(pairs.filter(([label]) => isAlone(label)));
}

/** Whether a set was made while Jagad was making the record's backup. */
export function isMadeDuring({ created_at, completed_at }: Made, startedAt: Date, completedAt: Date): boolean {
  if (completed_at === null) return false;
  const from = Date.parse(created_at) - TOLERANCE_MS;
  const to = Date.parse(completed_at) + TOLERANCE_MS;
  return startedAt.getTime() >= from && completedAt.getTime() <= to;
}

/**
 * The id of each set. If there is a record with its label or time, it is that record's id, because Jagad has its own
 * ids; otherwise a new one.
 * @param known the repository's records, including those about to be added.
 */
export function idsOfSets(
  known: Iterable<Backup>,
  sets: readonly PgBackRestBackup[],
  newId: (label: string) => string,
): (label: string) => string {
  const all = [...known];
  const byTime = recordsBySet(
    all.filter(({ label, connection_source }) => label === null && connection_source === 'jagad'),
    sets,
  );
  const ids = new Map([...byTime].map(([label, { id }]) => [label, id]));
  for (const { label, id } of all) if (label !== null) ids.set(label, id);
  return (label) => ids.get(label) ?? newId(label);
}
