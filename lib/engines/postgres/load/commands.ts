/** The command lines of PostgreSQL's tools. Pure. */
import { KEEPALIVE_MS } from '../../connect/session-socket.ts';
import { libpqTls } from '../../connect/tls.ts';
import type { Target, ToolCommand } from '../../load/engine.ts';
import { settingOptions } from '../rules/setting-options.ts';

export interface PostgresFiles {
  passFile: string;
  caFile: string;
  home: string;
}

/** An archive on the disk that several sessions read at the same time. */
export interface SpooledArchive {
  path: string;
  jobs: number;
}

/** How a role that owns nothing and grants nothing loads an archive. */
export interface AsRole {
  username: string;
  /** A file with the entries that are loaded. */
  list: string;
}

export interface RestoreRun {
  /** Undefined if the connection's user loads it. */
  role: AsRole | undefined;
  files: PostgresFiles;
  /** The application name of the tool's sessions. */
  session: string;
  /** The PATH to find the tools on. */
  path: string;
  /** Whether the server ends idle sessions. */
  endsIdle: boolean;
  /** Whether the sessions have to ask for messages in English, which only a superuser may set. */
  english?: boolean;
}

/**
 * The objects that it replaces have been dropped before.
 * @param archive undefined if the dump comes through stdin
 */
export function postgresCommand(
  archive: SpooledArchive | undefined,
  target: Target,
  { role, files, session, path, endsIdle, english = false }: RestoreRun,
): ToolCommand {
  const { connection, database } = target;
  const settings = settingOptions({
    // several jobs wait for each other
    ...(endsIdle ? { idle_session_timeout: '0' } : {}),
    ...(english ? { lc_messages: 'C' } : {}),
    // a role has them as its own
    ...(role === undefined ? target.settings : {}),
  });
  const where = [
    `--host=${connection.host}`,
    `--port=${connection.port}`,
    `--username=${role?.username ?? connection.username}`,
    '--no-password', // never ask: it couldn't be answered
    `--dbname=${conninfo(database)} ${KEEPALIVES}`,
  ];
  return {
    command: 'pg_restore',
    // --verbose names the entry that each error belongs to; dropping a subscription would connect to another server
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
      LC_ALL: 'C', // the messages are parsed
      PGPASSFILE: files.passFile,
      PGAPPNAME: session,
      PGCONNECT_TIMEOUT: '20',
      ...(settings === '' ? {} : { PGOPTIONS: settings }),
      ...libpqTls(connection.ssl_mode, files.caFile),
    },
  };
}

/** After a minute of silence, a sign of life is asked for every 10 s; after six without one the connection has gone. */
const KEEPALIVES = `keepalives=1 keepalives_idle=${KEEPALIVE_MS / 1000} keepalives_interval=10 keepalives_count=6`;

/**
 * A database's name in a form that libpq takes only as a name: it would read a bare name with `=` or `://` as a
 * connection string, and connect somewhere else. Format: libpq, "Keyword/Value Connection Strings".
 */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
}

/** A line of a password file (libpq, "The Password File"): for any server, since only this restore reads the file. */
export function passFileLine(password: string): string {
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/**
 * The application name of a tool's sessions, so that they can be found and ended. At most 63 bytes.
 * @param load unique for each load, at most 12 characters: no task may end the sessions of another task of the same
 * restore.
 */
export function applicationName(restoreId: string, load: string): string {
  return `jagad-restore ${restoreId} ${load}`;
}

/** Such an application name, with the restore's id in it. */
export const APPLICATION_NAME = /^jagad-restore ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) /;
