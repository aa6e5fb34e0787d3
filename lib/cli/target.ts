/** The target of a restore by hand, as it is typed. Pure. */
import { databaseName, databaseNameRefusals } from '../domain/database-name.ts';
import { ENGINES } from '../domain/engines/engines.ts';
import { DB_TYPES, type DbType } from '../domain/records.ts';
import { throwFirst } from '../domain/restore-request.ts';
import { wrongUsage } from './command.ts';

export interface TargetUrl {
  dbType: DbType;
  host: string;
  port: number;
  username: string;
  database: string;
}

const FORM =
  'Write postgresql://user@host:port/database (or mysql://…, mariadb://…), with what is special in a URL escaped.';

/**
 * Reads `postgresql://user@host:port/database`. No message repeats it, as there may be a password in it.
 * @throws RequestError where it is something else, or holds a password.
 */
export function readTarget(text: string): TargetUrl {
  const url = URL.parse(text);
  // also one whose own characters make it no URL
  if (/^[^/]*\/\/[^@]*:[^@]*@/.test(text)) throw holdsPassword();
  if (url === null) throw wrongUsage('--to is no URL of a database', FORM);
  const dbType = DB_TYPES.find((type) => ENGINES[type].urlSchemes.includes(url.protocol));
  if (dbType === undefined) throw wrongUsage(`--to begins with ${url.protocol}//, which is no database`, FORM);
  if (url.search !== '' || url.hash !== '') {
    throw wrongUsage('--to goes on after the database', 'TLS has options of its own: --ssl-mode and --ca-file.');
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
  if (!databaseName.safeParse(database).success) throw wrongUsage('--to names no possible database', FORM);
  throwFirst(databaseNameRefusals(dbType, database));
  return target;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongUsage('--to has a % that escapes nothing', FORM);
  }
}

function holdsPassword() {
  return wrongUsage(
    '--to holds a password',
    'Other processes read it there, and the shell keeps it: change it, and give the new one by JAGAD_TARGET_PASSWORD, --password-file or the terminal.',
  );
}
