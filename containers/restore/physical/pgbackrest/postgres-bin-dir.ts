import { findPostgresMajors } from '../../../../lib/engines/programs/find-binaries.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';

/** The oldest major version that reports an error if the log ends before the requested point. */
const OLDEST_MAJOR = 13;

/**
 * The directory of a major version's server and tools.
 * @throws RestoreError if that version is too old, or not installed.
 */
export async function postgresBinDir(major: string, debianRoot?: string): Promise<string> {
  if (Number(major) < OLDEST_MAJOR) {
    throw new RestoreError(
      `the backup is from PostgreSQL ${major}, but only ${OLDEST_MAJOR} and later can be recovered`,
      {
        hint: 'Restore it by hand with pgBackRest.',
      },
    );
  }
  const majors = await findPostgresMajors(debianRoot);
  const binDir = majors.get(major);
  if (binDir !== undefined) return binDir;
  const there = [...majors.keys()].join(', ') || 'none';
  throw new RestoreError(`the backup is from PostgreSQL ${major}, which is not installed (installed: ${there})`, {
    hint: `Build the restore image with ${major} in its build argument POSTGRES_MAJORS.`,
  });
}
