/** How to tell PostgreSQL how far to recover, and what the result was. Pure. */
import { RestoreError } from '../../errors/errors.ts';
import { explainPgBackRest } from '../../formats/pgbackrest/failure.ts';
import type { HeldBackup } from '../../formats/pgbackrest/info.ts';
import type { RecoveryLog } from '../../formats/pgbackrest/postgres-recovery-log.ts';
import { walPosition, walTimeline } from '../../formats/pgbackrest/wal-position.ts';
import type { RecoveryTarget } from './recovery-target.ts';

type Timelined = Pick<HeldBackup, 'walStop'>;

/**
 * The timeline that the server follows. By default, the server takes the newest one, which may belong to a copy, and
 * may have forked before the backup was consistent.
 * @param timeline null for the timeline that the backup was made on.
 */
export function timelineSetting({ walStop }: Timelined, timeline: number | null): Record<string, string> {
  // a timeline's own history file may have expired, and the server requires it if the timeline is given by number
  const isOwn = timeline === null || (walStop !== null && walTimeline(walStop) === timeline);
  return { recovery_target_timeline: isOwn ? 'current' : String(timeline) };
}

/**
 * The server's settings for a recovery target.
 * https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-RECOVERY-TARGET
 * @param timeline to follow; null for the backup's own state.
 */
export function recoverySettings(
  target: RecoveryTarget,
  held: Timelined,
  timeline: number | null,
): Record<string, string> {
  const common = { recovery_target_action: 'promote', ...timelineSetting(held, timeline) };
  switch (target.kind) {
    case 'backup':
      return { ...common, recovery_target: 'immediate' };
    case 'time':
      // "just before" the moment's first change
      return { ...common, recovery_target_time: postgresTime(target.time), recovery_target_inclusive: 'off' };
    case 'transaction':
      return { ...common, recovery_target_xid: target.id };
    case 'name':
      return { ...common, recovery_target_name: target.name };
    case 'gtid':
      throw new RestoreError('PostgreSQL cannot recover to a GTID', {
        hint: 'Name a time, a transaction id or a restore point.',
      });
  }
}

/** @param time ISO 8601, UTC. */
function postgresTime(time: string): string {
  return `${time.replace('T', ' ').replace(/Z$/, '')}+00`;
}

/**
 * Checks the time. The server itself doesn't see a transaction that was committed before the backup began, and would
 * take such a time for the backup's end.
 * @throws RestoreError for a time before the end of the backup.
 */
export function refuseTooEarly(target: RecoveryTarget, held: HeldBackup): void {
  if (target.kind === 'time' && Date.parse(target.time) < held.stoppedAt.getTime()) throw tooEarly(target, held);
}

function tooEarly(target: RecoveryTarget, { label, stoppedAt }: HeldBackup): RestoreError {
  const ended = stoppedAt.toISOString();
  return new RestoreError(
    `${pointOf(target)} is before the end of the backup ${label} (${ended}), which holds nothing earlier`,
    {
      hint: 'Choose a backup that ended before it.',
    },
  );
}

/** What to do about a server that ended before it reached its target. */
export type Unreached =
  /** Everything archived was replayed, and the requested time is later. */
  { kind: 'end of log' } | { kind: 'failure'; error: RestoreError };

/** @param status how the server's process ended: `exit code 1`. */
export function judgeUnreached(target: RecoveryTarget, held: HeldBackup, log: RecoveryLog, status: string): Unreached {
  const failed = (message: string, hint: string): Unreached => ({
    kind: 'failure',
    error: new RestoreError(message, { hint }),
  });
  const { asked } = log;
  if (log.archiveError !== undefined) {
    const { message, hint } = explainPgBackRest(log.archiveError);
    return failed(`pgBackRest could not fetch ${log.asking ?? 'a file'} from the archive: ${message}`, hint);
  }
  if (log.tooEarly) return { kind: 'failure', error: tooEarly(target, held) };
  if (asked !== undefined && needsMore(held, log)) {
    return failed(
      `WAL segment ${asked.segment} is missing from the archive: the backup ${held.label} needs ${held.walStart} to ${held.walStop} to be consistent`,
      'Put it back, or restore another backup.',
    );
  }
  if (!log.unreached) {
    return failed(
      `the copy of the server ended with ${status} during recovery; the end of its log:\n${log.tail}`,
      'Restore another backup, or to another point, if the log does not say what to fix.',
    );
  }
  // archived segments are complete, so a log that ends within one is damaged
  if (asked?.found) {
    return failed(
      `WAL segment ${asked.segment} is damaged (${log.invalidRecord ?? 'the log ends within it'}): ${farSoFar(log)}`,
      'Choose a point before it, or a later backup.',
    );
  }
  if (asked !== undefined && isGap(held, asked.segment)) {
    return failed(
      `WAL segment ${asked.segment} is missing from the archive, which continues to ${held.archiveMax}: ${farSoFar(log)}`,
      'Put it back, choose a point before it, or a later backup.',
    );
  }
  if (target.kind === 'time') return { kind: 'end of log' };
  return failed(
    `${pointOf(target)} is not in the log after the backup ${held.label}: ${farSoFar(log)}, the end of what is archived`,
    target.kind === 'transaction'
      ? 'Check the id. If it was committed before the backup ended, restore from an earlier backup.'
      : 'Check the name. If the restore point was created before the backup ended, restore from an earlier backup.',
  );
}

/** Whether the archive has segments after a missing one. */
function isGap({ archiveMax }: HeldBackup, missing: string): boolean {
  return archiveMax !== null && walPosition(archiveMax) > walPosition(missing);
}

/** Whether the log ended before the backup was consistent. */
function needsMore({ walStop }: HeldBackup, { asked, consistentAt }: RecoveryLog): boolean {
  if (consistentAt !== undefined || asked === undefined || asked.found || walStop === null) return false;
  return walPosition(asked.segment) <= walPosition(walStop);
}

function pointOf(target: RecoveryTarget): string {
  switch (target.kind) {
    case 'transaction':
      return `transaction ${target.id}`;
    case 'name':
      return `the restore point "${target.name}"`;
    case 'time':
      return target.time;
    default:
      return 'the point';
  }
}

function farSoFar({ lastCommit }: RecoveryLog): string {
  return lastCommit === undefined
    ? 'recovery replayed no transaction'
    : `recovery got as far as a transaction committed at ${lastCommit}`;
}

/**
 * How far recovery got, in words.
 * @param timeline that was followed; null for the backup's own state.
 */
export function reachedInWords(
  target: RecoveryTarget,
  held: HeldBackup,
  log: RecoveryLog,
  timeline: number | null,
): string {
  if (target.kind === 'backup')
    return `the state of the backup ${held.label}, consistent at ${log.consistentAt ?? held.walStop}`;
  const last =
    log.lastCommit === undefined
      ? 'no transaction was replayed'
      : `the last transaction was committed at ${log.lastCommit}`;
  const along = timeline === null ? '' : `timeline ${timeline}, `;
  return `${along}${log.stop === undefined ? `the end of the archived log: ${last}` : `${log.stop}; ${last}`}`;
}
