/**
 * A restore's source and target. A restore names its backup. It names its target only if that isn't the backup's own
 * server. Pure.
 */
import type { Backup } from '../../../lib/backups/model.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { type Database, pointOf, recoveryAddress } from '../recovery/recovery-address.ts';

/** A database of a connection, given by its id. Null as long as the backup isn't loaded. */
export interface Place {
  connection: string | null;
  database: string | null;
}

type Source = Pick<Backup, 'connection_id' | 'database_name'>;
type Target = Pick<Restore, 'target_connection' | 'target_database'>;

/** @param restore says which database was restored, if the backup contains a whole server. */
export function sourceOf(backup: Source | undefined, restore?: Pick<Restore, 'recovery'>): Place {
  const database = restore?.recovery?.source_database ?? backup?.database_name ?? null;
  return { connection: backup?.connection_id ?? null, database };
}

export function targetOf(restore: Target, backup: Source | undefined): Place {
  const source = sourceOf(backup);
  return {
    connection: restore.target_connection ?? source.connection,
    database: restore.target_database ?? source.database,
  };
}

/**
 * `shop on Production`.
 * @param nameOf returns the name of a connection.
 */
export function placeText({ connection, database }: Place, nameOf: (id: string | null) => string): string {
  return `${database ?? '–'} on ${nameOf(connection)}`;
}

/**
 * The address of the wizard for repeating a restore: the form is filled in as this restore was requested.
 * @param group the restores of its request, including itself.
 */
export function retryHref(restore: Restore, group: readonly Restore[] = [restore]): string {
  const { backup_id, recovery, target_connection } = restore;
  const search =
    recovery === null
      ? dumpAddress(restore)
      : recoveryAddress({
          connectionId: target_connection,
          databases: group.flatMap(databaseOf),
          point: pointOf(recovery.target),
          timeline: recovery.timeline,
        });
  return `/backups/${backup_id}/restore${search.size === 0 ? '' : `?${search}`}`;
}

function dumpAddress({ target_connection, target_database }: Target): URLSearchParams {
  const given = Object.entries({ target_connection, target_database }).filter((entry) => entry[1] !== null);
  return new URLSearchParams(given as [string, string][]);
}

function databaseOf({ recovery, target_database }: Restore): Database[] {
  return recovery === null ? [] : [{ from: recovery.source_database, to: target_database ?? recovery.source_database }];
}
