import { describe, expect, it } from 'vitest';
import { LOGIN_WINDOW_MS, loginWaitMs, loginWindowStart, MAX_ATTEMPTS } from '../../lib/domain/login-limit.ts';

const START = Date.parse('2026-11-22T02:15:00.000Z');
const at = (ms: number) => new Date(START + ms);

describe('the window of an attempt', () => {
  it.each([0, 1, LOGIN_WINDOW_MS - 1])('begins on the clock: %i ms into it', (ms) => {
    expect(loginWindowStart(at(ms))).toBe(START);
  });

  it('ends where the next one begins', () => {
    expect(loginWindowStart(at(LOGIN_WINDOW_MS))).toBe(START + LOGIN_WINDOW_MS);
    expect(loginWindowStart(at(-1))).toBe(START - LOGIN_WINDOW_MS);
  });
});

describe.each(['user', 'address'] as const)('attempts by %s', (kind) => {
  const most = MAX_ATTEMPTS[kind];

  it.each([1, most - 1, most])('go on: number %i', (count) => {
    for (const ms of [0, LOGIN_WINDOW_MS - 1]) expect(loginWaitMs(kind, count, at(ms))).toBe(0);
  });

  it.each([most + 1, most * 100])('wait for the next window: number %i', (count) => {
    expect(loginWaitMs(kind, count, at(0))).toBe(LOGIN_WINDOW_MS);
    expect(loginWaitMs(kind, count, at(1000))).toBe(LOGIN_WINDOW_MS - 1000);
    expect(loginWaitMs(kind, count, at(LOGIN_WINDOW_MS - 1))).toBe(1);
  });
});

it('an address may have several users behind it', () => {
  expect(MAX_ATTEMPTS.address).toBeGreaterThan(MAX_ATTEMPTS.user);
});
