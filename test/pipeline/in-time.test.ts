import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTime } from '../../lib/pipeline/in-time.ts';

describe('a promise with a deadline', () => {
  const late = () => new Error('too late');

  it('returns the value or the error', async () => {
    expect(await inTime(() => Promise.resolve(7), 1000, late)).toBe(7);
    await expect(inTime(() => Promise.reject(new Error('no')), 1000, late)).rejects.toThrow('no');
  });

  it('ignores what comes later, including an error', async () => {
    const failing = () => sleep(40).then(() => Promise.reject(new Error('no')));
    await expect(inTime(failing, 10, late)).rejects.toThrow('too late');
    await sleep(60);
  });

  it('aborts the work with the reason if it is too late, and only then', async () => {
    let signal: AbortSignal | undefined;
    const work = (given: AbortSignal) => {
      signal = given;
      return sleep(30);
    };
    await expect(inTime(work, 10, late)).rejects.toThrow('too late');
    expect(signal).toMatchObject({ aborted: true, reason: { message: 'too late' } });
    await inTime(work, 1000, late);
    expect(signal?.aborted).toBe(false);
  });

  it('creates the error only if it is too late', async () => {
    let asked = 0;
    await inTime(
      () => sleep(1),
      20,
      () => {
        asked += 1;
        return late();
      },
    );
    await sleep(40);
    expect(asked).toBe(0);
  });

  it('is too late if the deadline has already passed', async () => {
    await expect(inTime(() => new Promise(() => {}), -5, late)).rejects.toThrow('too late');
  });
});
