/** Which server version a dump was made from, and whether another server is older. */

import { DUMP_KIND_BYTES } from './dump-kind.ts';
import { ENGINES } from './engines.ts';
import type { DbType } from './names.ts';

/** The comment with which mysqldump, mariadb-dump and plain pg_dump dumps begin. */
const SAYS = /^-- (?:Server version\t|Dumped from database version )(\d\S*)/m;

/** @param first the first bytes of a dump that is SQL */
export function dumpedServerVersion(first: Buffer): string | undefined {
  return SAYS.exec(first.subarray(0, 2 * DUMP_KIND_BYTES).toString('latin1'))?.[1];
}

/**
 * Whether a server has an older release than the dumped one, and may lack features that the dump uses. PostgreSQL's releases
 * differ in the major version (9.6 and older have two numbers), those of MySQL and MariaDB in the first two numbers.
 * @param server as it describes itself: `15.18 (Debian …)`, `10.11.14-MariaDB-…`, `5.5.5-10.11.14-MariaDB`
 */
export function isOlderServer(server: string, dumped: string, dbType: DbType): boolean {
  const { typeOfVersion, release } = ENGINES[dbType];
  // version numbers of different engines can't be compared: MariaDB 12 isn't newer than MySQL 9
  if (typeOfVersion(server) !== typeOfVersion(dumped)) return false;
  const [serverMajor, serverMinor] = release(server);
  const [dumpedMajor, dumpedMinor] = release(dumped);
  return serverMajor < dumpedMajor || (serverMajor === dumpedMajor && serverMinor < dumpedMinor);
}
