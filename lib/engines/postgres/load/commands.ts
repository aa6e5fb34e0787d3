/** The command lines of PostgreSQL's tools. Pure. */
import { KEEPALIVE_MS } from '../../connect/session-socket.ts';
import { libpqTls } from '../../connect/tls.ts';
import type { Target, ToolCommand } from '../../load/engine.ts';

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
  /** A file with the entries that are loaded. */
  list: string;
}

export interface RestoreRun {
  /** Undefined if the connection's user loads it. */
  role: AsRole | undefined;
  files: PostgresFiles;
  /** How the tool's sessions call themselves. */
  session: string;
  /** The PATH to find the tools on. */
  path: string;
  /** Whether the server ends sessions that have nothing to do. */
  endsIdle: boolean;
  /** Whether the sessions are to have their messages in English, which only a superuser may set. */
  english?: boolean;
}

/**
 * What it replaces has been dropped before.
 * @param archive undefined if the dump comes through stdin
 */
export function postgresCommand(
  archive: SpooledArchive | undefined,
  target: Target,
  { role, files, session, path, endsIdle, english = false }: RestoreRun,
): ToolCommand {
  const { connection, database } = target;
  const settings = [
    // several jobs wait for each other
    ...(endsIdle ? ['-c idle_session_timeout=0'] : []),
    ...(english ? ['-c lc_messages=C'] : []),
  ];
  const where = [
    `--host=${connection.host}`,
    `--port=${connection.port}`,
    `--username=${role?.username ?? connection.username}`,
    '--no-password', // never ask: it couldn't be answered
    `--dbname=${conninfo(database)} ${KEEPALIVES}`,
  ];
  return {
    command: 'pg_restore',
    // --verbose names the entry that each error belongs to; dropping a subscription would reach to another server
    args: [
      ...(role !== undefined ? ['--no-owner', '--no-acl', `--use-list=${role.list}`] : []),
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
      ...(settings.length > 0 ? { PGOPTIONS: settings.join(' ') } : {}),
      ...libpqTls(connection.ssl_mode, files.caFile),
    },
  };
}

/** After a minute of silence, a sign of life is asked for every 10 s; after six without one the connection has gone. */
const KEEPALIVES = `keepalives=1 keepalives_idle=${KEEPALIVE_MS / 1000} keepalives_interval=10 keepalives_count=6`;

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

/** Such a name, with the restore's id in it. */
export const APPLICATION_NAME = /^jagad-restore ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) /;
