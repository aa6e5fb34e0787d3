/** The command lines of PostgreSQL's tools. Pure. */
import { libpqTls } from '../../../lib/databases/tls.ts';
import type { Target, ToolCommand } from './engine.ts';

export interface PostgresFiles {
  passFile: string;
  caFile: string;
  home: string;
}

/** An archive on the disk, which several sessions read at once. */
export interface SpooledArchive {
  path: string;
  jobs: number;
}

/** How an archive is loaded by a role that owns nothing and grants nothing. */
export interface AsRole {
  username: string;
  /** A file with the entries that are loaded, of which nothing has to be dropped. */
  list: string;
}

/**
 * @param archive undefined if the dump comes through stdin
 * @param clean whether the database holds anything. Where it does not, --clean is left out: it replaces views that it
 * cannot drop by dummies of the same columns first, and fails where their types are yet to come.
 * @param role undefined if the connection's user loads it.
 * @param session how the tool's sessions call themselves.
 * @param path the PATH to find the tools on.
 */
export function postgresCommand(
  archive: SpooledArchive | undefined,
  target: Target,
  clean: boolean,
  role: AsRole | undefined,
  files: PostgresFiles,
  session: string,
  path: string,
): ToolCommand {
  const { connection, database } = target;
  const where = [
    `--host=${connection.host}`,
    `--port=${connection.port}`,
    `--username=${role?.username ?? connection.username}`,
    '--no-password', // never ask: nobody is there to answer
    `--dbname=${conninfo(database)}`,
  ];
  return {
    command: 'pg_restore',
    // --verbose names the entry that each error belongs to; dropping a subscription would reach to another server
    args: [
      ...(role !== undefined ? ['--no-owner', '--no-acl', `--use-list=${role.list}`] : []),
      ...(clean && role === undefined ? ['--clean', '--if-exists'] : []),
      '--no-subscriptions',
      '--verbose',
      ...where,
      ...(archive === undefined ? [] : [`--jobs=${archive.jobs}`, archive.path]),
    ],
    env: {
      PATH: path,
      HOME: files.home,
      LC_ALL: 'C', // the messages are read
      PGPASSFILE: files.passFile,
      PGAPPNAME: session,
      PGCONNECT_TIMEOUT: '20',
      ...libpqTls(connection.ssl_mode, files.caFile),
    },
  };
}

/**
 * A database's name as libpq takes it only as a name: a bare one with `=` or `://` in it would be read as a connection
 * string, and lead elsewhere. Format: libpq, "Keyword/Value Connection Strings".
 */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
}

/** A line of a password file (libpq, "The Password File"): any server, since only this restore reads it. */
export function passFileLine(password: string): string {
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/**
 * How a tool's sessions call themselves, so that they can be found and ended. At most 63 bytes.
 * @param load of each load its own, at most 12 characters: no task may end the sessions of another one of its restore.
 */
export function applicationName(restoreId: string, load: string): string {
  return `jagad-restore ${restoreId} ${load}`;
}
