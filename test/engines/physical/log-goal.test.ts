import { describe, expect, it } from 'vitest';
import { isoSeconds, type LoggedTarget, logGoal } from '../../../lib/engines/physical/log-goal.ts';

const start = { file: 'binlog.000001', position: 328, gtid: '0-7-9' };
const at = (time: string, gtid: string | null = null) => ({ position: 400, seconds: Date.parse(time) / 1000, gtid });

describe('a moment', () => {
  const goal = (time = '2026-11-22T10:00:03.700Z') => logGoal({ kind: 'time', time }, start);

  it('ends the replay at the first change of its second, as logs know no finer time', () => {
    expect(goal().endsBefore(at('2026-11-22T10:00:02Z'))).toBe(false);
    expect(goal().endsBefore(at('2026-11-22T10:00:03Z'))).toBe(true);
    expect(goal().endsBefore(at('2026-11-22T10:00:04Z'))).toBe(true);
  });

  it('is met once a later change was seen', () => {
    const one = goal();
    one.endsBefore(at('2026-11-22T10:00:02Z'));
    expect(one.isMet()).toBe(false);
    one.endsBefore(at('2026-11-22T10:00:09Z'));
    expect(one.isMet()).toBe(true);
  });

  it('after the logs is their end', () => {
    expect(goal().atEnd('binlog.000004 position 90')).toBe(
      'the archived binary logs end before 2026-11-22T10:00:03.700Z: recovered to their end, binlog.000004 position 90',
    );
  });

  it('before what the backup holds is refused', () => {
    goal().checkHeld(at('2026-11-22T10:00:02Z'));
    expect(() => goal().checkHeld(at('2026-11-22T10:00:03Z'))).toThrow(
      'the backup already holds changes from 2026-11-22T10:00:03Z, which is not before 2026-11-22T10:00:03.700Z',
    );
  });
});

describe('transactions', () => {
  /** Which of these, one after another, are replayed. */
  function replayed(target: LoggedTarget, gtids: (string | null)[], from = start): (string | null)[] {
    const goal = logGoal(target, from);
    const end = gtids.findIndex((gtid) => goal.endsBefore(at('2026-11-22T10:00:00Z', gtid)));
    return end === -1 ? gtids : gtids.slice(0, end);
  }

  it('end the replay after the last of them', () => {
    const log = ['0-7-10', '5-7-1', null, '0-7-11', '5-7-2', '0-7-12'];
    expect(replayed({ kind: 'gtid', gtid: '0-7-11' }, log)).toEqual(log.slice(0, 4));
    expect(replayed({ kind: 'gtid', gtid: '0-7-10,5-7-2' }, log)).toEqual(log.slice(0, 5));
    expect(replayed({ kind: 'gtid', gtid: '0-7-12' }, log)).toEqual(log);
  });

  it('is not one of another server that has its number', () => {
    expect(() => replayed({ kind: 'gtid', gtid: '0-8-11' }, ['0-7-10', '0-7-11'])).toThrow('from two servers');
    expect(() => logGoal({ kind: 'gtid', gtid: '0-8-9' }, start)).toThrow('from two servers');
    expect(replayed({ kind: 'gtid', gtid: '0-8-11' }, ['0-7-10', '0-8-11', '0-8-12'])).toHaveLength(2);
  });

  it('of MySQL do so too, less those that the backup holds', () => {
    const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    const log = [6, 7, 8].map((number) => `${uuid}:${number}`);
    const from = { ...start, gtid: `${uuid}:1-5` };
    expect(replayed({ kind: 'gtid', gtid: `${uuid}:1-7` }, log, from)).toEqual(log.slice(0, 2));
    expect(replayed({ kind: 'gtid', gtid: `${uuid}:8` }, log, from)).toEqual(log);
  });

  it('whose last one is in the backup are its own state', () => {
    expect(replayed({ kind: 'gtid', gtid: '0-7-9' }, ['0-7-10'])).toEqual([]);
  });

  it('that the backup is beyond are refused', () => {
    expect(() => logGoal({ kind: 'gtid', gtid: '0-7-8' }, start)).toThrow(
      'the backup is already past 0-7-8: it holds 0-7-9',
    );
  });

  it('that never came fail at the end, saying how far it went', () => {
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
