import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTime } from '../../lib/pipeline/in-time.ts';

describe('in time', () => {
  const late = () => new Error('too late');

  it('is what the promise gives, or its error', async () => {
    expect(await inTime(() => Promise.resolve(7), 1000, late)).toBe(7);
    await expect(inTime(() => Promise.reject(new Error('no')), 1000, late)).rejects.toThrow('no');
  });

  it('is not what comes later; its error then does no harm', async () => {
    const failing = () => sleep(40).then(() => Promise.reject(new Error('no')));
    await expect(inTime(failing, 10, late)).rejects.toThrow('too late');
    await sleep(60);
  });

  it('tells the work when it is too late, and why; not when it came in time', async () => {
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

  it('asks for the error only when it is too late', async () => {
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

  it('is too late if the deadline has passed', async () => {
    await expect(inTime(() => new Promise(() => {}), -5, late)).rejects.toThrow('too late');
  });
});
