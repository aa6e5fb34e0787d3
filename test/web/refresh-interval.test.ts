import { expect, it } from 'vitest';
import { CALM_MS, LIVE_MS, refreshInterval, SETTLING_MS } from '../../web/src/api/refresh-interval.ts';

it('polls sooner right after a change, and never if the data cannot change', () => {
  expect(refreshInterval(CALM_MS, SETTLING_MS)).toBe(CALM_MS);
  expect(refreshInterval(CALM_MS, Number.POSITIVE_INFINITY)).toBe(CALM_MS);
  expect(refreshInterval(CALM_MS, SETTLING_MS - 1)).toBe(LIVE_MS);
  expect(refreshInterval(500, 0)).toBe(500);
  expect(refreshInterval(false, 0)).toBe(false);
  expect(refreshInterval(undefined, 0)).toBe(false);
});
