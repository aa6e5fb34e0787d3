/** The command lines of a PostgreSQL server that is a copy of another, and of its tools. Pure. */
import { join } from 'node:path';
import type { ToolCommand } from '../../../../lib/engines/load/engine.ts';
import { conninfo } from '../../../../lib/engines/postgres/load/commands.ts';
import type { ControlData } from '../../../../lib/formats/pgbackrest/control-data.ts';

/** The copy's directory on the disk. */
export interface CopyPlace {
  /** The programs of that major version. */
  binDir: string;
  data: string;
  /** The server reads this empty file instead of the copied postgresql.conf and postgresql.auto.conf. */
  configFile: string;
  hbaFile: string;
  socketDirectory: string;
  /** The whole environment of the programs. */
  env: Record<string, string>;
}

/** The role that does everything. The copy already has it, or it is created. */
export const COPY_SUPERUSER = 'postgres';
/** The port is only part of the socket's name. */
export const COPY_PORT = 5432;

/** Anyone who can reach the socket may do everything, but only this account can enter its directory. */
export const COPY_HBA = 'local all all trust\n';

/**
 * The server, listening only on its socket.
 * @param settings additional ones for the recovery target
 */
export function serverCommand(place: CopyPlace, control: ControlData, settings: Record<string, string>): ToolCommand {
  return {
    command: join(place.binDir, 'postgres'),
    args: ['-D', place.data, ...asOptions({ ...copySettings(place, control), ...settings })],
    env: place.env,
  };
}

/** Runs one statement per line of stdin, as the first superuser, whatever its name is. */
export function singleUserCommand(place: CopyPlace, control: ControlData): ToolCommand {
  return {
    command: join(place.binDir, 'postgres'),
    args: ['--single', '-D', place.data, ...asOptions(copySettings(place, control)), 'template1'],
    env: place.env,
  };
}

/** these are on the command line, because that overrides every file */
function copySettings(place: CopyPlace, control: ControlData): Record<string, string> {
  return {
    // Debian's file isn't in the data directory, and the source's is meant for its own machine
    config_file: place.configFile,
    hba_file: place.hbaFile,
    ident_file: place.configFile,
    listen_addresses: '',
    unix_socket_directories: place.socketDirectory,
    unix_socket_permissions: '0700',
    port: String(COPY_PORT),
    ssl: 'off',
    archive_mode: 'off', // the copy never writes into the repository
    hot_standby: 'off', // no sessions until it has reached its target, and no check of the source's sizes
    shared_preload_libraries: '',
    autovacuum: 'off',
    // the copy is deleted with the task: nothing in it has to survive a power cut
    fsync: 'off',
    full_page_writes: 'off',
    max_wal_senders: '0',
    // enough for transactions that were prepared, and for as many locks as a dump of that server needs
    ...Object.fromEntries(Object.entries(control.sizes).map(([name, value]) => [name, String(value)])),
    shared_buffers: '256MB',
    // the log is parsed, so it needs the form that lib/formats/pgbackrest/postgres-recovery-log.ts expects
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
}

function asOptions(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The sizes and other facts of the copied cluster. */
export function controlDataCommand({ binDir, data, env }: CopyPlace): ToolCommand {
  return { command: join(binDir, 'pg_controldata'), args: ['-D', data], env };
}

/** The same options as for a full backup, but without compression, because the dump is read on the same machine. */
export function dumpCommand({ binDir, socketDirectory, env }: CopyPlace, database: string): ToolCommand {
  return {
    command: join(binDir, 'pg_dump'),
    args: [
      '--format=custom',
      '--compress=0',
      '--clean',
      '--if-exists',
      '--no-password', // never ask for a password: nothing could answer
      '--lock-wait-timeout=60s', // a prepared transaction may hold a lock forever
      `--host=${socketDirectory}`,
      `--port=${COPY_PORT}`,
      `--username=${COPY_SUPERUSER}`,
      `--dbname=${conninfo(database)}`,
    ],
    env,
  };
}
