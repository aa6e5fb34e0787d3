/** The messages that a restore and its preview share about a dump and its target. */

import { RestoreError } from '../errors/errors.ts';
import { NEWEST_CLIENT_MAJOR, oldestReader } from '../formats/pg-dump/archive/format.ts';
import type { DbType } from './names.ts';

/**
 * For an archive that no installed pg_restore can read.
 * @param installed major versions; empty if unknown
 */
export function archiveTooNew(archiveVersion: string, installed: readonly number[]): RestoreError {
  const needed = oldestReader(archiveVersion);
  const there = installed.length === 0 ? '' : `; installed: ${installed.join(', ')}`;
  if (needed === undefined) {
    return new RestoreError(
      `the archive has format ${archiveVersion}, which is newer than any that this service knows${there}`,
      {
        hint: `Update this service: it knows PostgreSQL up to ${NEWEST_CLIENT_MAJOR}.`,
      },
    );
  }
  return new RestoreError(
    `the archive has format ${archiveVersion}, which needs pg_restore ${needed} or newer${there}`,
    {
      hint:
        `Build the restore image with POSTGRES_MAJORS="${[...installed, needed].join(' ')}" (postgresMajors of the stage's ` +
        `settings); by hand, install postgresql-client-${needed}.`,
    },
  );
}

/** For a target that isn't a PostgreSQL server. */
export function isPostgresArchive(target: DbType): RestoreError {
  return new RestoreError(`the dump is a PostgreSQL archive, and the target is ${target}`, {
    hint: 'Check which connection the backup belongs to.',
  });
}

/** What to do about objects in the target that block the restore. */
export const DROP_THEM = 'Drop them, or restore into another database with target_database.';

export function sessionsLine(count: number): string {
  return `${count} other session(s) are connected to the database; the restore waits for their locks`;
}

/** @param object such as `table sales.notes` */
export function staysLine(object: string): string {
  return `${object} is not in the backup and stays as it is`;
}
