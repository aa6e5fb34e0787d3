/** What a restore and its preview say alike of a dump and of the target that is to take it. */
import { RestoreError } from './errors.ts';
import type { DbType } from './records.ts';

/** The pg_restore that the restore task's image has: Debian trixie's. */
export const TASK_PG_RESTORE_MAJOR = 17;

export function archiveTooNew(archiveVersion: string, pgRestoreMajor: number): RestoreError {
  return new RestoreError(
    `the archive has format ${archiveVersion}, which pg_restore ${pgRestoreMajor} does not read`,
    {
      hint: 'Build the restore image with a newer PostgreSQL client.',
    },
  );
}

/** For a target that is no PostgreSQL server. */
export function isPostgresArchive(target: DbType): RestoreError {
  return new RestoreError(`the dump is a PostgreSQL archive, and the target is ${target}`, {
    hint: 'Check which connection the backup belongs to.',
  });
}

/** What is to be done about objects of the target that stand in the way. */
export const DROP_THEM = 'Drop them, or restore into another database with target_database.';

export function sessionsLine(count: number): string {
  return `${count} other session(s) are connected to the database; the restore waits for their locks`;
}

/** @param object such as `table sales.notes` */
export function staysLine(object: string): string {
  return `${object} is not in the backup and stays as it is`;
}
