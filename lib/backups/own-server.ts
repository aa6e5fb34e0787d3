/**
 * Whether a backup may be restored to "its own server" without naming it: only if it is certain which server that is.
 * If the connection is a guess from a key, or if Jagad changed it after the backup was made, it may be another server.
 */

import type { Connection } from '../connections/model.ts';
import { Impossible, type RequestError } from '../errors/errors.ts';
import type { Backup } from './model.ts';

type Dated = Pick<Backup, 'connection_source' | 'created_at'>;
type Changed = Pick<Connection, 'name' | 'jagad_changed_at'>;

/** Whether Jagad changed the backup's connection after it made the backup. A person's choice takes precedence. */
export function isBeforeChange(
  { connection_source, created_at }: Dated,
  { jagad_changed_at }: Pick<Changed, 'jagad_changed_at'>,
): boolean {
  if (connection_source !== 'jagad' || jagad_changed_at === null) return false;
  return Date.parse(created_at) < Date.parse(jagad_changed_at);
}

/** Why it isn't certain which server a backup comes from, in one sentence; undefined if it is certain. */
export function ownServerDoubt(backup: Dated, connection: Changed): string | undefined {
  if (backup.connection_source === 'key') {
    return `the backup's connection, ${connection.name}, is a guess from the name in its key`;
  }
  if (!isBeforeChange(backup, connection)) return undefined;
  return `Jagad changed the connection ${connection.name} at ${connection.jagad_changed_at}, after this backup was made: it may be from another server`;
}

/**
 * The error for a restore that names no target.
 * @param connection the backup's own.
 */
export function ownServerRefusals(backup: Dated, connection: Changed): RequestError[] {
  const doubt = ownServerDoubt(backup, connection);
  if (doubt === undefined) return [];
  return [new Impossible(doubt, { hint: hintOf(backup) })];
}

function hintOf({ connection_source }: Dated): string {
  const name = 'Name the server to restore to with target_connection';
  return connection_source === 'key'
    ? `${name}, import Jagad's own record of the backup, or set its connection_id with PUT /api/backups/{id}.`
    : `${name}, or confirm the connection with PUT /api/backups/{id} {"connection_id": "…"}.`;
}
