/** A recovery window in words. Pure. */
import type { AnswerOf } from '../../../lib/api/routes.ts';
import { sentence } from '../format/sentence.ts';
import type { PointKind } from './recovery-address.ts';

export type RecoveryWindow = AnswerOf<'GET /api/backups/{id}/recovery-window'>;

/** Whether something is only missing according to the record, because some of its archives were never read. */
export function isUndecided({ complete, unread }: Pick<RecoveryWindow, 'complete' | 'unread'>): boolean {
  return !complete && unread.length > 0;
}

/**
 * The end of a window, as a label on the line.
 * @param time in words.
 */
export function endText(window: Pick<RecoveryWindow, 'latest_is_estimate' | 'latest_is_open'>, time: string): string {
  if (window.latest_is_open) return `${time} or later`;
  return window.latest_is_estimate ? `about ${time}` : time;
}

/** What the end of a window means. */
export function endWords(window: Pick<RecoveryWindow, 'latest_is_estimate' | 'latest_is_open'>): string {
  if (window.latest_is_open)
    return 'There are more archived logs than could be listed, so later times may also be possible.';
  if (window.latest_is_estimate) {
    return 'The end is an estimate: the newest log was archived then, and its last change is a little older.';
  }
  return 'The end is exact.';
}

interface KindWords {
  label: string;
  description: string;
}

export const KIND: Record<PointKind, KindWords> = {
  backup: {
    label: 'The backup itself',
    description: 'The state at the end of the backup. Fastest, because nothing is replayed.',
  },
  time: { label: 'A point in time', description: 'Just before the first change at that moment.' },
  transaction: { label: 'A transaction', description: 'Up to and including the transaction with this id.' },
  name: {
    label: 'A restore point',
    description: 'Up to the restore point that pg_create_restore_point created with this name.',
  },
  gtid: { label: 'A GTID', description: 'Up to and including these transactions.' },
};

/**
 * Where a timeline begins and ends, or why the backup can't be recovered along it.
 * @param format formats a time.
 */
export function timelineWords(
  { parent, fork_lsn, promoted_at, latest, problem }: RecoveryWindow['timelines'][number],
  format: (iso: string) => string,
): string {
  if (problem !== null) return sentence(problem);
  const begins = parent === null ? "The backup's own" : `Left timeline ${parent} at ${fork_lsn}`;
  const promoted = promoted_at === null ? '' : `, promoted around ${format(promoted_at)}`;
  return `${begins}${promoted}${latest === null ? '' : `, up to about ${format(latest)}`}.`;
}
