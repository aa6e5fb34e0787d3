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

/** An archive on the disk, which several sessions read at the same time. */
export interface SpooledArchive {
  path: string;
  jobs: number;
}

/** How to load an archive as a role that owns nothing and grants nothing. */
export interface AsRole {
  username: string;
  /** A file that lists the entries to load. */
  list: string;
}

export interface RestoreRun {
  /** Undefined if the connection's user loads it. */
  role: AsRole | undefined;
  files: PostgresFiles;
  /** The application name of the tool's sessions. */
  session: string;
  /** The PATH for finding the tools. */
  path: string;
  /** Whether the server ends idle sessions. */
  endsIdle: boolean;
  /** Whether the sessions have to request messages in English. Only a superuser may set that. */
  english?: boolean;
}

/**
 * Objects that the archive replaces must have been dropped before.
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
    // if a role loads, the role itself has these settings
    ...(role === undefined ? target.settings : {}),
  });
  const where = [
    `--host=${connection.host}`,
    `--port=${connection.port}`,
    `--username=${role?.username ?? connection.username}`,
    '--no-password', // never ask for a password: nothing could answer
    `--dbname=${conninfo(database)} ${KEEPALIVES}`,
  ];
  return {
    command: 'pg_restore',
    // --verbose names the entry that each error belongs to; and dropping a subscription would connect to another server
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

/**
 * Keepalive packets are sent every 10 s after a minute without traffic. After six without an answer, the connection
 * counts as lost.
 */
const KEEPALIVES = `keepalives=1 keepalives_idle=${KEEPALIVE_MS / 1000} keepalives_interval=10 keepalives_count=6`;

/**
 * A database's name in a form that libpq only takes as a name. It would take a bare name with `=` or `://` for a
 * connection string, and connect somewhere else. Format: libpq, "Keyword/Value Connection Strings".
 */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * A line of a password file (libpq, "The Password File"). It is for any server, because only this restore reads the
 * file.
 */
export function passFileLine(password: string): string {
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/**
 * The application name of a tool's sessions, by which they can be found and ended. At most 63 bytes.
 * @param load differs for each load, at most 12 characters: a task must not end the sessions of another task of the
 * same restore.
 */
export function applicationName(restoreId: string, load: string): string {
  return `jagad-restore ${restoreId} ${load}`;
}

/** Finds the restore's id in such an application name. */
export const APPLICATION_NAME = /^jagad-restore ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) /;
