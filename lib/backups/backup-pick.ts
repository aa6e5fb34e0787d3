/** Picks the backup of a database to restore if the request names none. */
import { z } from 'zod';
import { NotFound } from '../errors/errors.ts';
import { id } from '../storage/fields.ts';
import type { Backup } from './model.ts';
import { lastVerdict } from './verify/model.ts';

export const pick = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('newest_verified') }),
  z.strictObject({ kind: z.literal('backup'), backup_id: id }),
  z.strictObject({ kind: z.literal('newest_before'), time: z.iso.datetime({ offset: true }) }),
]);
export type BackupPick = z.infer<typeof pick>;
/** A request to pick a backup, instead of its id. */
export type NewestPick = Exclude<BackupPick, { kind: 'backup' }>;

/**
 * Whether a backup matches a pick, apart from its time. The newest backup before a time is often the last one before an
 * accident, and may not have been verified yet: then the restore verifies it. A backup that is known to be damaged is
 * skipped. Two kinds are never picked: a physical backup, because it contains a whole server instead of one database,
 * and a backup whose connection is a guess, because it may come from another server.
 */
export function fitsPick({ kind }: NewestPick, backup: Backup): boolean {
  const { status, backup_type, engine, connection_source } = backup;
  if (connection_source === 'key') return false;
  if (status !== 'success' || backup_type !== 'full' || engine !== null) return false;
  const verdict = lastVerdict(backup);
  return kind === 'newest_verified' ? verdict === 'passed' : verdict !== 'failed';
}

const GUESSES =
  "Backups found by a scan are skipped until an import of Jagad's records, or a person, says which server they are from.";

export function nothingPicked(choice: NewestPick, database: string): NotFound {
  if (choice.kind === 'newest_before') {
    return new NotFound(`no full backup of database ${database} from before ${choice.time} is in the catalogue`, {
      hint: `Check the time, or name a backup. ${GUESSES}`,
    });
  }
  return new NotFound(`no full backup of database ${database} has been verified`, {
    hint: `Verify one with POST /api/backups/{id}/verify, or name a backup. ${GUESSES}`,
  });
}
