import type { Restore } from '../../../lib/restores/model.ts';
import { useConnectionNames } from '../api/names.ts';
import { placeText, targetOf } from './places.ts';
import { useBackups } from './use-backups.ts';

/** @returns a restore's target, in words. */
export function useTargetText(restores: readonly Restore[]): (restore: Restore) => string {
  const { nameOf } = useConnectionNames();
  const backupOf = useBackups(restores.map(({ backup_id }) => backup_id));
  return (restore) => placeText(targetOf(restore, backupOf(restore.backup_id)), nameOf);
}
