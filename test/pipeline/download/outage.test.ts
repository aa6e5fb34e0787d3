import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Outage } from '../../../lib/pipeline/download/outage.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-30T14:00:00Z'), toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const REFUSED = new Error('connect ECONNREFUSED');

function outage(patienceMs = () => 600_000) {
  const told: string[] = [];
  return { told, one: new Outage({ patienceMs, retryDelayMs: 200 }, (line) => told.push(line)) };
}

it('doubles the wait after each failure, up to some seconds, with random variation', () => {
  const { one } = outage();
  const delays = Array.from({ length: 10 }, () => one.failed(REFUSED) ?? 0);
  for (const [index, delay] of delays.entries()) {
    const middle = Math.min(5000, 200 * 2 ** index);
    expect(delay).toBeGreaterThanOrEqual(middle / 2);
    expect(delay).toBeLessThanOrEqual(middle * 1.5);
  }
  expect(new Set(delays).size).toBe(10);
});

it('is reported repeatedly while it lasts, with the time limit, and so is its end', () => {
  const { one, told } = outage();
  one.failed(REFUSED);
  vi.advanceTimersByTime(4000);
  one.failed(REFUSED);
  expect(told).toEqual([]);
  for (const waitMs of [36_000, 20_000, 20_000]) {
    vi.advanceTimersByTime(waitMs);
    one.failed(REFUSED);
  }
  vi.advanceTimersByTime(5000);
  one.over();
  one.over();
  expect(told).toEqual([
    'the storage has been unavailable for 40 s (connect ECONNREFUSED); trying until 2026-11-30T14:10:00Z',
    'the storage has been unavailable for 80 s (connect ECONNREFUSED); trying until 2026-11-30T14:10:00Z',
    'the storage answers again, after 85 s',
  ]);
});

it('ends the download when its time is over, after one last attempt', () => {
  const { one } = outage(() => 120_000);
  for (let tries = 0; tries < 10; tries++) one.failed(REFUSED);
  vi.advanceTimersByTime(119_500);
  expect(one.failed(REFUSED)).toBeLessThanOrEqual(500);
  vi.advanceTimersByTime(500);
  expect(one.failed(REFUSED)).toBeUndefined();
  expect(one.inWords).toBe('the storage has been unavailable for 120 s, in 12 tries');
});

it('starts with the last byte, or with a request after a pause', () => {
  const { one } = outage(() => 1000);
  vi.advanceTimersByTime(5000);
  one.rested();
  expect(one.failed(REFUSED)).toBeDefined();
  vi.advanceTimersByTime(900);
  one.rested();
  vi.advanceTimersByTime(200);
  expect(one.failed(REFUSED)).toBeUndefined();
  one.over();
  expect(one.failed(REFUSED)).toBeDefined();
});
