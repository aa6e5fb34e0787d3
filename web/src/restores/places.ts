/** From where to where a restore goes. A restore names its backup, and its target only where that is another than the backup's own. Pure. */
import type { Backup, Restore } from '../../../lib/domain/records.ts';

/** A database of a connection, by its id. Null where the backup that would tell is not known (yet). */
export interface Place {
  connection: string | null;
  database: string | null;
}

type Source = Pick<Backup, 'connection_id' | 'database_name'>;
type Target = Pick<Restore, 'target_connection' | 'target_database'>;

export function sourceOf(backup: Source | undefined): Place {
  return { connection: backup?.connection_id ?? null, database: backup?.database_name ?? null };
}

export function targetOf(restore: Target, backup: Source | undefined): Place {
  const source = sourceOf(backup);
  return {
    connection: restore.target_connection ?? source.connection,
    database: restore.target_database ?? source.database,
  };
}

/** `shop on Production`. @param nameOf the name of a connection. */
export function placeText({ connection, database }: Place, nameOf: (id: string | null) => string): string {
  return `${database ?? '–'} on ${nameOf(connection)}`;
}

/** The wizard that restores the same once more: its form is filled in as this restore was asked for. */
export function retryHref({
  backup_id,
  target_connection,
  target_database,
}: Target & Pick<Restore, 'backup_id'>): string {
  const given = Object.entries({ target_connection, target_database }).filter((entry) => entry[1] !== null);
  const search = new URLSearchParams(given as [string, string][]).toString();
  return `/backups/${backup_id}/restore${search === '' ? '' : `?${search}`}`;
}
