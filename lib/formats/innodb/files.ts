/**
 * The small files that Mariabackup and XtraBackup add to each backup. Pure. From MariaDB 11.1 on, they are called
 * `mariadb_backup_…` (MDEV-18931).
 */
import { DecompressError, RestoreError } from '../../errors/errors.ts';

const PREFIXES = ['mariadb_backup_', 'xtrabackup_'];

/** The possible names of a file of the backup. */
export function namesOf(kind: 'checkpoints' | 'info' | 'binlog_info'): string[] {
  return PREFIXES.map((prefix) => `${prefix}${kind}`);
}

/** InnoDB's log sequence numbers, decimal. */
export interface Checkpoints {
  type: 'full' | 'incremental';
  fromLsn: string;
  toLsn: string;
}

/**
 * Reads `…_checkpoints`: one `name = value` per line.
 * @throws RestoreError if it doesn't describe a backup that can be prepared.
 */
export function readCheckpoints(text: string): Checkpoints {
  const values = readValues(text);
  const [type, fromLsn, toLsn] = ['backup_type', 'from_lsn', 'to_lsn'].map((name) => values.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  const known = { 'full-backuped': 'full', incremental: 'incremental' } as const;
  if (!Object.hasOwn(known, type) || ![fromLsn, toLsn].every((lsn) => /^\d+$/.test(lsn))) {
    throw new RestoreError(
      `the archive is of type "${type}", from LSN "${fromLsn}" to "${toLsn}": no backup to prepare`,
      {
        hint: 'Restore another backup: this one was prepared before it was stored, or is damaged.',
      },
    );
  }
  return { type: known[type as keyof typeof known], fromLsn, toLsn };
}

/**
 * Reads `…_info`.
 * @returns the version of the backed-up server, such as `10.11.19-MariaDB-0+deb12u1-log`.
 * @throws RestoreError for a backup that can't be restored as it is.
 */
export function readServerVersion(text: string): string {
  const values = readValues(text);
  const kinds = { compressed: '--compress', encrypted: '--encrypt', partial: 'only some databases or tables' };
  for (const [name, option] of Object.entries(kinds)) {
    const value = values.get(name) ?? 'N';
    if (value === 'N') continue;
    throw new RestoreError(`the backup tool itself made the backup ${name} (${option}), unlike Jagad's backups`, {
      hint: 'Restore it by hand, with the tool that made it.',
    });
  }
  const version = values.get('server_version');
  if (version !== undefined) return version;
  throw new RestoreError('the backup does not say which server it is from', { hint: 'Restore another backup.' });
}

export interface LogStart {
  /** The name of the binary log, without a directory. */
  file: string;
  /** The byte position in it of the first event that the backup doesn't contain. */
  position: number;
  /** The transactions that the backup contains, as GTIDs; empty if the server has none. */
  gtid: string;
}

/**
 * Reads `…_binlog_info`: file, position and GTIDs, separated by tabs; MySQL adds a line break after each comma in its
 * GTIDs.
 */
export function readLogStart(text: string): LogStart | undefined {
  const [file = '', position = '', ...gtid] = text.trim().split('\t');
  if (file === '' || !/^\d+$/.test(position)) return undefined;
  return {
    file: file.slice(file.lastIndexOf('/') + 1),
    position: Number(position),
    gtid: gtid.join(',').replaceAll(/\s/g, ''),
  };
}

/** An archive's description of itself, in files that the backup tool writes last. */
export interface ArchiveFacts {
  checkpoints: Checkpoints;
  serverVersion: string;
  /** Where the binary logs continue after it; undefined if the server had none. */
  logStart: LogStart | undefined;
}

/** The extensions of files that the backup tools themselves compressed or encrypted. */
const PACKED = /\.(qp|lz4|zst|xbcrypt)$/;

/** Whether a file of an archive is one of those that describe it. */
export function tellsOfArchive(path: string): boolean {
  return FACT_FILES.has(path.replace(PACKED, '').replace(PACKED, ''));
}

const FACT_FILES = new Set((['checkpoints', 'info', 'binlog_info'] as const).flatMap(namesOf));

/**
 * @param files their texts, by their paths.
 * @throws DecompressError if one is missing; RestoreError for a backup that can't be prepared or restored as it is.
 */
export function archiveFacts(files: ReadonlyMap<string, string>): ArchiveFacts {
  const textOf = (kind: Parameters<typeof namesOf>[0]) =>
    namesOf(kind)
      .map((name) => files.get(name))
      .find((text) => text !== undefined);
  const needed = (kind: 'checkpoints' | 'info'): string => {
    const text = textOf(kind);
    if (text !== undefined) return text;
    const packed = [...files.keys()].find((path) => PACKED.test(path));
    if (packed !== undefined) throw packedByTool(packed);
    throw new DecompressError(`the archive ends half-way: there is no ${namesOf(kind).reverse().join(' or ')} in it`, {
      hint: 'The backup tool writes it last, so the backup was not finished: restore another one.',
    });
  };
  const logStart = textOf('binlog_info');
  return {
    checkpoints: readCheckpoints(needed('checkpoints')),
    serverVersion: readServerVersion(needed('info')),
    logStart: logStart === undefined ? undefined : readLogStart(logStart),
  };
}

function packedByTool(path: string): RestoreError {
  return new RestoreError(`the backup tool itself compressed or encrypted the backup: it holds ${path}`, {
    hint: 'Restore it by hand, with the tool that made it.',
  });
}

/** `name=value` and `name = value`, one per line; also in backup-my.cnf, whose only section is the server's. */
export function readValues(text: string): Map<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return new Map(pairs);
}
