import type { AnswerOf } from '../../../lib/api/routes.ts';
import { useList } from '../api/queries.ts';

type Backup = AnswerOf<'GET /api/backups/{id}'>;

/** One page of backups: as many as a line has room for. */
const LIMIT = 100;
const NONE: Backup[] = [];

/**
 * The complete backups of the same server that the same tool made after this one: the newest ones, as many as one call
 * returns.
 */
export function useLaterBackups({ id, connection_id, engine, stanza, completed_at }: Backup): Backup[] {
  const list = useList(
    'GET /api/backups',
    // a backup only enters the catalogue after it has ended
    { connection_id, limit: LIMIT, ...(completed_at === null ? {} : { since: completed_at }) },
    { enabled: completed_at !== null },
  );
  if (completed_at === null || list.items === undefined) return NONE;
  return list.items.filter(
    (one) =>
      one.id !== id &&
      one.engine === engine &&
      one.stanza === stanza &&
      one.status === 'success' &&
      Date.parse(one.completed_at ?? completed_at) > Date.parse(completed_at),
  );
}
