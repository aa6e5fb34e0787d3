import { describe, expect, it } from 'vitest';
import { binlogFolder, binlogRun, logsFrom } from '../../../lib/engines/physical/binary-logs.ts';

const at = (minutes: number) => new Date(Date.parse('2026-11-22T02:00:00Z') + minutes * 60_000);
/** Names, each archived so many minutes after two. */
const run = (logs: Record<string, number>, completedAfter: number) => {
  const archived = Object.entries(logs).map(([key, minutes]) => ({
    key: `logs/${key}`,
    bytes: 10,
    storedAt: at(minutes),
  }));
  const { logs: found, missing, notes } = binlogRun('logs/', archived.reverse(), at(completedAfter));
  return { names: found.map(({ key }) => key.slice('logs/'.length)), missing, notes };
};

describe('a run of binary logs', () => {
  it('starts with the first one archived after the backup', () => {
    const logs = { 'mysql-bin.000041': 0, 'mysql-bin.000042': 10, 'mysql-bin.000043': 20, 'mysql-bin.index': 21 };
    expect(run(logs, 5)).toEqual({ names: ['mysql-bin.000042', 'mysql-bin.000043'], missing: [], notes: [] });
    expect(run(logs, 15).names).toEqual(['mysql-bin.000043']);
  });

  it('continues after the last number with six digits', () => {
    const logs = { 'b.999998': 0, 'b.999999': 10, 'b.1000000': 20, 'b.1000001': 30 };
    expect(run(logs, 5)).toEqual({ names: ['b.999999', 'b.1000000', 'b.1000001'], missing: [], notes: [] });
  });

  it('ends before a gap, and names it', () => {
    const logs = { 'bin.000008': 0, 'bin.000009': 10, 'bin.000011': 20 };
    expect(run(logs, 5)).toMatchObject({
      names: ['bin.000009'],
      notes: ['binary log bin.000010 is not in the archive: nothing after it can be reached'],
    });
    expect(run(logs, 15)).toMatchObject({ names: [], notes: [expect.stringContaining('bin.000010')] });
  });

  it('says if it may not reach back to the backup', () => {
    expect(run({ 'bin.000009': 10 }, 5)).toMatchObject({
      names: ['bin.000009'],
      notes: [expect.stringContaining('bin.000009')],
    });
  });

  it.each([
    ['there are no logs', {}],
    ['all logs are older', { 'bin.000001': 0 }],
    ['the logs are elsewhere', { 'deeper/bin.000001': 10, 'bin.index': 10, 'bin.12': 10 }],
  ])('is empty if %s', (_, logs) => {
    expect(run(logs, 5)).toEqual({ names: [], missing: [], notes: [expect.stringContaining('under logs/')] });
  });

  it('has the base name that the server uses now', () => {
    expect(run({ 'old.000002': 6, 'new.000001': 20 }, 5).names).toEqual(['new.000001']);
  });
});

it('may have its prefix written with or without a slash', () => {
  expect(['binlogs/a', 'binlogs/a/', 'binlogs/a//'].map(binlogFolder)).toEqual(Array(3).fill('binlogs/a/'));
});

describe('the logs from the one in which a backup ends', () => {
  const named = (first: string, names: string[]) =>
    logsFrom(first, names).map(({ name, exists }) => (exists ? name : `no ${name}`));

  it('are in order, by number', () => {
    const names = [
      'binlog.1000000',
      'binlog.999998',
      'binlog.999999',
      'binlog.index',
      'other.1000001',
      'binlog.000001',
    ];
    expect(named('binlog.999998', names)).toEqual(['binlog.999998', 'binlog.999999', 'binlog.1000000']);
  });

  it('end before the first missing one', () => {
    expect(named('bin.log.000009', ['bin.log.000009', 'bin.log.000011', 'bin.log.000013'])).toEqual([
      'bin.log.000009',
      'no bin.log.000010',
    ]);
    expect(named('binlog.000009', ['binlog.000010'])).toEqual(['no binlog.000009']);
    expect(named('binlog.000009', [])).toEqual(['no binlog.000009']);
  });
});
