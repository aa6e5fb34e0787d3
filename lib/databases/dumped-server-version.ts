/** Which server a dump was made of, and whether another one is older. */

import { DUMP_KIND_BYTES } from './dump-kind.ts';
import { ENGINES } from './engines.ts';
import type { DbType } from './names.ts';

/** The comment that mysqldump, mariadb-dump and a plain pg_dump open with. */
const SAYS = /^-- (?:Server version\t|Dumped from database version )(\d\S*)/m;

/** @param first the first bytes of a dump that is SQL */
export function dumpedServerVersion(first: Buffer): string | undefined {
  return SAYS.exec(first.subarray(0, 2 * DUMP_KIND_BYTES).toString('latin1'))?.[1];
}

/**
 * Whether a server is of an older release than the one that was dumped, and may lack what the dump uses. What counts is
 * the major number of PostgreSQL (9.6 and older have two), and the first two numbers of MySQL and MariaDB.
 *
 * @param server as it says itself: `15.18 (Debian …)`, `10.11.14-MariaDB-…`, `5.5.5-10.11.14-MariaDB`
 */
export function isOlderServer(server: string, dumped: string, dbType: DbType): boolean {
  const { typeOfVersion, release } = ENGINES[dbType];
  // the numbers of two engines say nothing of each other: MariaDB 12 is not newer than MySQL 9
  if (typeOfVersion(server) !== typeOfVersion(dumped)) return false;
  const [serverMajor, serverMinor] = release(server);
  const [dumpedMajor, dumpedMinor] = release(dumped);
  return serverMajor < dumpedMajor || (serverMajor === dumpedMajor && serverMinor < dumpedMinor);
}
