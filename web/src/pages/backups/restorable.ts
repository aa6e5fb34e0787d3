import type { AnswerOf } from '../../../../lib/routes.ts';

export type Backup = AnswerOf<'GET /api/backups/{id}'>;

/** When a backup was made: when it ended, where that is known. */
export const madeAt = ({ completed_at, created_at }: Backup): string => completed_at ?? created_at;

/** Why a backup cannot be restored, or undefined where it can. A damaged one may be tried: the restore verifies again. */
export function unrestorable({ status, backup_type }: Pick<Backup, 'status' | 'backup_type'>): string | undefined {
  if (status === 'running') return 'The backup has not ended yet: wait until it has.';
  if (status === 'failed')
    return 'The backup failed, so there is nothing whole to restore: choose one that is complete.';
  if (backup_type === 'incremental') return 'An incremental backup cannot be restored by itself: choose a full one.';
  return undefined;
}

/** Why a backup cannot be verified. */
export function unverifiable(backup: Pick<Backup, 'status' | 'backup_type' | 'verify_status'>): string | undefined {
  if (backup.status !== 'success') return 'Only a complete backup can be verified.';
  if (backup.backup_type === 'incremental') return 'Only a full backup can be verified.';
  if (backup.verify_status === 'verifying') return 'It is being verified already.';
  return undefined;
}

/** Why a backup cannot be downloaded. */
export function undownloadable({ status }: Pick<Backup, 'status'>): string | undefined {
  return status === 'success' ? undefined : 'Only a complete backup can be downloaded.';
}
