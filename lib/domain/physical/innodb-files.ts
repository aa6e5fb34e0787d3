/**
 * The small files that Mariabackup and XtraBackup put into each backup, beside the server's own. Pure.
 * From MariaDB 11.1 on they are called `mariadb_backup_…` (MDEV-18931).
 */
import { RestoreError } from '../errors.ts';

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
 * @throws RestoreError where it is none of a backup that can be prepared.
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
      hint: 'Put it back by hand, with the tool that made it.',
    });
  }
  const version = values.get('server_version');
  if (version !== undefined) return version;
  throw new RestoreError('the backup does not say of which server it is', { hint: 'Restore another backup.' });
}

export interface LogStart {
  /** Name of the binary log, without a directory. */
  file: string;
  /** Byte position in it, of the first event that the backup does not hold. */
  position: number;
  /** What it holds, as GTIDs; empty where the server keeps none. */
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

/** `name=value` and `name = value`, by line; of backup-my.cnf too, whose one section is the server's. */
export function readValues(text: string): Map<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return new Map(pairs);
}
