import type { PhysicalEngine } from '../databases/names.ts';
import { isArchive } from '../databases/physical-tools.ts';

/** One object contains either a dump, or an archive of Mariabackup or XtraBackup. */
export type Contents = 'dump' | 'archive';

/**
 * What a backup's object contains, according to its record; undefined if the backup is many objects in a repository.
 */
export function contentsOf({ engine }: { engine: PhysicalEngine | null }): Contents | undefined {
  if (engine === null) return 'dump';
  return isArchive(engine) ? 'archive' : undefined;
}
