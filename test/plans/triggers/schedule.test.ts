import { describe, expect, it } from 'vitest';
import { isDue, scheduleProblem } from '../../../lib/plans/triggers/schedule.ts';

const SINCE = new Date('2026-11-20T10:17:45Z');
const due = (expression: string, time: string) => isDue(expression, new Date(time), SINCE);

describe('cron', () => {
  it.each([
    ['cron(* * * * ? *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 * * ? *)', '2026-11-22T02:00:59Z'],
    ['cron(0/15 * * * ? *)', '2026-11-22T02:45:00Z'],
    ['cron(10-50/20 * * * ? *)', '2026-11-22T02:30:00Z'],
    // the 22nd of November 2026 is a Sunday, the first day of EventBridge's week
    ['cron(0 2 ? * SUN *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 ? * 1 *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 ? * mon-fri *)', '2026-11-23T02:00:00Z'],
    ['cron(0 2 1,22 NOV ? 2026-2030)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 ? 1-12 SUN,SAT 2026)', '2026-11-22T02:00:00Z'],
  ])('%s is due at %s', (expression, time) => expect(due(expression, time)).toBe(true));

  it.each([
    ['cron(0 2 * * ? *)', '2026-11-22T02:01:00Z'],
    ['cron(0 2 * * ? *)', '2026-11-22T14:00:00Z'],
    ['cron(0/15 * * * ? *)', '2026-11-22T02:44:00Z'],
    ['cron(10-50/20 * * * ? *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 ? * MON-FRI *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 1 * ? *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 22 DEC ? *)', '2026-11-22T02:00:00Z'],
    ['cron(0 2 22 NOV ? 2027)', '2026-11-22T02:00:00Z'],
  ])('%s is not due at %s', (expression, time) => expect(due(expression, time)).toBe(false));
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', '2026-11-20T10:18:00Z', true],
    ['rate(6 hours)', '2026-11-20T16:17:30Z', true],
    ['rate(6 hours)', '2026-11-20T16:16:59Z', false],
    ['rate(6 hours)', '2026-11-20T16:18:00Z', false],
    ['rate(2 days)', '2026-11-22T10:17:00Z', true],
    ['rate(2 days)', '2026-11-21T10:17:00Z', false],
    // not in the very minute that it counts from, and not before
    ['rate(1 minute)', '2026-11-20T10:17:59Z', false],
    ['rate(1 minute)', '2026-11-20T10:16:00Z', false],
  ])('%s at %s: %s', (expression, time, isNow) => expect(due(expression, time)).toBe(isNow));
});

describe('an expression', () => {
  it.each(['rate(1 hour)', 'rate(90 minutes)', 'cron(0 2 ? * MON-FRI *)'])('is valid: %s', (text) =>
    expect(scheduleProblem(text)).toBeUndefined(),
  );

  it.each([
    ['', 'write rate(6 hours)'],
    ['every day', 'write rate(6 hours)'],
    ['at(2026-11-22T02:00:00)', 'write rate(6 hours)'],
    ['rate(0 minutes)', 'at least 1'],
    ['rate(1 hours)', 'write rate(1 hour)'],
    ['rate(2 hour)', 'write rate(1 hour)'],
    ['rate(5 seconds)', 'write rate(6 hours)'],
    ['cron(0 2 * * *)', 'six fields'],
    ['cron(0 2 * * * *)', 'must be ?'],
    ['cron(0 2 ? * ? *)', 'must be ?'],
    ['cron(60 2 * * ? *)', '"60" is not a valid value for minutes'],
    ['cron(0 24 * * ? *)', 'hours'],
    ['cron(0 2 0 * ? *)', 'day-of-month'],
    ['cron(0 2 L * ? *)', '"L" is not a valid value for day-of-month'],
    ['cron(0 2 ? * MON#1 *)', 'day-of-week'],
    ['cron(0 2 * FEBRUARY ? *)', 'month'],
    ['cron(0 2 * * ? 1969)', 'year'],
    ['cron(30-10 2 * * ? *)', 'minutes'],
    ['cron(0/0 2 * * ? *)', 'minutes'],
    ['cron(1/2/3 2 * * ? *)', 'minutes'],
    ['cron(1-2-3 2 * * ? *)', 'minutes'],
    ['cron(, 2 * * ? *)', 'minutes'],
    ['cron(? 2 * * ? *)', 'minutes'],
  ])('is invalid: %s', (text, why) => expect(scheduleProblem(text)).toContain(why));
});
