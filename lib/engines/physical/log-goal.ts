/** How far to replay binary logs: finds the first transaction that is no longer wanted. Pure. */
import { RestoreError } from '../../errors/errors.ts';
import type { LoggedTransaction } from '../../formats/innodb/binary-log.ts';
import type { LogStart } from '../../formats/innodb/files.ts';
import { goesBeyond, gtidText, heldGtids, namesakeOf, parseGtids, without } from '../../formats/innodb/gtid-set.ts';
import type { RecoveryTarget } from './recovery-target.ts';

/** Each transaction is passed to one of its methods, in the order of the logs. */
export interface LogGoal {
  /**
   * Called for a transaction that the backup contains.
   * @throws RestoreError if the point is before it.
   */
  checkHeld(transaction: LoggedTransaction): void;
  /** Returns whether the replay ends before this transaction. */
  endsBefore(transaction: LoggedTransaction): boolean;
  /** Returns whether no more transactions are wanted, whatever comes. */
  isMet(): boolean;
  /**
   * Called if the logs ended before the goal was reached.
   * @param reached how far the logs went, in words.
   * @returns a warning.
   * @throws RestoreError if that isn't what was requested.
   */
  atEnd(reached: string): string;
}

export type LoggedTarget = Extract<RecoveryTarget, { kind: 'time' | 'gtid' }>;

/** @throws RestoreError if the backup itself is already past the point. */
export function logGoal(target: LoggedTarget, start: LogStart): LogGoal {
  return target.kind === 'time' ? timeGoal(target.time) : gtidGoal(target.gtid, start);
}

/**
 * The state just before the first transaction of that second. Binary logs only record whole seconds, so it is better to
 * lose a transaction from earlier in that second than to include one after the requested moment.
 */
function timeGoal(time: string): LogGoal {
  const limit = Math.floor(Date.parse(time) / 1000);
  let met = false;
  return {
    checkHeld({ seconds }) {
      if (seconds < limit) return;
      throw new RestoreError(
        `the backup already holds changes from ${isoSeconds(seconds)}, which is not before ${time}`,
        {
          hint: 'Restore from an earlier backup, or to a later time.',
        },
      );
    },
    endsBefore({ seconds }) {
      met = seconds >= limit;
      return met;
    },
    isMet: () => met,
    atEnd: (reached) => `the archived binary logs end before ${time}: recovered to their end, ${reached}`,
  };
}

/**
 * The state up to and including the last of these transactions, in the order in which the server wrote them.
 * Transactions of other origins in between are included.
 */
function gtidGoal(gtid: string, start: LogStart): LogGoal {
  const held = heldGtids(start.gtid);
  const wanted = parseGtids(gtid);
  let missing = without(wanted, held);
  for (const one of gtid.split(',')) refuseNamesake(one, start.gtid);
  if (missing.size === 0 && goesBeyond(held, wanted)) {
    throw new RestoreError(`the backup is already past ${gtid}: it holds ${start.gtid}`, {
      hint: 'Restore from an earlier backup.',
    });
  }
  return {
    checkHeld: () => {},
    endsBefore(transaction) {
      if (missing.size === 0) return true;
      if (transaction.gtid !== null) {
        refuseNamesake(transaction.gtid, gtid);
        missing = without(missing, parseGtids(transaction.gtid));
      }
      return false;
    },
    isMet: () => missing.size === 0,
    atEnd(reached) {
      throw new RestoreError(
        `the binary logs do not hold ${gtidText(missing)}: the replay reached their end, ${reached}`,
        { hint: 'Check the GTID; if it is right, the log that holds it has not been archived yet.' },
      );
    },
  };
}

/**
 * Checks that the logs contain the requested transaction. The last transactions of one server may never have reached
 * the server that took over from it and reused their numbers.
 * @throws RestoreError if a transaction in the logs has the requested number, but is a different one.
 */
function refuseNamesake(gtid: string, others: string): void {
  const namesake = namesakeOf(gtid, others);
  if (namesake === undefined) return;
  throw new RestoreError(
    `${gtid} and ${namesake} are from two servers: one is requested, and the other is in the logs`,
    {
      hint: 'Check the GTID: the requested transaction was written by a server with a different server id.',
    },
  );
}

/** `2026-11-22T10:00:03Z` */
export function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
