import type { PhysicalEngine } from '../databases/names.ts';

/** One object holds a dump, or an archive of Mariabackup or XtraBackup. */
export type Contents = 'dump' | 'archive';

/**
 * What a backup's object holds, according to its record; undefined for pgBackRest, whose backups consist of many
 * objects.
 */
export function contentsOf({ engine }: { engine: PhysicalEngine | null }): Contents | undefined {
  if (engine === null) return 'dump';
  return engine === 'pgbackrest' ? undefined : 'archive';
}
