/**
 * The binary logs of MySQL and MariaDB, archived under their names on the server: a base name and a number of at least
 * six digits, such as `mysql-bin.000042`.
 */
import type { ArchivedLog, LogRun } from './log-run.ts';

/** The extension of the index next to them consists of letters. */
const NAME = /^(.+)\.(\d{6,})$/;

/** The folder in a bucket that a connection's binlog_prefix names. */
export function binlogFolder(prefix: string): string {
  return `${prefix.replace(/\/+$/, '')}/`;
}

/** The binary logs in a folder, in order of their names, and all base names. The index is left out. */
export function binlogNames(folder: string, archived: readonly ArchivedLog[]): string[] {
  return archived
    .map((log) => binaryLog(folder, log))
    .filter((log) => log !== undefined)
    .sort((a, b) => (a.base === b.base ? a.number - b.number : a.base < b.base ? -1 : 1))
    .map(nameOf);
}

interface BinaryLogName {
  base: string;
  number: number;
  digits: number;
}

interface BinaryLog extends ArchivedLog, BinaryLogName {}

/**
 * The binary logs that a server wrote after a backup, up to the first missing one. Only the backup itself contains its
 * position in them, so this function compares the times of archiving.
 * @param archived the folder's content, in any order.
 * @param completedAt when the backup was completed.
 */
export function binlogRun(folder: string, archived: readonly ArchivedLog[], completedAt: Date): LogRun {
  const all = archived.map((log) => binaryLog(folder, log)).filter((log) => log !== undefined);
  const newest = all.reduce<BinaryLog | undefined>((a, b) => (a && a.storedAt >= b.storedAt ? a : b), undefined);
  // a changed base name begins a new sequence
  const row = all.filter(({ base }) => base === newest?.base).sort((a, b) => a.number - b.number);
  const begin = row.findIndex(({ storedAt }) => storedAt > completedAt);
  if (newest === undefined || begin === -1) {
    return { logs: [], missing: [], notes: [`no binary log was archived under ${folder} after the backup`] };
  }
  const first = row[begin] as BinaryLog;
  const before = row[begin - 1];
  const notes: string[] = [];
  if (before === undefined) {
    notes.push(
      `the oldest binary log is ${nameOf(first)}: whether it reaches back to the backup is only known once it is read`,
    );
  }
  const logs: BinaryLog[] = [];
  let next = before === undefined ? first.number : before.number + 1;
  for (const log of row.slice(begin)) {
    if (log.number !== next) {
      const wanted = nameOf({ ...first, number: next });
      notes.push(`binary log ${wanted} is not in the archive: nothing after it can be reached`);
      break;
    }
    logs.push(log);
    next++;
  }
  return { logs: logs.map(({ key, bytes, storedAt }) => ({ key, bytes, storedAt })), missing: [], notes };
}

/**
 * The logs that a server wrote from a given one on, in order of their names, up to the first missing one. A log is only
 * reported missing if it is the first of all, or if a later one exists.
 * @param names in any order, possibly with other files.
 */
export function logsFrom(first: string, names: readonly string[]): { name: string; exists: boolean }[] {
  const begin = parseName(first);
  if (begin === undefined) return [{ name: first, exists: names.includes(first) }];
  const there = new Map<number, string>();
  for (const name of names) {
    const other = parseName(name);
    if (other?.base === begin.base) there.set(other.number, name);
  }
  const last = Math.max(begin.number, ...there.keys());
  const logs: { name: string; exists: boolean }[] = [];
  for (let number = begin.number; number <= last && logs.at(-1)?.exists !== false; number++) {
    const name = there.get(number);
    logs.push({ name: name ?? nameOf({ ...begin, number }), exists: name !== undefined });
  }
  return logs;
}

function binaryLog(folder: string, log: ArchivedLog): BinaryLog | undefined {
  const name = parseName(log.key.slice(folder.length));
  return name === undefined ? undefined : { ...log, ...name };
}

function parseName(name: string): BinaryLogName | undefined {
  const [, base, digits] = NAME.exec(name) ?? [];
  if (base === undefined || digits === undefined || base.includes('/')) return undefined;
  return { base, number: Number(digits), digits: digits.length };
}

function nameOf({ base, number, digits }: BinaryLogName): string {
  return `${base}.${`${number}`.padStart(digits, '0')}`;
}
