/** The target of a restore, as typed on the command line. Pure. */

import { databaseName, databaseNameRefusals } from '../../databases/database-name.ts';
import { ENGINES } from '../../databases/engines.ts';
import { DB_TYPES, type DbType } from '../../databases/names.ts';
import { throwFirst } from '../../errors/errors.ts';
import { wrongUsage } from '../command.ts';

export interface TargetUrl {
  dbType: DbType;
  host: string;
  port: number;
  username: string;
  database: string;
}

const FORM =
  'Write postgresql://user@host:port/database (or mysql://…, mariadb://…), and escape characters that are special in a URL.';

/**
 * Reads `postgresql://user@host:port/database`. No error message repeats it, because it may contain a password.
 * @throws RequestError if it isn't such a URL, or contains a password.
 */
export function readTarget(text: string): TargetUrl {
  const url = URL.parse(text);
  // a password's characters may make the URL invalid
  if (/^[^/]*\/\/[^@]*:[^@]*@/.test(text)) throw holdsPassword();
  if (url === null) throw wrongUsage("--to isn't a database URL", FORM);
  const dbType = DB_TYPES.find((type) => ENGINES[type].urlSchemes.includes(url.protocol));
  if (dbType === undefined)
    throw wrongUsage(`--to starts with ${url.protocol}//, which isn't a known database engine`, FORM);
  if (url.search !== '' || url.hash !== '') {
    throw wrongUsage('--to has more after the database name', 'Use --ssl-mode and --ca-file to set up TLS.');
  }
  const database = decoded(url.pathname.slice(1));
  const target = {
    dbType,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? ENGINES[dbType].defaultPort : Number(url.port),
    username: decoded(url.username),
    database,
  };
  for (const part of ['username', 'host', 'database'] as const) {
    if (target[part] === '') throw wrongUsage(`--to names no ${part}`, FORM);
  }
  if (!databaseName.safeParse(database).success) throw wrongUsage('--to has an invalid database name', FORM);
  throwFirst(databaseNameRefusals(dbType, database));
  return target;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongUsage("--to has a % that isn't part of an escape", FORM);
  }
}

function holdsPassword() {
  return wrongUsage(
    '--to contains a password',
    "Change the password, since other processes and the shell's history may have it. Pass the new one with JAGAD_TARGET_PASSWORD, --password-file or at the prompt.",
  );
}
