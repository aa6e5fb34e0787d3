import { expect, test } from 'vitest';
import {
  judgeUnreached,
  reachedInWords,
  recoverySettings,
  refuseTooEarly,
  timelineSetting,
} from '../../../lib/engines/physical/postgres-recovery.ts';
import type { RecoveryTarget } from '../../../lib/engines/physical/recovery-target.ts';
import type { HeldBackup } from '../../../lib/formats/pgbackrest/info.ts';
import { RecoveryLog } from '../../../lib/formats/pgbackrest/postgres-recovery-log.ts';

const segment = (last: string, timeline = 1) => `0000000${timeline}00000000${last.padStart(8, '0')}`;
const HELD: HeldBackup = {
  label: '20261122-020000F',
  major: '15',
  bytes: 1,
  stoppedAt: new Date('2026-11-22T02:00:05Z'),
  walStart: segment('2'),
  walStop: segment('3'),
  archiveMax: segment('9'),
  damaged: false,
};
const TIME: RecoveryTarget = { kind: 'time', time: '2026-11-22T10:00:00Z' };
const UNREACHED = 'FATAL:  recovery ended before configured recovery target was reached';
const CONSISTENT = 'LOG:  consistent recovery state reached at 0/3000138';
const LAST = 'LOG:  last completed transaction was at log time 2026-11-22 09:00:01.25+00';
const found = (last: string, timeline?: number) => `INFO: found ${segment(last, timeline)} in the repo1: 15-1 archive`;
const missing = (last: string, timeline?: number) => `INFO: unable to find ${segment(last, timeline)} in the archive`;

function logOf(...lines: string[]): RecoveryLog {
  const log = new RecoveryLog();
  for (const line of lines) log.push(line);
  return log;
}

function judged(target: RecoveryTarget, ...lines: string[]) {
  const verdict = judgeUnreached(target, HELD, logOf(...lines), 'exit code 1');
  return verdict.kind === 'failure' ? verdict.error.message : verdict.kind;
}

test('the settings say how far to recover, and never allow more', () => {
  expect(recoverySettings({ kind: 'time', time: '2026-11-22T10:00:00.125Z' }, HELD, 2)).toEqual({
    recovery_target_action: 'promote',
    recovery_target_timeline: '2',
    recovery_target_time: '2026-11-22 10:00:00.125+00',
    recovery_target_inclusive: 'off',
  });
  expect(recoverySettings({ kind: 'backup' }, HELD, null)).toMatchObject({
    recovery_target: 'immediate',
    recovery_target_timeline: 'current',
  });
  expect(recoverySettings({ kind: 'transaction', id: '742' }, HELD, 3)).toMatchObject({
    ...{ recovery_target_xid: '742', recovery_target_timeline: '3' },
  });
  // of its own timeline the server needs no history file
  expect(recoverySettings({ kind: 'name', name: 'a b' }, HELD, 1)).toMatchObject({
    ...{ recovery_target_name: 'a b', recovery_target_timeline: 'current' },
  });
  expect(timelineSetting(HELD, 2)).toEqual({ recovery_target_timeline: '2' });
  expect(() => recoverySettings({ kind: 'gtid', gtid: '0-1-1' }, HELD, 1)).toThrow('cannot recover to a GTID');
});

test('a time before the end of the backup is refused, but not the end itself', () => {
  expect(() => refuseTooEarly({ kind: 'time', time: '2026-11-22T02:00:04.9Z' }, HELD)).toThrow(
    '2026-11-22T02:00:04.9Z is before the end of the backup 20261122-020000F (2026-11-22T02:00:05.000Z)',
  );
  refuseTooEarly({ kind: 'time', time: '2026-11-22T02:00:05Z' }, HELD);
  refuseTooEarly({ kind: 'backup' }, HELD);
});

test('a time after the archive ends with it; a missing transaction or name is an error', () => {
  const end = [found('9'), CONSISTENT, missing('A'), LAST, UNREACHED];
  expect(judged(TIME, ...end)).toBe('end of log');
  expect(judged({ kind: 'transaction', id: '742' }, ...end)).toBe(
    'transaction 742 is not in the log after the backup 20261122-020000F: recovery got as far as a transaction committed at 2026-11-22T09:00:01.25Z, the end of what is archived',
  );
  expect(judged({ kind: 'name', name: 'x' }, found('9'), CONSISTENT, missing('A'), UNREACHED)).toContain(
    'recovery replayed no transaction',
  );
});

test('a gap in the archive is not its end, on any timeline', () => {
  const message = `WAL segment ${segment('5')} is missing from the archive, which continues to ${segment('9')}`;
  expect(judged(TIME, found('4'), CONSISTENT, missing('5'), UNREACHED)).toContain(message);
  // each segment is asked for on the newest timeline first
  const later = [missing('4', 2), found('4'), CONSISTENT, missing('5', 2), missing('5'), UNREACHED];
  expect(judged(TIME, ...later)).toContain(`WAL segment ${segment('5', 2)} is missing`);
  // and the last good one is fetched again
  expect(judged(TIME, found('4'), CONSISTENT, missing('5'), found('4'), UNREACHED)).toContain(message);
});

test('a segment that the backup needs to be consistent is named', () => {
  const message = `WAL segment ${segment('3')} is missing from the archive: the backup 20261122-020000F needs ${segment('2')} to ${segment('3')} to be consistent`;
  expect(judged({ kind: 'backup' }, found('2'), missing('3'), UNREACHED)).toBe(message);
  expect(judged(TIME, found('2'), missing('3'), 'FATAL:  WAL ends before end of online backup')).toBe(message);
});

test('a damaged segment, or one that pgBackRest cannot fetch, is not the end of the log', () => {
  const invalid = 'LOG:  incorrect resource manager data checksum in record at 0/9000028';
  expect(judged(TIME, CONSISTENT, found('9'), invalid, UNREACHED)).toBe(
    `WAL segment ${segment('9')} is damaged (incorrect resource manager data checksum in record at 0/9000028): recovery replayed no transaction`,
  );
  const error = [
    `INFO: archive-get command begin 2.45: [${segment('5')}, pg_wal/RECOVERYXLOG] --config=/x`,
    `ERROR: [042]: unable to get ${segment('5')}:`,
    '             repo1: [FormatError] unexpected eof in compressed data',
    'INFO: archive-get command end: aborted with exception [042]',
    'FATAL:  could not restore file "x" from archive: child process exited with exit code 126',
  ];
  expect(judged(TIME, CONSISTENT, ...error)).toBe(
    `pgBackRest could not fetch ${segment('5')} from the archive: [042]: unable to get ${segment('5')}:; repo1: [FormatError] unexpected eof in compressed data`,
  );
});

test('a server that dies shows the end of its log, unless the point was too early', () => {
  const died = judged(
    TIME,
    CONSISTENT,
    found('5'),
    'FATAL:  could not write: No space left on device',
    'LOG:  shut down',
  );
  expect(died).toMatch(/^the copy of the server ended with exit code 1 during recovery; the end of its log:\n/);
  expect(died).toContain('FATAL:  could not write: No space left on device\nLOG:  shut down');
  expect(judged(TIME, 'FATAL:  requested recovery stop point is before consistent recovery point')).toContain(
    '2026-11-22T10:00:00Z is before the end of the backup',
  );
});

test('how far recovery got is reported with times in ISO 8601', () => {
  const stop = 'LOG:  recovery stopping before commit of transaction 742, time 2026-11-22 09:59:59.999999+00';
  expect(reachedInWords(TIME, HELD, logOf(stop, LAST), 2)).toBe(
    'timeline 2, before commit of transaction 742, time 2026-11-22T09:59:59.999999Z; the last transaction was committed at 2026-11-22T09:00:01.25Z',
  );
  expect(reachedInWords(TIME, HELD, logOf(LAST), 1)).toBe(
    'timeline 1, the end of the archived log: the last transaction was committed at 2026-11-22T09:00:01.25Z',
  );
  expect(reachedInWords({ kind: 'backup' }, HELD, logOf(CONSISTENT), null)).toBe(
    'the state of the backup 20261122-020000F, consistent at 0/3000138',
  );
});
