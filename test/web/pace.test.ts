import { describe, expect, it } from 'vitest';
import { addSample, paceOf, type Sample } from '../../web/src/pages/restore/pace.ts';

const MIB = 1024 * 1024;

/** A restore that is read every second and a half. */
function readings(bytes: readonly number[], stage: Sample['stage'] = 'restoring'): Sample[] {
  return bytes.reduce<Sample[]>(
    (samples, bytesDone, index) => addSample(samples, { atMs: 1_000_000 + index * 1_500, stage, bytesDone }),
    [],
  );
}

describe('the pace of a restore', () => {
  it('says nothing until there is enough to say so', () => {
    expect(paceOf([], 100 * MIB)).toBeUndefined();
    expect(paceOf(readings([0, MIB, 2 * MIB, 3 * MIB]), 100 * MIB)).toBeUndefined();
  });

  it('tells rate and time left', () => {
    const samples = readings([0, 3, 6, 9, 12].map((mib) => mib * MIB));
    expect(paceOf(samples, 112 * MIB)).toEqual({ bytesPerSecond: 2 * MIB, leftMs: 50_000 });
  });

  it('smooths what comes in bursts', () => {
    const bursts = Array.from({ length: 21 }, (_, index) => Math.floor(index / 4) * 12 * MIB);
    expect(paceOf(readings(bursts), 200 * MIB)?.bytesPerSecond).toBe(2 * MIB);
  });

  it('follows a change: what is older than half a minute does not count', () => {
    const fast = Array.from({ length: 20 }, (_, index) => index * 30 * MIB);
    const slow = Array.from({ length: 21 }, (_, index) => 19 * 30 * MIB + (index + 1) * 3 * MIB);
    expect(paceOf(readings([...fast, ...slow]), 1_000 * MIB)?.bytesPerSecond).toBe(2 * MIB);
  });

  it('knows no time left while nothing moves', () => {
    expect(paceOf(readings([5, 5, 5, 5, 5, 5]), 10)).toEqual({ bytesPerSecond: 0, leftMs: undefined });
  });

  it('never tells a time below nought', () => {
    expect(paceOf(readings([0, 10, 20, 30, 40]), 35)?.leftMs).toBe(0);
  });

  it('begins anew with a stage, and with bytes that fall', () => {
    const verified = readings([0, 10, 20, 30, 40], 'verifying');
    const next = { atMs: 1_010_000, stage: 'restoring', bytesDone: 41 } as const;
    expect(addSample(verified, next)).toEqual([next]);
    const again = { atMs: 1_010_000, stage: 'verifying', bytesDone: 3 } as const;
    expect(addSample(verified, again)).toEqual([again]);
  });

  it('counts a reading once', () => {
    const [sample] = readings([7]) as [Sample];
    expect(addSample([sample], { ...sample, bytesDone: 9 })).toEqual([{ ...sample, bytesDone: 9 }]);
  });
});
