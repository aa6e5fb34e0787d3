/** Which server a backup comes from, and how that is known, in words. Pure. */

import type { Backup } from '../../../../lib/backups/model.ts';
import { ownServerDoubt } from '../../../../lib/backups/own-server.ts';
import type { Connection } from '../../../../lib/connections/model.ts';
import { sentence } from '../../format/sentence.ts';

export const SERVER_SOURCE: Record<Backup['connection_source'], string> = {
  jagad: "Jagad's record",
  key: 'Guessed from its key',
  you: 'Set by hand',
};

type Sourced = Pick<Backup, 'connection_id' | 'connection_source' | 'created_at'>;
type Own = Pick<Connection, 'name' | 'jagad_changed_at'>;

/**
 * Why it isn't certain which server a backup comes from, as a sentence; undefined if it is certain.
 * @param own its connection, if that could be loaded.
 */
export function serverDoubt(backup: Sourced, own: Own | undefined): string | undefined {
  const doubt = ownServerDoubt(backup, own ?? { name: backup.connection_id, jagad_changed_at: null });
  return doubt === undefined ? undefined : sentence(doubt);
}

/** The same in a few words, for lists. */
export function serverMark(backup: Sourced, own: Own | undefined): string | undefined {
  if (serverDoubt(backup, own) === undefined) return undefined;
  return backup.connection_source === 'key' ? SERVER_SOURCE.key : 'Changed in Jagad since';
}
