/**
 * PostgreSQL 17 in addition to the machine's own, if `test/support/postgres-17.sh` has installed it: its server, and
 * its tools for archives that older ones can't read.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';

const DEFAULT_DIR = '/opt/postgres-17';
const BIN = 'root/usr/lib/postgresql/17/bin';
export const NO_POSTGRES_17 = 'no PostgreSQL 17 found: make it with test/support/postgres-17.sh (see test/README.md)';

let chosen: string | undefined;

/** The directory of its programs, which any user can run; undefined if it isn't there. */
export async function postgres17BinDir(): Promise<string | undefined> {
  const dir = process.env.POSTGRES_17_DIR ?? DEFAULT_DIR;
  return access(join(dir, 'complete')).then(
    () => join(dir, BIN),
    () => undefined,
  );
}

/** For `startPostgres`: nothing, unless this file of tests runs on PostgreSQL 17. */
export function otherPostgres(): { binDir?: string } {
  return chosen === undefined ? {} : { binDir: chosen };
}

/** From now on this file's servers are PostgreSQL 17, and its tools are there, for restores too. @returns whether there is one */
export async function usePostgres17(): Promise<boolean> {
  const binDir = await postgres17BinDir();
  if (binDir === undefined) return false;
  chosen = binDir;
  process.env.PATH = `${binDir}:${process.env.PATH}`;
  return true;
}

/** Runs the tests of another file on PostgreSQL 17; they are skipped if there is none. @param load imports that file */
export async function onPostgres17(load: () => Promise<unknown>): Promise<void> {
  if (await usePostgres17()) await load();
  else it('runs on PostgreSQL 17', (context) => context.skip(NO_POSTGRES_17));
}
