/** The server version that a dump was made from, and whether another server is older. */

import { DUMP_KIND_BYTES } from './dump-kind.ts';
import { ENGINES } from './engines.ts';
import type { DbType } from './names.ts';

/** The comment at the beginning of a dump by mysqldump, mariadb-dump or pg_dump in plain format. */
const SAYS = /^-- (?:Server version\t|Dumped from database version )(\d\S*)/m;

/** @param first the first bytes of an SQL dump */
export function dumpedServerVersion(first: Buffer): string | undefined {
  return SAYS.exec(first.subarray(0, 2 * DUMP_KIND_BYTES).toString('latin1'))?.[1];
}

/**
 * Whether a server has an older release than the dumped one, and may lack features that the dump uses. PostgreSQL's
 * releases differ in the major version (9.6 and older have two numbers), MySQL's and MariaDB's in the first two
 * numbers.
 * @param server its own description: `15.18 (Debian …)`, `10.11.14-MariaDB-…`, `5.5.5-10.11.14-MariaDB`
 */
export function isOlderServer(server: string, dumped: string, dbType: DbType): boolean {
  const { typeOfVersion, release } = ENGINES[dbType];
  // the version numbers of different engines can't be compared: MariaDB 12 isn't newer than MySQL 9
  if (typeOfVersion(server) !== typeOfVersion(dumped)) return false;
  const [serverMajor, serverMinor] = release(server);
  const [dumpedMajor, dumpedMinor] = release(dumped);
  return serverMajor < dumpedMajor || (serverMajor === dumpedMajor && serverMinor < dumpedMinor);
}
