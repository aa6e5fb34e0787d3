/**
 * The programs for physical backups of MariaDB and MySQL: the names and flags of the two families. Pure. Mariabackup is
 * a fork of XtraBackup and prepares backups in the same way. The XtraBackup part follows its manual ("Prepare an
 * incremental backup"), and wasn't tested with the real program, which Debian doesn't have.
 */
import type { ArchiveTool } from '../../databases/physical-tools.ts';

export interface InnodbTools {
  dbType: 'mariadb' | 'mysql';
  /** The server's name in messages, as its makers spell it. */
  title: string;
  /**
   * Whether the server's programs are in a separate directory, because MariaDB's packages contain programs with the
   * same names.
   */
  ownDirectory: boolean;
  /** The server whose client has these TLS flags. */
  clientFlavour: 'mariadb' | 'oracle';
  /** Unpacks an archive. */
  unpack: string;
  /** Prepares a backup: merges the changes of a chain. */
  prepare: string;
  server: string;
  client: string;
  dump: string;
  binlog: string;
  /** Used while more changes follow: transactions that are open at a backup's end may continue in the next one. */
  prepareMore: readonly string[];
  serverArgs: readonly string[];
  /** The settings of the copied server that its files depend on. */
  keptSettings: readonly string[];
  binlogArgs: readonly string[];
}

const KEPT_SETTINGS = [
  'innodb_page_size',
  'innodb_data_file_path',
  'innodb_checksum_algorithm',
  'lower_case_table_names',
];

export const INNODB_TOOLS: Record<ArchiveTool, InnodbTools> = {
  mariabackup: {
    dbType: 'mariadb',
    title: 'MariaDB',
    ownDirectory: false,
    clientFlavour: 'mariadb',
    unpack: 'mbstream',
    prepare: 'mariadb-backup',
    server: 'mariadbd',
    client: 'mariadb',
    dump: 'mariadb-dump',
    binlog: 'mariadb-binlog',
    prepareMore: [], // it keeps open transactions anyway
    serverArgs: ['--skip-slave-start'],
    keptSettings: [...KEPT_SETTINGS, 'innodb_undo_tablespaces'],
    // transactions of several masters may be in any order; this accepts that, as series before 10.8 do, which don't
    // have this check
    binlogArgs: ['--loose-skip-gtid-strict-mode'],
  },
  xtrabackup: {
    dbType: 'mysql',
    title: 'MySQL',
    ownDirectory: true,
    clientFlavour: 'oracle',
    unpack: 'xbstream',
    prepare: 'xtrabackup',
    server: 'mysqld',
    client: 'mysql',
    dump: 'mysqldump',
    binlog: 'mysqlbinlog',
    prepareMore: ['--apply-log-only'],
    // settings that SET PERSIST left in the files were for another machine; the copy's GTIDs don't belong in its dumps
    serverArgs: ['--skip-replica-start', '--mysqlx=OFF', '--persisted-globals-load=OFF', '--gtid-mode=OFF'],
    keptSettings: KEPT_SETTINGS,
    // the copy isn't a replica: events are applied as new transactions, which need no GTIDs, whatever gtid_mode was
    binlogArgs: ['--skip-gtids'],
  },
};

/** How databases are dumped, by this service and by Jagad. */
export const MYSQL_DUMP_FLAGS: readonly string[] = ['--single-transaction', '--routines', '--triggers', '--events'];

/** Reads an archive on its standard input. */
export function unpackArgs(directory: string): string[] {
  return ['-x', '-C', directory];
}

export interface PrepareStep {
  base: string;
  /** The changes to apply. Without them, the base itself is prepared. */
  incremental?: string | undefined;
  /** Whether nothing more will be applied. */
  last: boolean;
  memoryBytes: number;
}

export function prepareArgs(tools: InnodbTools, { base, incremental, last, memoryBytes }: PrepareStep): string[] {
  return [
    '--no-defaults', // has to be first
    '--prepare',
    ...(last ? [] : tools.prepareMore),
    `--use-memory=${memoryBytes}`,
    `--target-dir=${base}`,
    ...(incremental === undefined ? [] : [`--incremental-dir=${incremental}`]),
  ];
}

export interface CopyPlaces {
  data: string;
  temporary: string;
  initFile: string;
  socket: string;
  /** An empty directory. */
  files: string;
}

/**
 * A server on the prepared copy that only listens on its socket, and does nothing by itself. Its data doesn't have to
 * survive a power cut. Binary logs may contain any statement, but no statement can read or write a file outside the
 * copy.
 * @param settings of the copied server, by name.
 */
export function serverArgs(
  tools: InnodbTools,
  places: CopyPlaces,
  settings: ReadonlyMap<string, string>,
  memoryBytes: number,
): string[] {
  const kept = tools.keptSettings.flatMap((name) => {
    const value = settings.get(name);
    return value === undefined ? [] : [`--${name.replaceAll('_', '-')}=${value}`];
  });
  return [
    '--no-defaults', // has to be first
    `--datadir=${places.data}`,
    `--tmpdir=${places.temporary}`,
    `--init-file=${places.initFile}`,
    `--socket=${places.socket}`,
    `--pid-file=${places.temporary}/server.pid`,
    '--skip-networking',
    '--skip-log-bin',
    '--event-scheduler=OFF',
    '--max-allowed-packet=1G',
    `--secure-file-priv=${places.files}`, // the only directory for LOAD_FILE, LOAD DATA and INTO OUTFILE
    '--loose-skip-symbolic-links', // DATA DIRECTORY
    '--local-infile=1', // a LOAD DATA in a binary log is replayed as LOAD DATA LOCAL
    `--innodb-buffer-pool-size=${memoryBytes}`,
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=0',
    '--innodb-use-native-aio=0', // the kernel has few contexts for it, which all programs on the machine share
    ...tools.serverArgs,
    ...kept,
  ];
}

export interface LogPart {
  file: string;
  /** Byte positions in the log. Without `stop`, up to the log's end. */
  start?: number | undefined;
  stop?: number | undefined;
  /** The directory to which the rows of a LOAD DATA are written, and from which the client reads them. */
  loadDirectory: string;
}

/** Writes a part of a binary log as SQL. */
export function binlogArgs(tools: InnodbTools, { file, start, stop, loadDirectory }: LogPart): string[] {
  return [
    '--no-defaults', // has to be first
    '--verify-binlog-checksum',
    `--local-load=${loadDirectory}`,
    ...tools.binlogArgs,
    ...(start === undefined ? [] : [`--start-position=${start}`]),
    ...(stop === undefined ? [] : [`--stop-position=${stop}`]),
    file,
  ];
}

const MIB = 1024 ** 2;
const LEAST_MEMORY = 128 * MIB;
const MOST_MEMORY = 2048 * MIB;

/**
 * How much memory InnoDB may use for its pages, both while preparing and in the server: a quarter, because the disk
 * cache needs memory too.
 */
export function innodbMemory(machineBytes: number): number {
  return Math.min(MOST_MEMORY, Math.max(LEAST_MEMORY, Math.floor(machineBytes / 4 / MIB) * MIB));
}

/** `10.11` from `10.11.19-MariaDB-0+deb12u1-log`, even after other text; undefined if there is none. */
export function serverSeries(version: string): string | undefined {
  return /\d+\.\d+(?=\.\d)/.exec(version)?.[0] ?? /\d+\.\d+/.exec(version)?.[0];
}
