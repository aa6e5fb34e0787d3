/**
 * The small files that Mariabackup and XtraBackup put into each backup, beside the server's own. Pure.
 * From MariaDB 11.1 on they are called `mariadb_backup_…` (MDEV-18931).
 */
import { DecompressError, RestoreError } from '../../errors/errors.ts';

const PREFIXES = ['mariadb_backup_', 'xtrabackup_'];

/** The names that a file of the backup may have. */
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
 * Of `…_checkpoints`: `name = value` by line.
 * @throws RestoreError if it is none of a backup that can be prepared.
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
 * Of `…_info`. @returns the version of the server that was copied, such as `10.11.19-MariaDB-0+deb12u1-log`.
 * @throws RestoreError for a backup that cannot be put back as it is.
 */
export function readServerVersion(text: string): string {
  const values = readValues(text);
  const kinds = { compressed: '--compress', encrypted: '--encrypt', partial: 'only some databases or tables' };
  for (const [name, option] of Object.entries(kinds)) {
    const value = values.get(name) ?? 'N';
    if (value === 'N') continue;
    throw new RestoreError(`the backup is ${name} by the backup tool itself (${option}), which Jagad's are not`, {
      hint: 'Restore it by hand, with the tool that made it.',
    });
  }
  const version = values.get('server_version');
  if (version !== undefined) return version;
  throw new RestoreError('the backup does not say which server it is from', { hint: 'Restore another backup.' });
}

export interface LogStart {
  /** Name of the binary log, without a directory. */
  file: string;
  /** Byte position in it, of the first event that the backup does not hold. */
  position: number;
  /** What it holds, as GTIDs; empty if the server keeps none. */
  gtid: string;
}

/** Of `…_binlog_info`: file, position and GTIDs, tabs between; MySQL breaks the line after each comma of its GTIDs. */
export function readLogStart(text: string): LogStart | undefined {
  const [file = '', position = '', ...gtid] = text.trim().split('\t');
  if (file === '' || !/^\d+$/.test(position)) return undefined;
  return {
    file: file.slice(file.lastIndexOf('/') + 1),
    position: Number(position),
    gtid: gtid.join(',').replaceAll(/\s/g, ''),
  };
}

/** What an archive says of itself, in files that the backup tool writes last. */
export interface ArchiveFacts {
  checkpoints: Checkpoints;
  serverVersion: string;
  /** Where the binary logs go on from it; undefined if the server had none. */
  logStart: LogStart | undefined;
}

/** Endings of what the backup tools compressed or encrypted themselves. */
const PACKED = /\.(qp|lz4|zst|xbcrypt)$/;

/** Whether a file of an archive is one of those that it says something of itself in. */
export function tellsOfArchive(path: string): boolean {
  return FACT_FILES.has(path.replace(PACKED, '').replace(PACKED, ''));
}

const FACT_FILES = new Set((['checkpoints', 'info', 'binlog_info'] as const).flatMap(namesOf));

/**
 * @param files the texts of those files, by their paths.
 * @throws DecompressError if one is missing; RestoreError for a backup that cannot be prepared or put back as it is.
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

/** `name=value` and `name = value`, by line; of backup-my.cnf too, whose one section is the server's. */
export function readValues(text: string): Map<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return new Map(pairs);
}
