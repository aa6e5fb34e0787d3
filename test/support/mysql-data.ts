/**
 * The data directory of a new MySQL server, which the first one of a run creates and later ones copy: creating it takes
 * 5 s of a core.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variable by which test files' processes find it. */
export const MYSQL_DATA = 'JAGAD_RESTORE_TEST_MYSQL_DATA';

export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-mysql-data-'));
  chmodSync(directory, 0o777); // a server of root's runs as another account
  process.env[MYSQL_DATA] = join(directory, 'data');
  return () => rmSync(directory, { recursive: true, force: true });
}
