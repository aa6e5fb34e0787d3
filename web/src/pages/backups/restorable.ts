import type { AnswerOf } from '../../../../lib/api/routes.ts';
import { isInRepository, PHYSICAL_TOOLS } from '../../../../lib/databases/physical-tools.ts';
import { contentsOf } from '../../../../lib/pipeline/contents.ts';

export type Backup = AnswerOf<'GET /api/backups/{id}'>;

/** When a backup was made: the time of its end, if known. */
export const madeAt = ({ completed_at, created_at }: Backup): string => completed_at ?? created_at;

/** The kind of backup, with the name of its tool unless that is a dump tool: `pgBackRest incremental`. */
export function typeText({ backup_type, engine }: Pick<Backup, 'backup_type' | 'engine'>): string {
  if (engine !== null) return `${PHYSICAL_TOOLS[engine].title} ${backup_type}`;
  return backup_type === 'full' ? 'Full dump' : 'Incremental';
}

/**
 * Why a backup can't be restored; undefined if it can. Restoring a damaged backup may be tried, because the restore
 * verifies it again.
 */
export function unrestorable({
  status,
  backup_type,
  engine,
}: Pick<Backup, 'status' | 'backup_type' | 'engine'>): string | undefined {
  if (status === 'running')
    return "Jagad's record says that it is still running. If Jagad was stopped during the backup, the record will never change: restore another backup.";
  if (status === 'failed')
    return 'The backup failed, so there is nothing whole to restore: choose one that is complete.';
  if (backup_type === 'incremental' && engine === null)
    return 'The tool that made it is unknown: import it again, or choose a full backup.';
  return undefined;
}

/** Shown instead of the verification for a backup of many objects, and together with it for a single object. */
export const PROVEN = 'A physical backup is checked during the restore, before the target is touched.';

/** Why a backup can't be verified. */
export function unverifiable(
  backup: Pick<Backup, 'status' | 'backup_type' | 'engine' | 'verify_status'>,
): string | undefined {
  if (backup.status !== 'success') return 'Only a complete backup can be verified.';
  const contents = contentsOf(backup);
  if (contents === undefined) return PROVEN;
  if (contents === 'dump' && backup.backup_type === 'incremental') return 'Only a full backup can be verified.';
  if (backup.verify_status === 'verifying') return 'It is already being verified.';
  return undefined;
}

/** Why a backup can't be downloaded. */
export function undownloadable({ status, engine }: Pick<Backup, 'status' | 'engine'>): string | undefined {
  if (status !== 'success') return 'Only a complete backup can be downloaded.';
  if (isInRepository(engine)) {
    const { title } = PHYSICAL_TOOLS[engine];
    return `It consists of many files in a ${title} repository: download it with ${title} itself.`;
  }
  return undefined;
}
