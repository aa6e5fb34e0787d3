/**
 * The binary logs of MySQL and MariaDB, archived under the names that they have in the server's directory: one base name
 * and a number of six digits or more, such as `mysql-bin.000042`.
 */
import type { ArchivedLog, LogRun } from './log-run.ts';

/** The index beside them has letters for its ending. */
const NAME = /^(.+)\.(\d{6,})$/;

/** The folder of a bucket that a connection's binlog_prefix names. */
export function binlogFolder(prefix: string): string {
  return `${prefix.replace(/\/+$/, '')}/`;
}

/** The binary logs of a folder by their names, in their order, with all base names; the index is none. */
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
 * The binary logs that a server wrote after a backup, up to the first one that is missing. Where in them the backup
 * itself stood is only known from the backup: this goes by when they were archived.
 * @param archived what lies in the folder, in any order.
 * @param completedAt of the backup.
 */
export function binlogRun(folder: string, archived: readonly ArchivedLog[], completedAt: Date): LogRun {
  const all = archived.map((log) => binaryLog(folder, log)).filter((log) => log !== undefined);
  const newest = all.reduce<BinaryLog | undefined>((a, b) => (a && a.storedAt >= b.storedAt ? a : b), undefined);
  // a base name that was changed begins a row of its own
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
 * The logs that a server wrote from one on, by their names, up to the first that is missing; one is only reported missing
 * if it is the first of all, or a later one is there.
 * @param names in any order, with other files among them.
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
