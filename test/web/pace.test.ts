import { describe, expect, it } from 'vitest';
import { addReading, type Change, paceOf } from '../../web/src/pages/restore-details/pace.ts';

const MIB = 1024 * 1024;
const START_MS = 1_000_000;
const READ_EVERY_MS = 1_500;

/** A restore that is read every 1.5 s. @param mib what is done at each reading. */
function readings(mib: readonly number[], stage: Change['stage'] = 'restoring') {
  return mib.reduce<readonly Change[]>(
    (changes, done, index) =>
      addReading(changes, { atMs: START_MS + index * READ_EVERY_MS, stage, bytesDone: done * MIB }),
    [],
  );
}
const timeOf = (reading: number) => START_MS + reading * READ_EVERY_MS;
const times = (count: number, of: (index: number) => number) => Array.from({ length: count }, (_, index) => of(index));

describe('the pace of a restore', () => {
  it('is unknown until there are enough readings', () => {
    expect(paceOf([], 100 * MIB, START_MS)).toBeUndefined();
    expect(paceOf(readings([0, 3, 6]), 100 * MIB, timeOf(2))).toBeUndefined();
    expect(paceOf(readings([0, 3, 6, 9]), 100 * MIB, timeOf(3))).toBeUndefined();
    expect(paceOf(readings(times(40, () => 5)), 100 * MIB, timeOf(39))).toBeUndefined();
  });

  it('has a rate and the time left', () => {
    expect(paceOf(readings([0, 3, 6, 9, 12]), 112 * MIB, timeOf(4))).toEqual({
      bytesPerSecond: 2 * MIB,
      leftMs: 50_000,
    });
  });

  it('is the same at every reading if progress comes in lumps of many seconds', () => {
    // 4 MiB every 15 s
    const lumps = times(101, (index) => Math.floor(index / 10) * 4);
    const paces = [50, 53, 59, 60, 71, 100].map((at) =>
      paceOf(readings(lumps.slice(0, at + 1)), 100 * MIB, timeOf(at)),
    );
    for (const pace of paces) expect(pace).toMatchObject({ bytesPerSecond: (4 * MIB) / 15 });
  });

  it('is measured over at least two lumps, however long they take', () => {
    // 4 MiB every 45 s: the first two measured are there after 135 s
    const slow = times(121, (index) => Math.floor(index / 30) * 4);
    expect(paceOf(readings(slow.slice(0, 90)), 100 * MIB, timeOf(89))).toBeUndefined();
    for (const at of [90, 119, 120]) {
      const changes = readings(slow.slice(0, at + 1));
      expect(paceOf(changes, 100 * MIB, timeOf(at))).toMatchObject({ bytesPerSecond: (4 * MIB) / 45 });
    }
  });

  it('counts the time left down between lumps', () => {
    const changes = readings(times(51, (index) => Math.floor(index / 10) * 4));
    const left = [50, 54].map((at) => (paceOf(changes, 24 * MIB, timeOf(at)) as { leftMs: number }).leftMs);
    expect(left).toEqual([15_000, 9_000]);
  });

  it('leaves out the lump that was in progress when the page was opened', () => {
    // the first is seen 1.5 s before the next, but took 15 s
    expect(
      paceOf(readings([4, ...times(31, (index) => 8 + Math.floor(index / 10) * 4)]), 99 * MIB, timeOf(31)),
    ).toMatchObject({ bytesPerSecond: (4 * MIB) / 15 });
  });

  it('follows a change: only the last minute counts', () => {
    const mib = [...times(20, (index) => index * 30), ...times(45, (index) => 570 + (index + 1) * 3)];
    expect(paceOf(readings(mib), 1_000 * MIB, timeOf(64))).toMatchObject({ bytesPerSecond: 2 * MIB });
  });

  it('says when nothing moves any more', () => {
    const changes = readings([0, 3, 6, 9, 12]);
    expect(paceOf(changes, 100 * MIB, timeOf(4) + 15_000)).toMatchObject({ bytesPerSecond: 2 * MIB });
    expect(paceOf(changes, 100 * MIB, timeOf(4) + 15_001)).toEqual({ stalledMs: 15_001 });
    // lumps of 15 s aren't a stall
    const slow = readings(times(51, (index) => Math.floor(index / 10) * 4));
    expect(paceOf(slow, 100 * MIB, timeOf(50) + 45_000)).toMatchObject({ bytesPerSecond: (4 * MIB) / 15 });
    expect(paceOf(slow, 100 * MIB, timeOf(50) + 45_001)).toEqual({ stalledMs: 45_001 });
  });

  it('never has a negative time left', () => {
    expect(paceOf(readings([0, 10, 20, 30, 40]), 35 * MIB, timeOf(4))).toMatchObject({ leftMs: 0 });
  });

  it('starts again with a new stage, or if the bytes decrease', () => {
    const verified = readings([0, 10, 20, 30, 40], 'verifying');
    const next = { atMs: timeOf(5), stage: 'restoring', bytesDone: 41 * MIB } as const;
    expect(addReading(verified, next)).toEqual([next]);
    const again = { atMs: timeOf(5), stage: 'verifying', bytesDone: 3 * MIB } as const;
    expect(addReading(verified, again)).toEqual([again]);
  });
});
