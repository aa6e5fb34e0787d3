/** The range of times that a physical backup can be recovered to, and the resources that this takes. */
import { z } from 'zod';
import { physicalEngine } from '../../databases/names.ts';
import { factsOf } from '../../databases/physical-tools.ts';
import type { ArchivedLog, LogRun } from '../../engines/physical/log-run.ts';
import type { RecoveryTarget } from '../../engines/physical/recovery-target.ts';
import { onlyTimeline, type WalTimeline, type WalTimelines } from '../../engines/physical/wal-timelines.ts';
import { type Backup, backup } from '../model.ts';
import { type Chain, nameOf, unreadOf } from './chain.ts';
import { recoveryDiskBytes } from './recovery-disk.ts';

const KINDS = ['backup', 'time', 'transaction', 'name', 'gtid'] as const satisfies RecoveryTarget['kind'][];

const bytes = z.number().int().nonnegative();
const time = z.iso.datetime();

const windowTimeline = z.object({
  timeline: z.number().int().positive(),
  parent: z
    .number()
    .int()
    .positive()
    .nullable()
    .describe("the timeline that it branched off from; null for the backup's own"),
  fork_lsn: z.string().nullable().describe('where in the log it branched off: up to there, both are the same'),
  fork_reason: z.string().nullable().describe("why, in the server's words"),
  promoted_at: time
    .nullable()
    .describe('when the server was promoted to it: when its history file was archived, so it may be a little later'),
  latest: time.nullable().describe('the time that its archived logs reach, like `latest` of the window'),
  latest_is_open: z.boolean(),
  last_segment: z.string().nullable().describe('the last WAL segment that is archived along it'),
  goes_on: z.boolean().describe('whether WAL of its own is archived after the last fork from it'),
  problem: z.string().nullable().describe('why the backup cannot be recovered along it, in words; null if it can'),
  notes: z.array(z.string()).describe('why it ends where it does, in words'),
  disk_bytes: bytes,
  log_bytes: bytes,
});
export type WindowTimeline = z.infer<typeof windowTimeline>;

export const recoveryWindow = z.object({
  backup_id: z.uuid(),
  engine: physicalEngine,
  chain: z
    .array(
      z.object({
        backup_id: z.uuid(),
        ...backup.pick({
          label: true,
          backup_type: true,
          completed_at: true,
          from_lsn: true,
          to_lsn: true,
          object_bytes: true,
          size_bytes: true,
        }).shape,
      }),
    )
    .describe('the backups that are combined, the full one first'),
  complete: z.boolean().describe('whether the chain, and the logs that the backup itself needs, are all there'),
  missing: z.array(z.string()).describe('what is missing, in words'),
  unread: z
    .array(z.uuid())
    .describe(
      'backups of the chain whose archives were never read to their end: until they are verified, their types may be recorded wrong; a restore reads them first',
    ),
  notes: z.array(z.string()).describe('why the window ends where it does, and what could not be determined, in words'),
  earliest: time.nullable().describe("the backup's own end"),
  latest: time.nullable().describe('the time that its archived logs reach'),
  latest_is_estimate: z
    .boolean()
    .describe('true if `latest` is when the newest log was archived: its last change is a little older'),
  latest_is_open: z.boolean().describe('true if there were more archived logs than a call has time to list'),
  targets: z.array(z.enum(KINDS)).describe('the kinds of points that it can be recovered to'),
  disk_bytes: bytes.describe(
    "on the task's disk, to recover up to `latest`: the copy and a fifth more for what is replayed, the increments and logs that lie beside it, and the dump of a database that is taken out of it",
  ),
  log_bytes: bytes.describe('size of the archived logs in the bucket'),
  timeline: z
    .number()
    .int()
    .positive()
    .nullable()
    .describe(
      'for pgBackRest: the timeline that is followed if a request names none, because no other continues; null if several do: the request must then name `timeline`',
    ),
  timelines: z
    .array(windowTimeline)
    .describe(
      "for pgBackRest: the backup's own timeline, and each that promoted servers began after it; `latest`, notes, disk and logs of the window are those of the timeline that is followed, or of the one that reaches furthest",
    ),
});
export type RecoveryWindow = z.infer<typeof recoveryWindow>;

/** The part of a window that a restore's plan needs. */
export const plannedWindow = recoveryWindow
  .pick({ backup_id: true, complete: true, unread: true, timeline: true, disk_bytes: true })
  .extend({ chain: z.array(z.object({ backup_id: z.uuid(), object_bytes: bytes.nullable() })) });
export type PlannedWindow = z.infer<typeof plannedWindow>;

/** What was found about a backup in its storage. */
export interface FoundLogs extends LogRun {
  /** Whether there may be more logs than were listed. */
  isCut: boolean;
  /** For PostgreSQL, the timelines. The logs belong to one of them. */
  timelines?: { all: readonly WalTimeline[]; followed: number | null };
}

/** The logs of a pgBackRest backup: those of the followed timeline, or else of the one that reaches furthest. */
export function logsAlong({ timelines, missing }: WalTimelines): FoundLogs {
  const only = onlyTimeline(timelines);
  const open = timelines.filter(({ problem }) => problem === null);
  const furthest = open.toSorted((a, b) => endMs(b) - endMs(a))[0];
  const { run, isCut, timeline } = only ?? furthest ?? { run: { logs: [], notes: [] }, isCut: false, timeline: 0 };
  const own = timelines[0]?.timeline ?? 0;
  const promoted = `the server was promoted after the backup: the log is followed to timeline ${timeline}`;
  const notes = [...(only !== undefined && timeline > own ? [promoted] : []), ...run.notes];
  return { logs: run.logs, missing, notes, isCut, timelines: { all: timelines, followed: only?.timeline ?? null } };
}

function endMs({ run }: WalTimeline): number {
  return run.logs.at(-1)?.storedAt.getTime() ?? 0;
}

/** The window along one of its timelines. If the timeline isn't one of them, the whole window. */
export function windowAlong(window: RecoveryWindow, timeline: number | null): RecoveryWindow {
  const found = window.timelines.find((one) => one.timeline === timeline);
  if (found === undefined || found.problem !== null || timeline === window.timeline) return window;
  const { latest, latest_is_open, notes, disk_bytes, log_bytes } = found;
  const latest_is_estimate = latest !== null && latest !== window.earliest;
  return { ...window, timeline, latest, latest_is_estimate, latest_is_open, notes, disk_bytes, log_bytes };
}

/**
 * @param asked a physical backup.
 * @param logs the logs that its server archived after it.
 * @throws Error for a dump.
 */
export function windowOf(asked: Backup, { chain, missing }: Chain, logs: FoundLogs): RecoveryWindow {
  const { engine, completed_at } = asked;
  if (engine === null) throw new Error(`backup ${asked.id} is a dump`);
  const notes = [...logs.notes, ...(logs.isCut ? [CUT] : [])];
  const problems = [...missing, ...logs.missing];
  if (completed_at === null) problems.push(`the record of backup ${nameOf(asked)} does not say when it ended`);
  const complete = problems.length === 0;
  const earliest = complete ? completed_at : null;
  const last = logs.logs.at(-1)?.storedAt.toISOString();
  const latest = latestOf(logs.logs, earliest);
  const log_bytes = bytesOf(logs.logs);
  const timelineOf = ({ timeline, fork, promotedAt, run, lastSegment, goesOn, isCut, problem }: WalTimeline) => ({
    ...{ timeline, parent: fork?.parent ?? null, fork_lsn: fork?.lsn ?? null, fork_reason: fork?.reason ?? null },
    promoted_at: promotedAt?.toISOString() ?? null,
    latest: problem === null ? latestOf(run.logs, earliest) : null,
    latest_is_open: complete && problem === null && isCut,
    last_segment: lastSegment,
    ...{ goes_on: goesOn, problem, notes: [...run.notes, ...(isCut ? [CUT] : [])] },
    disk_bytes: recoveryDiskBytes(engine, chain, bytesOf(run.logs)),
    log_bytes: bytesOf(run.logs),
  });
  return {
    backup_id: asked.id,
    engine,
    chain: chain.map(({ id, label, backup_type, completed_at: at, from_lsn, to_lsn, object_bytes, size_bytes }) => ({
      ...{ backup_id: id, label, backup_type, completed_at: at, from_lsn, to_lsn, object_bytes, size_bytes },
    })),
    complete,
    missing: problems,
    unread: unreadOf(chain).map(({ id }) => id),
    notes,
    earliest,
    latest,
    latest_is_estimate: latest !== null && latest === last,
    latest_is_open: complete && logs.isCut,
    targets: complete ? kindsOf(engine, last !== undefined) : [],
    disk_bytes: recoveryDiskBytes(engine, chain, log_bytes),
    log_bytes,
    timeline: (complete && logs.timelines?.followed) || null,
    timelines: logs.timelines?.all.map(timelineOf) ?? [],
  };
}

const CUT = 'there are more archived logs than could be listed in the time of a call';

/** PostgreSQL archives the backup's last segment before it ends the backup. */
function latestOf(logs: readonly ArchivedLog[], earliest: string | null): string | null {
  const last = logs.at(-1)?.storedAt.toISOString();
  return earliest === null || last === undefined || last < earliest ? earliest : last;
}

function bytesOf(logs: readonly ArchivedLog[]): number {
  return logs.reduce((sum, log) => sum + log.bytes, 0);
}

/**
 * The kinds of points that a backup of this engine can be recovered to.
 * @param hasLogs whether there are archived logs.
 */
export function kindsOf(engine: RecoveryWindow['engine'], hasLogs: boolean): RecoveryWindow['targets'] {
  if (!hasLogs) return ['backup'];
  return ['backup', ...factsOf(engine).points];
}
