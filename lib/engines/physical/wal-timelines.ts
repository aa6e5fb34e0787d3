/**
 * The timelines along which a server's WAL can be followed from a backup. A promotion begins a new timeline. Up to the
 * fork, both share the same log. After it, each has segments with the same numbers but different content. Along one
 * timeline, each log position has exactly one segment: that of the newest ancestor that had begun by then.
 */

import type { TimelineSwitch } from '../../formats/pgbackrest/timeline-history.ts';
import { lsnBytes } from '../../formats/pgbackrest/wal-position.ts';
import {
  historyName,
  type Numbering,
  numberingOf,
  positionOf,
  segmentOf,
} from '../../formats/pgbackrest/wal-segments.ts';
import type { ArchivedLog, LogRun } from './log-run.ts';

/** The maximum number of missing segments to report, because a record may claim that it needs billions. */
const MISSING_NAMED = 20;

/** The fields of a backup that say which segments it needs. */
export interface WalNeed {
  wal_start: string;
  wal_stop: string;
  /** The position in wal_start at which the backup began. The segment size follows from it. */
  from_lsn: string | null;
  /** Where the backup ended. A timeline that forked earlier can't be followed from it. */
  to_lsn: string | null;
}

/** The content of a history file, or why it is unknown. */
export type History = { switches: TimelineSwitch[]; archivedAt: Date } | { problem: string };

/** The archived segments from a backup's first one on. */
export interface WalArchive {
  /** In any order. */
  logs: readonly ArchivedLog[];
  /** By timeline. */
  histories: ReadonlyMap<number, History>;
  /** The timelines that may have more segments than were listed. */
  cut: ReadonlySet<number>;
}

export interface WalTimeline {
  timeline: number;
  /** Where it forked from its parent. Null for the backup's own timeline, and if unknown. */
  fork: { parent: number; lsn: string; reason: string } | null;
  /** When its history file was archived. The server does that when it is promoted. */
  promotedAt: Date | null;
  /** The segments along it, from the backup's first one up to the first missing one. */
  run: Omit<LogRun, 'missing'>;
  /** The last segment archived along it, even after gaps. */
  lastSegment: string | null;
  /** Whether it has WAL of its own after the last timeline that forked from it. */
  goesOn: boolean;
  /** Whether it may have more segments than were listed. */
  isCut: boolean;
  /** Why the backup can't be recovered along it, in words. */
  problem: string | null;
  /** Whether it certainly doesn't continue the backup. */
  isElsewhere: boolean;
}

export interface WalTimelines {
  /** The backup's own timeline first, then the later ones in order. */
  timelines: WalTimeline[];
  /** What is missing although the backup needs it, in words. */
  missing: string[];
}

/** One ancestor of a timeline. */
interface Stretch {
  timeline: number;
  /** Where it begins, in bytes of the log. 0 for the backup's own timeline. */
  from: number;
}

/** The timelines from a backup on, without those before its own. */
export function walTimelines(need: WalNeed, archive: WalArchive): WalTimelines {
  const { wal_start, wal_stop, from_lsn, to_lsn } = need;
  const [first, last] = [positionOf(wal_start), positionOf(wal_stop)];
  if (first === undefined || last === undefined) {
    return { timelines: [], missing: [`'${wal_start}' and '${wal_stop}' aren't names of WAL segments`] };
  }
  const numbering = numberingOf(wal_start, from_lsn);
  const { segmentBytes, numberOf } = numbering;
  const [firstNumber, lastNumber] = [numberOf(first), numberOf(last)];
  const logs = byTimeline(archive.logs, numbering);
  const logsOf = (timeline: number) => logs.get(timeline) ?? new Map<number, ArchivedLog>();
  const own = last.timeline;
  /** The segments that the backup itself needs, on its own timeline or on the one just before it. */
  const needed = (number: number) => {
    for (let timeline = own; timeline >= first.timeline; timeline--) {
      const log = logsOf(timeline).get(number);
      if (log) return log;
    }
    return undefined;
  };
  // if its end is unknown, it is somewhere in its last segment
  const known = to_lsn === null ? Number.NaN : lsnBytes(to_lsn);
  const end = Number.isNaN(known) ? lastNumber * segmentBytes : known;

  const numbers = new Set([own, ...logs.keys(), ...archive.histories.keys()]);
  const all = [...numbers].filter((timeline) => timeline >= own).sort((a, b) => a - b);
  const ways = new Map(all.map((timeline) => [timeline, wayTo(timeline)]));
  const forks = [...ways.values()].flatMap((way) => ('stretches' in way ? forksOf(way.stretches) : []));

  function wayTo(timeline: number): { stretches: Stretch[] } | { problem: string; isElsewhere: boolean } {
    if (timeline === own) return { stretches: [{ timeline, from: 0 }] };
    const history = archive.histories.get(timeline);
    if (history === undefined) {
      const problem = `${historyName(timeline)} is not in the archive, so where timeline ${timeline} begins is unknown`;
      return { problem, isElsewhere: false };
    }
    if ('problem' in history) return { problem: history.problem, isElsewhere: false };
    const at = history.switches.findIndex((one) => one.timeline === own);
    const left = history.switches[at];
    if (left === undefined) {
      const problem = `timeline ${timeline} does not come from timeline ${own}, on which the backup was made`;
      return { problem, isElsewhere: true };
    }
    if (lsnBytes(left.lsn) < end) {
      const where = to_lsn === null ? `in ${wal_stop}` : `at ${to_lsn}`;
      const problem = `timeline ${timeline} left timeline ${own} at ${left.lsn}, before the backup ended ${where}`;
      return { problem, isElsewhere: true };
    }
    const way = history.switches.slice(at);
    const stretches = way.map(({ lsn }, index) => ({
      timeline: way[index + 1]?.timeline ?? timeline,
      from: lsnBytes(lsn),
    }));
    return { stretches: [{ timeline: own, from: 0 }, ...stretches] };
  }

  function described(timeline: number): WalTimeline {
    const way = ways.get(timeline);
    const history = archive.histories.get(timeline);
    const isKnown = history !== undefined && 'switches' in history;
    const left = isKnown && timeline !== own ? history.switches.at(-1) : undefined;
    const isCut = archive.cut.has(timeline);
    const common = {
      timeline,
      fork: left === undefined ? null : { parent: left.timeline, lsn: left.lsn, reason: left.reason },
      promotedAt: isKnown && timeline !== own ? history.archivedAt : null,
      isCut,
    };
    if (way === undefined || 'problem' in way) {
      const isElsewhere = way?.isElsewhere ?? false;
      const goesOn = !isElsewhere && logsOf(timeline).size > 0;
      const lastOfIt = largest(logsOf(timeline).keys());
      const lastSegment = lastOfIt === undefined ? null : numbering.nameAt(timeline, lastOfIt);
      const run = { logs: [], notes: [] };
      return { ...common, run, lastSegment, goesOn, problem: way?.problem ?? null, isElsewhere };
    }
    const along = follow(way.stretches);
    const lastFork = Math.max(0, ...forks.filter(({ parent }) => parent === timeline).map(({ from }) => from));
    // the server completes the backup's last segment when the backup ends
    const isOfBackup = (number: number) => timeline === own && number <= lastNumber;
    const isAfter = (number: number) => !isOfBackup(number) && (number + 1) * segmentBytes > lastFork;
    const goesOn = isCut || [...logsOf(timeline).keys()].some(isAfter);
    return { ...common, ...along, goesOn, isElsewhere: false };
  }

  /** The segments along a path of timelines. */
  function follow(stretches: readonly Stretch[]): Pick<WalTimeline, 'run' | 'lastSegment' | 'problem'> {
    const begins = stretches.map(({ timeline, from }) => ({ timeline, number: Math.floor(from / segmentBytes) }));
    const ownerOf = (number: number) => begins.findLast((one) => one.number <= number)?.timeline ?? own;
    const logAt = (number: number) => {
      const owner = ownerOf(number);
      return owner === own && number <= lastNumber ? needed(number) : logsOf(owner).get(number);
    };
    const found: ArchivedLog[] = [];
    let number = firstNumber;
    for (let log = logAt(number); log !== undefined; log = logAt(++number)) found.push(log);

    const owner = ownerOf(number);
    const lastArchived = largest(
      begins.flatMap(({ timeline }) => [...logsOf(timeline).keys()].filter((one) => ownerOf(one) === timeline)),
    );
    const notes: string[] = [];
    const isComplete = number > lastNumber;
    if (isComplete && lastArchived !== undefined && lastArchived > number) {
      const name = numbering.nameAt(owner, number);
      notes.push(`WAL segment ${name} is not in the archive: nothing after it can be reached`);
    }
    // if a timeline lacks a segment, the server takes the segment of the previous timeline, however far that leads past
    // the fork
    const isFirst = begins.some((one) => one.timeline === owner && one.number === number);
    const isElse = begins.some(({ timeline }) => timeline < owner && logsOf(timeline).has(number));
    const problem =
      isComplete && isFirst && isElse
        ? `WAL segment ${numbering.nameAt(owner, number)}, the first of timeline ${owner}, is not in the archive`
        : null;
    const lastSegment = lastArchived === undefined ? null : numbering.nameAt(ownerOf(lastArchived), lastArchived);
    return { run: { logs: found, notes }, lastSegment, problem };
  }

  const missing: string[] = [];
  let number = firstNumber;
  for (; number <= lastNumber && missing.length < MISSING_NAMED; number++) {
    if (needed(number)) continue;
    const name = numbering.nameAt(own, number);
    missing.push(`WAL segment ${name} is not in the archive: the backup is not consistent without it`);
  }
  if (number <= lastNumber) missing.push(`what it needs after that, up to ${wal_stop}, was not checked`);
  return { timelines: all.map(described), missing };
}

/**
 * The timeline that is followed if a request names none: the only one that continues. If none continues, all have the
 * same log up to their forks, and the one with the most archived segments contains all of it.
 * @returns undefined if several continue, or if it isn't certain whether one does.
 */
export function onlyTimeline(timelines: readonly WalTimeline[]): WalTimeline | undefined {
  const going = timelines.filter(({ goesOn, isElsewhere }) => goesOn && !isElsewhere);
  const [only] = going;
  if (only !== undefined) return going.length === 1 && only.problem === null ? only : undefined;
  const open = timelines.filter(({ problem }) => problem === null);
  return open.toSorted((a, b) => b.run.logs.length - a.run.logs.length || a.timeline - b.timeline)[0];
}

/** Used instead of spreading the array, because there may be more items than a function call can take as arguments. */
function largest(numbers: Iterable<number>): number | undefined {
  let found: number | undefined;
  for (const number of numbers) if (found === undefined || number > found) found = number;
  return found;
}

function byTimeline(archived: readonly ArchivedLog[], { numberOf }: Numbering): Map<number, Map<number, ArchivedLog>> {
  const logs = new Map<number, Map<number, ArchivedLog>>();
  for (const log of archived) {
    const at = positionOf(segmentOf(log.key) ?? '');
    if (at === undefined) continue;
    const ofTimeline = logs.get(at.timeline) ?? new Map<number, ArchivedLog>();
    logs.set(at.timeline, ofTimeline.set(numberOf(at), log));
  }
  return logs;
}

/** Each fork along a path of timelines. */
function forksOf(stretches: readonly Stretch[]): { parent: number; from: number }[] {
  return stretches.slice(1).map(({ from }, index) => ({ parent: stretches[index]?.timeline ?? 0, from }));
}
