/** The command lines of a PostgreSQL server that is a copy of another, and of its tools. Pure. */
import { join } from 'node:path';
import type { ToolCommand } from '../../../lib/engines/load/engine.ts';
import { conninfo } from '../../../lib/engines/postgres/load/commands.ts';
import type { ControlData } from '../../../lib/formats/pgbackrest/control-data.ts';

/** Where the copy is on the disk. */
export interface CopyPlace {
  /** Of that major version. */
  binDir: string;
  data: string;
  /** What the server reads in place of the copied postgresql.conf and postgresql.auto.conf: an empty file. */
  configFile: string;
  hbaFile: string;
  socketDirectory: string;
  /** All of the environment that the programs get. */
  env: Record<string, string>;
}

/** The role that everything is done as: the copy has it, or is given it. */
export const COPY_SUPERUSER = 'postgres';
/** The port is only part of the socket's name. */
export const COPY_PORT = 5432;

/** Whoever reaches the socket may do all: only this account can enter its directory. */
export const COPY_HBA = 'local all all trust\n';

/** The server, only on its socket. @param settings additional ones: how far to recover */
export function serverCommand(place: CopyPlace, control: ControlData, settings: Record<string, string>): ToolCommand {
  return {
    command: join(place.binDir, 'postgres'),
    args: ['-D', place.data, ...asOptions({ ...copySettings(place, control), ...settings })],
    env: place.env,
  };
}

/** One statement a line comes through stdin; it runs as the first superuser, whatever that is called. */
export function singleUserCommand(place: CopyPlace, control: ControlData): ToolCommand {
  return {
    command: join(place.binDir, 'postgres'),
    args: ['--single', '-D', place.data, ...asOptions(copySettings(place, control)), 'template1'],
    env: place.env,
  };
}

/** On the command line, as that beats every file. */
function copySettings(place: CopyPlace, control: ControlData): Record<string, string> {
  return {
    config_file: place.configFile, // Debian's is not in the data directory, and the source's asks for its own machine
    hba_file: place.hbaFile,
    ident_file: place.configFile,
    listen_addresses: '',
    unix_socket_directories: place.socketDirectory,
    unix_socket_permissions: '0700',
    port: String(COPY_PORT),
    ssl: 'off',
    archive_mode: 'off', // the copy never writes into the repository
    hot_standby: 'off', // no session until it has reached its target, and no check of the source's sizes
    shared_preload_libraries: '',
    autovacuum: 'off',
    // the copy goes with the task: nothing of it has to survive a power cut
    fsync: 'off',
    full_page_writes: 'off',
    max_wal_senders: '0',
    // room for the transactions that were prepared, and for as many locks as a dump of that server needs
    ...Object.fromEntries(Object.entries(control.sizes).map(([name, value]) => [name, String(value)])),
    shared_buffers: '256MB',
    // the log is read: as lib/formats/pgbackrest/postgres-recovery-log.ts knows it
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

/** Sizes and the like of the copied cluster. */
export function controlDataCommand({ binDir, data, env }: CopyPlace): ToolCommand {
  return { command: join(binDir, 'pg_controldata'), args: ['-D', data], env };
}

/** As full backups are dumped, but for the compression: it is read on the same machine. */
export function dumpCommand({ binDir, socketDirectory, env }: CopyPlace, database: string): ToolCommand {
  return {
    command: join(binDir, 'pg_dump'),
    args: [
      '--format=custom',
      '--compress=0',
      '--clean',
      '--if-exists',
      '--no-password', // never ask: it couldn't be answered
      '--lock-wait-timeout=60s', // a transaction that was prepared may hold a lock forever
      `--host=${socketDirectory}`,
      `--port=${COPY_PORT}`,
      `--username=${COPY_SUPERUSER}`,
      `--dbname=${conninfo(database)}`,
    ],
    env,
  };
}
