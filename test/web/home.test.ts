import { describe, expect, it } from 'vitest';
import { durationsPerDay, firstOfDays, unitFor } from '../../web/src/pages/home/durations-per-day.ts';
import { isOld, newestPerDatabase } from '../../web/src/pages/home/newest-per-database.ts';
import { aBackup, aRestore } from '../support/records.ts';

const A = '11111111-1111-4111-8111-111111111111';
const B = '22222222-2222-4222-8222-222222222222';

describe('the newest backup of each database', () => {
  const made = (connection_id: string, database_name: string, completed_at: string, more = {}) =>
    aBackup({ connection_id, database_name, completed_at, ...more });

  it('is chosen by its creation time, whatever the order', () => {
    const old = made(A, 'shop', '2026-11-20T02:00:00.000Z');
    const newest = made(A, 'shop', '2026-11-22T02:00:00.000Z');
    const middle = made(A, 'shop', '2026-11-21T02:00:00.000Z');
    expect(newestPerDatabase([middle, newest, old])).toEqual([newest]);
  });

  it('is separate for equal names on two servers, the oldest first', () => {
    const here = made(A, 'shop', '2026-11-22T02:00:00.000Z');
    const there = made(B, 'shop', '2026-11-21T02:00:00.000Z');
    expect(newestPerDatabase([here, there])).toEqual([there, here]);
  });

  it('skips backups that cannot be restored by themselves', () => {
    const full = made(A, 'shop', '2026-11-20T02:00:00.000Z');
    const incremental = made(A, 'shop', '2026-11-22T02:00:00.000Z', { backup_type: 'incremental' });
    expect(newestPerDatabase([incremental, full])).toEqual([full]);
  });

  it('has the time of listing if its own is unknown', () => {
    const listed = aBackup({ connection_id: A, completed_at: null, created_at: '2026-11-22T02:00:00.000Z' });
    const older = made(A, 'shop', '2026-11-21T02:00:00.000Z');
    expect(newestPerDatabase([older, listed])).toEqual([listed]);
  });

  it('is old after 26 hours', () => {
    const backup = made(A, 'shop', '2026-11-22T02:00:00.000Z');
    expect(isOld(backup, Date.parse('2026-11-23T04:00:00.000Z'))).toBe(false);
    expect(isOld(backup, Date.parse('2026-11-23T04:00:00.001Z'))).toBe(true);
  });
});

describe('the restore times by day', () => {
  const now = new Date(2026, 10, 22, 15);
  const on = (day: number, hour: number, duration_ms: number | null, status = 'success' as const) =>
    aRestore({ started_at: new Date(2026, 10, day, hour).toISOString(), duration_ms, status });

  it('include every day, even without a restore', () => {
    expect(durationsPerDay([], 3, now).map(({ day }) => day)).toEqual(['2026-11-20', '2026-11-21', '2026-11-22']);
    expect(durationsPerDay([], 1, now)).toEqual([
      { day: '2026-11-22', success: 0, failed: 0, cancelled: 0, medianMs: null, longestMs: null },
    ]);
  });

  it('use the reader’s time zone', () => {
    const days = durationsPerDay([on(21, 0, 1), on(21, 23, 1), on(22, 0, 1)], 2, now);
    expect(days.map(({ success }) => success)).toEqual([2, 1]);
  });

  it('are medians, between the two middle ones if necessary', () => {
    const odd = durationsPerDay([on(22, 1, 900), on(22, 2, 100), on(22, 3, 200)], 1, now);
    expect(odd[0]).toMatchObject({ medianMs: 200, longestMs: 900 });
    const even = durationsPerDay([on(22, 1, 900), on(22, 2, 100), on(22, 3, 200), on(22, 4, 400)], 1, now);
    expect(even[0]).toMatchObject({ medianMs: 300, longestMs: 900 });
  });

  it('cover successful restores, and count the others', () => {
    const started_at = new Date(2026, 10, 22, 5).toISOString();
    const [day] = durationsPerDay(
      [
        on(22, 1, 100),
        aRestore({ started_at, status: 'failed', duration_ms: 9_000 }),
        aRestore({ started_at, status: 'cancelled', duration_ms: 8_000 }),
        aRestore({ started_at }),
      ],
      1,
      now,
    );
    expect(day).toEqual({ day: '2026-11-22', success: 1, failed: 1, cancelled: 1, medianMs: 100, longestMs: 100 });
  });

  it('start with the first day', () => {
    expect(firstOfDays(28, now)).toEqual(new Date(2026, 9, 26));
    expect(durationsPerDay([], 28, now)[0]?.day).toBe('2026-10-26');
  });

  it('have a suitable unit', () => {
    expect([1_000, 600_000, 9_000_000].map((ms) => unitFor(ms).name)).toEqual(['seconds', 'minutes', 'hours']);
  });
});
