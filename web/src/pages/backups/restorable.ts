import type { AnswerOf } from '../../../../lib/routes.ts';

export type Backup = AnswerOf<'GET /api/backups/{id}'>;

/** Why a backup cannot be restored, or undefined where it can. A damaged one may be tried: the restore verifies again. */
export function unrestorable({ status, backup_type }: Pick<Backup, 'status' | 'backup_type'>): string | undefined {
  if (status === 'running') return 'The backup has not ended yet: wait until it has.';
  if (status === 'failed')
    return 'The backup failed, so there is nothing whole to restore: choose one that is complete.';
  if (backup_type === 'incremental') return 'An incremental backup cannot be restored by itself: choose a full one.';
  return undefined;
}

/** Why a backup cannot be verified. */
export function unverifiable({ status, verify_status }: Pick<Backup, 'status' | 'verify_status'>): string | undefined {
  if (status !== 'success') return 'Only a complete backup can be verified.';
  if (verify_status === 'verifying') return 'It is being verified already.';
  return undefined;
}
