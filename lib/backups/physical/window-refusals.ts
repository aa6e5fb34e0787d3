/** Reasons why a physical backup can't be recovered to a point. */

import { factsOf, type PhysicalToolFacts } from '../../databases/physical-tools.ts';
import type { RecoveryTarget } from '../../engines/physical/recovery-target.ts';
import { Impossible, type RequestError } from '../../errors/errors.ts';
import { copyDiskBytes, DISK_USED_GIB, MAX_DISK_GIB } from './recovery-disk.ts';
import { type RecoveryWindow, type WindowTimeline, windowAlong } from './recovery-window.ts';

const GIB = 1024 ** 3;

const KIND_WORDS = {
  backup: 'its own end',
  time: 'a point in time',
  transaction: 'a transaction id',
  name: 'a restore point',
  gtid: 'a GTID',
} as const satisfies Record<RecoveryTarget['kind'], string>;

/** What to do if it isn't known which logs a point needs. */
const LOG_HINTS: Record<PhysicalToolFacts['log'], string> = {
  wal: 'Scan the bucket, so that the catalogue knows which WAL the backup needs.',
  'binary logs': "Set the connection's binlog_prefix to where its binary logs are archived in the backup's bucket.",
};

/** `a, b or c` */
const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/**
 * The errors for a point that the backup can't be recovered to. Empty if it can, as far as that is known beforehand.
 * Only the end of an archive says whether it is full or incremental. If it hasn't been read yet, nothing is refused for
 * a reason that depends on this.
 * @param timeline the requested one; null for the only one that continues.
 */
export function windowRefusals(
  window: RecoveryWindow,
  target: RecoveryTarget,
  timeline: number | null,
): RequestError[] {
  if (timeline !== null && !hasTimelines(window)) return [noTimelines(window)];
  if (!window.complete && window.unread.length > 0) {
    return isOfOtherEngine(window, target) ? [notOffered(window, target)] : gtidRefusals(window, target);
  }
  if (!window.complete) return [incomplete(window)];
  if (!window.targets.includes(target.kind)) return [notOffered(window, target), ...diskRefusals(window, target)];
  const ofTimeline = timelineRefusals(window, target, timeline);
  if (ofTimeline.length > 0) return ofTimeline;
  const along = windowAlong(window, timeline ?? window.timeline);
  return [...outsideRefusals(along, target), ...gtidRefusals(along, target), ...diskRefusals(along, target)];
}

function hasTimelines({ engine }: RecoveryWindow): boolean {
  return factsOf(engine).log === 'wal';
}

function noTimelines({ engine }: RecoveryWindow): Impossible {
  return new Impossible(`a backup of ${engine} has no timelines`, {
    hint: 'Leave "timeline" out: only PostgreSQL has them.',
  });
}

/**
 * The errors if a timeline can't be followed, or if several continue and the request names none: the rows after the
 * fork differ in each.
 */
function timelineRefusals(window: RecoveryWindow, { kind }: RecoveryTarget, timeline: number | null): Impossible[] {
  const { timelines } = window;
  if (kind === 'backup' || !hasTimelines(window)) return [];
  if (timeline !== null) {
    const found = timelines.find((one) => one.timeline === timeline);
    if (found !== undefined && found.problem === null) return [];
    const why = found?.problem ?? `the archive has no timeline ${timeline} after it`;
    const message = `this backup cannot be recovered along timeline ${timeline}: ${why}`;
    return [new Impossible(message, { hint: whatToSend(timelines) })];
  }
  if (window.timeline !== null) return [];
  const going = timelines.filter(({ goes_on }) => goes_on).map(timelineInWords);
  const message =
    going.length === 1
      ? `it is not certain which timeline to follow after this backup: ${going[0]}`
      : `${going.length} timelines continue after this backup: ${going.join('; ')}`;
  return [new Impossible(message, { hint: whatToSend(timelines) })];
}

/** `timeline 2, which left timeline 1 at 0/4000000, up to about 2026-11-22T09:41:03.000Z` */
export function timelineInWords({ timeline, parent, fork_lsn, latest, problem }: WindowTimeline): string {
  const fork = fork_lsn === null ? '' : `, which left timeline ${parent} at ${fork_lsn}`;
  const end = latest === null ? '' : `, up to about ${latest}`;
  return `timeline ${timeline}${fork}${end}${problem === null ? '' : ` (${problem})`}`;
}

function whatToSend(timelines: readonly WindowTimeline[]): string {
  const open = timelines.filter(({ problem }) => problem === null).map(({ timeline }) => `"timeline": ${timeline}`);
  if (open.length === 0) return 'Bring back what is missing from the archive, or restore another backup.';
  const instead = timelines.some(({ problem }) => problem !== null) ? ', or restore a backup that was made later' : '';
  return `Send ${open.join(' or ')}${instead}. Before the fork, they are the same.`;
}

function incomplete({ backup_id, missing }: RecoveryWindow): Impossible {
  return new Impossible(`backup ${backup_id} cannot be assembled: ${missing.join('; ')}`, {
    hint: 'Bring back what is missing, import or scan again if the catalogue lacks it, or restore another backup.',
  });
}

function outsideRefusals(window: RecoveryWindow, target: RecoveryTarget) {
  const { earliest, latest, latest_is_open, notes, timeline, timelines } = window;
  if (target.kind !== 'time' || earliest === null || latest === null) return [];
  const at = Date.parse(target.time);
  const isBefore = at < Date.parse(earliest);
  const isAfter = !latest_is_open && at > Date.parse(latest);
  if (!isBefore && !isAfter) return [];
  const why = isAfter && notes.length > 0 ? ` (${notes.join('; ')})` : '';
  const along = timeline !== null && timelines.length > 1 ? ` along timeline ${timeline}` : '';
  const further = timelines.filter((one) => one.latest !== null && at <= Date.parse(one.latest));
  const others = further.length === 0 ? '' : `, or follow another timeline: ${further.map(timelineInWords).join('; ')}`;
  return [
    new Impossible(
      `cannot recover to ${target.time}: this backup can be recovered to any time from ${earliest} to about ${latest}${along}${why}`,
      {
        hint: isBefore
          ? 'Choose an older backup.'
          : `Choose an earlier time, or wait until the logs up to it are archived${others}.`,
      },
    ),
  ];
}

/** A server's log never contains a GTID in the other engine's form. */
function gtidRefusals({ engine }: RecoveryWindow, target: RecoveryTarget): Impossible[] {
  const { gtid } = factsOf(engine);
  if (target.kind !== 'gtid' || gtid === null || target.gtid.includes(':') === gtid.hasColon) return [];
  return [
    new Impossible(`${target.gtid} is not a GTID of ${gtid.server}, which made this backup`, {
      hint: `Give one such as ${gtid.example}.`,
    }),
  ];
}

/** Whether no backup of this engine can be recovered to this kind of point. */
function isOfOtherEngine({ engine }: RecoveryWindow, { kind }: RecoveryTarget): boolean {
  return kind !== 'backup' && !factsOf(engine).points.includes(kind);
}

function notOffered(window: RecoveryWindow, target: RecoveryTarget): Impossible {
  const { engine, notes, targets } = window;
  const { kind } = target;
  const { points, log } = factsOf(engine);
  if (isOfOtherEngine(window, target)) {
    return new Impossible(`a backup made with ${engine} cannot be recovered to ${KIND_WORDS[kind]}`, {
      hint: `Choose ${OR.format(points.map((one) => KIND_WORDS[one]))}.`,
    });
  }
  const offered = targets.map((one) => KIND_WORDS[one]).join(', ');
  const why = notes.length > 0 ? `: ${notes.join('; ')}` : '';
  return new Impossible(`this backup can be recovered to ${offered}, not to ${KIND_WORDS[kind]}${why}`, {
    hint: LOG_HINTS[log],
  });
}

function diskRefusals({ engine, chain, log_bytes }: RecoveryWindow, { kind }: RecoveryTarget): Impossible[] {
  const needed = copyDiskBytes(engine, chain, kind === 'backup' ? 0 : log_bytes);
  const neededGib = Math.ceil(needed / GIB) + DISK_USED_GIB;
  if (neededGib <= MAX_DISK_GIB) return [];
  return [
    new Impossible(
      `recovering this backup takes ${neededGib} GiB of disk, but a task has at most ${MAX_DISK_GIB} GiB`,
      {
        hint: 'Recover it on a server of your own with the tool that it was made with.',
      },
    ),
  ];
}
