import { describe, expect, it } from 'vitest';
import { isoSeconds, type LoggedTarget, logGoal } from '../../../lib/engines/physical/log-goal.ts';

const start = { file: 'binlog.000001', position: 328, gtid: '0-7-9' };
const at = (time: string, gtid: string | null = null) => ({ position: 400, seconds: Date.parse(time) / 1000, gtid });

describe('a point in time', () => {
  const goal = (time = '2026-11-22T10:00:03.700Z') => logGoal({ kind: 'time', time }, start);

  it('ends the replay before the first change in its second, because logs are no more precise', () => {
    expect(goal().endsBefore(at('2026-11-22T10:00:02Z'))).toBe(false);
    expect(goal().endsBefore(at('2026-11-22T10:00:03Z'))).toBe(true);
    expect(goal().endsBefore(at('2026-11-22T10:00:04Z'))).toBe(true);
  });

  it('is reached once a later change was seen', () => {
    const one = goal();
    one.endsBefore(at('2026-11-22T10:00:02Z'));
    expect(one.isMet()).toBe(false);
    one.endsBefore(at('2026-11-22T10:00:09Z'));
    expect(one.isMet()).toBe(true);
  });

  it('means the end of the logs if it is after them', () => {
    expect(goal().atEnd('binlog.000004 position 90')).toBe(
      'the archived binary logs end before 2026-11-22T10:00:03.700Z: recovered to their end, binlog.000004 position 90',
    );
  });

  it('is refused if it is before the state of the backup', () => {
    goal().checkHeld(at('2026-11-22T10:00:02Z'));
    expect(() => goal().checkHeld(at('2026-11-22T10:00:03Z'))).toThrow(
      'the backup already holds changes from 2026-11-22T10:00:03Z, which is not before 2026-11-22T10:00:03.700Z',
    );
  });
});

describe('a transaction', () => {
  /** Which of these, one after another, are replayed. */
  function replayed(target: LoggedTarget, gtids: (string | null)[], from = start): (string | null)[] {
    const goal = logGoal(target, from);
    const end = gtids.findIndex((gtid) => goal.endsBefore(at('2026-11-22T10:00:00Z', gtid)));
    return end === -1 ? gtids : gtids.slice(0, end);
  }

  it('ends the replay after the last one named', () => {
    const log = ['0-7-10', '5-7-1', null, '0-7-11', '5-7-2', '0-7-12'];
    expect(replayed({ kind: 'gtid', gtid: '0-7-11' }, log)).toEqual(log.slice(0, 4));
    expect(replayed({ kind: 'gtid', gtid: '0-7-10,5-7-2' }, log)).toEqual(log.slice(0, 5));
    expect(replayed({ kind: 'gtid', gtid: '0-7-12' }, log)).toEqual(log);
  });

  it("is not matched by another server's transaction with the same number", () => {
    expect(() => replayed({ kind: 'gtid', gtid: '0-8-11' }, ['0-7-10', '0-7-11'])).toThrow('from two servers');
    expect(() => logGoal({ kind: 'gtid', gtid: '0-8-9' }, start)).toThrow('from two servers');
    expect(replayed({ kind: 'gtid', gtid: '0-8-11' }, ['0-7-10', '0-8-11', '0-8-12'])).toHaveLength(2);
  });

  it('of MySQL also ends the replay, without those that the backup holds', () => {
    const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    const log = [6, 7, 8].map((number) => `${uuid}:${number}`);
    const from = { ...start, gtid: `${uuid}:1-5` };
    expect(replayed({ kind: 'gtid', gtid: `${uuid}:1-7` }, log, from)).toEqual(log.slice(0, 2));
    expect(replayed({ kind: 'gtid', gtid: `${uuid}:8` }, log, from)).toEqual(log);
  });

  it('in the backup as the last one means the state of the backup', () => {
    expect(replayed({ kind: 'gtid', gtid: '0-7-9' }, ['0-7-10'])).toEqual([]);
  });

  it('that the backup has passed is refused', () => {
    expect(() => logGoal({ kind: 'gtid', gtid: '0-7-8' }, start)).toThrow(
      'the backup is already past 0-7-8: it holds 0-7-9',
    );
  });

  it('that never came fails at the end, with how far recovery got', () => {
    const goal = logGoal({ kind: 'gtid', gtid: '0-7-10,3-1-1' }, start);
    goal.endsBefore(at('2026-11-22T10:00:00Z', '0-7-10'));
    expect(() => goal.atEnd('binlog.000004 position 90')).toThrow(
      'the binary logs do not hold 1 of domain 3: the replay reached their end, binlog.000004 position 90',
    );
  });
});

it('seconds are shown without fractions', () => {
  expect(isoSeconds(1_795_382_191)).toBe('2026-11-22T21:16:31Z');
});
