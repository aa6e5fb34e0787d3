/**
 * PostgreSQL's archived WAL, as pgBackRest keeps it:
 * `<repository>/archive/<stanza>/<version>-<n>/<16 hex digits>/<24 hex digits>-<SHA-1>.gz`, with other endings for other
 * compressions. A segment's 24 digits are timeline, log id and segment, eight each.
 * https://www.postgresql.org/docs/current/wal-internals.html
 */
import type { ArchivedLog, LogRun } from './log-run.ts';

const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;
/** Neither `.partial`, `.backup` nor `.history` files: a partial one is whole on the next timeline. */
const KEY = /\/([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/;
const LSN = /^([0-9A-F]+)\/([0-9A-F]+)$/i;

const MIB = 1024 ** 2;
const LOG_ID_BYTES = 4096 * MIB;
/** What initdb takes for --wal-segsize, its default first. */
const SEGMENT_BYTES = [16, 1, 2, 4, 8, 32, 64, 128, 256, 512, 1024].map((mib) => mib * MIB);

/** A backup that lacks so many lacks enough: a record may say that it needs billions. */
const MISSING_NAMED = 20;

/** The segment that a key of the archive holds, or undefined where it holds none. */
export function segmentOf(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}

/** Behind which key of an archive's folder its segments are listed from this one on. */
export function keyBefore(folder: string, segment: string): string {
  // each key has a checksum behind the segment's name, and so comes after it
  return `${folder}/${segment.slice(0, 16)}/${segment}`;
}

/** Of a backup, what says which segments it needs. */
export interface WalNeed {
  wal_start: string;
  wal_stop: string;
  /** Where in wal_start the backup began: the size of segments follows from it. */
  from_lsn: string | null;
}

/**
 * The segments from a backup's first on, up to the first one that no timeline has.
 * @param archived what lies there from wal_start on, in any order.
 */
export function walRun({ wal_start, wal_stop, from_lsn }: WalNeed, archived: readonly ArchivedLog[]): LogRun {
  const first = positionOf(wal_start);
  const last = positionOf(wal_stop);
  if (first === undefined || last === undefined) {
    return { logs: [], missing: [`'${wal_start}' and '${wal_stop}' are no names of WAL segments`], notes: [] };
  }
  const perLogId = LOG_ID_BYTES / segmentBytes(wal_start, from_lsn);
  const numberOf = (at: Position) => at.logId * perLogId + at.segment;
  const nameAt = (number: number) =>
    [last.timeline, Math.floor(number / perLogId), number % perLogId].map(hexDigits).join('');

  // a segment is on several timelines where the server was promoted within it: it goes on on the newest
  const newest = new Map<number, { log: ArchivedLog; timeline: number }>();
  for (const log of archived) {
    const at = positionOf(segmentOf(log.key) ?? '');
    if (at === undefined || at.timeline < first.timeline) continue;
    const number = numberOf(at);
    if (at.timeline >= (newest.get(number)?.timeline ?? 0)) newest.set(number, { log, timeline: at.timeline });
  }

  const missing: string[] = [];
  const logs: ArchivedLog[] = [];
  let number = numberOf(first);
  for (; number <= numberOf(last) && missing.length < MISSING_NAMED; number++) {
    const found = newest.get(number);
    if (found) logs.push(found.log);
    else missing.push(`WAL segment ${nameAt(number)} is not in the archive: the backup is not consistent without it`);
  }
  if (number <= numberOf(last)) missing.push(`what it needs after that, up to ${wal_stop}, was not looked for`);
  let timeline = last.timeline;
  for (let found = newest.get(number); missing.length === 0 && found; found = newest.get(++number)) {
    logs.push(found.log);
    timeline = Math.max(timeline, found.timeline);
  }

  const notes: string[] = [];
  if (timeline > last.timeline) {
    notes.push(`the server was promoted after the backup: the log is followed to timeline ${timeline}`);
  }
  const goesOn = [...newest.keys()].some((later) => later > number);
  if (missing.length === 0 && goesOn) {
    notes.push(`WAL segment ${nameAt(number)} is not in the archive: what comes after it cannot be reached`);
  }
  return { logs, missing, notes };
}

interface Position {
  timeline: number;
  logId: number;
  segment: number;
}

function positionOf(name: string): Position | undefined {
  const found = SEGMENT.exec(name);
  if (found === null) return undefined;
  const [timeline = 0, logId = 0, segment = 0] = found.slice(1).map((digits) => Number.parseInt(digits, 16));
  return { timeline, logId, segment };
}

/** How large the server's segments are: the size by which a position lies in the segment that is said to hold it. */
function segmentBytes(name: string, lsn: string | null): number {
  const [, , low = ''] = LSN.exec(lsn ?? '') ?? [];
  const holds = (bytes: number) => Math.floor(Number.parseInt(low, 16) / bytes) === positionOf(name)?.segment;
  return SEGMENT_BYTES.find(holds) ?? 16 * MIB;
}

function hexDigits(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, '0');
}
