import { describe, expect, it } from 'vitest';
import {
  attemptsKey,
  delayAfterMs,
  FORGET_MS,
  FREE_FAILURES,
  isAudited,
  MAX_DELAY_MS,
  MAX_WAIT_MS,
  remembered,
  withAttempt,
} from '../../../lib/accounts/sessions/login-limit.ts';

const NOW = Date.parse('2026-11-22T02:15:00.000Z');
const ID = '5c1b9e0e-6a3d-5f0a-9a53-3e1f2c7a4b10';

describe('the delay after a failure', () => {
  it('starts after a few failures and grows to a few seconds', () => {
    const delays = Array.from({ length: 12 }, (_, index) => delayAfterMs(index + 1));
    expect(delays).toEqual([0, 0, 0, 0, 250, 500, 1000, 2000, 2000, 2000, 2000, 2000]);
    expect(delayAfterMs(1_000_000_000)).toBe(MAX_DELAY_MS);
  });

  it('holds the request instead of refusing it: the right password still works', () => {
    expect(MAX_DELAY_MS).toBeLessThan(MAX_WAIT_MS);
    // a call of the API has 20 s
    expect(MAX_WAIT_MS).toBeLessThan(10_000);
  });

  it('allows few guesses a day, however many are sent', () => {
    let attempts = { failures: 0, next_at: 0 };
    let guesses = 0;
    for (let now = NOW; now < NOW + 86_400_000; now = Math.max(now, attempts.next_at)) {
      attempts = withAttempt(remembered(attempts, now), now);
      guesses += 1;
    }
    expect(guesses).toBeLessThan(86_400_000 / MAX_DELAY_MS + 2 * FREE_FAILURES);
  });
});

describe('the record of failed attempts', () => {
  it('counts each attempt until there have been none for a while', () => {
    const first = withAttempt(remembered(undefined, NOW), NOW);
    expect(first).toEqual({ failures: 1, next_at: NOW });
    const many = { failures: 40, next_at: NOW };
    expect(remembered(many, NOW + FORGET_MS - 1)).toEqual(many);
    expect(remembered(many, NOW + FORGET_MS)).toEqual({ failures: 0, next_at: 0 });
  });
});

describe('the audit log', () => {
  it('records the first failures, then fewer and fewer', () => {
    const audited = Array.from({ length: 1000 }, (_, index) => index + 1).filter(isAudited);
    expect(audited).toEqual([1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256, 512]);
  });
});

describe('attempts are counted', () => {
  it('per user and address', () => {
    const others = ['192.0.2.7', '192.0.2.8', '2001:db8::1'].map((address) => attemptsKey(ID, address));
    expect(new Set(others).size).toBe(3);
    const [one, two] = ['5c1b9e0e', '5c1b9e0f'].map((start) => attemptsKey(ID.replace('5c1b9e0e', start), '192.0.2.7'));
    expect(one).not.toBe(two);
  });

  it('under a few keys, however many user names one address makes up', () => {
    const keys = Array.from({ length: 5000 }, () => attemptsKey(crypto.randomUUID(), '192.0.2.7'));
    expect(new Set(keys).size).toBe(8);
    for (const key of keys) expect(key).toMatch(/^192\.0\.2\.7#\d+$/);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
  ])('for %s under %s', (address, network) => expect(attemptsKey(ID, address).split('#')[0]).toBe(network));
});
