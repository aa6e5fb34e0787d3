import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { backupAges, measuredAges } from '../../lib/backups/backup-ages.ts';
import type { Backup } from '../../lib/backups/model.ts';
import { aBackup } from '../support/records.ts';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-11-22T12:00:00Z');
const [ONE, OTHER] = [randomUUID(), randomUUID()];
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS).toISOString();
const made = (hours: number, fields: Partial<Backup> = {}) =>
  aBackup({ connection_id: ONE, verify_status: 'passed', created_at: hoursAgo(hours), ...fields });
const ages = (...backups: Backup[]) => backupAges(backups, 26, NOW);

describe('a database', () => {
  it('is as old as the newest of its backups that passed', async () => {
    const failed = made(1, { verify_status: 'failed' });
    expect(await ages(made(50), failed, made(25), made(70))).toEqual({
      databases: 1,
      maxAgeMs: 25 * HOUR_MS,
      stale: [],
    });
  });

  it('is reported if it is older than allowed, the oldest first', async () => {
    const { databases, maxAgeMs, stale } = await ages(
      made(27),
      made(2, { verify_status: 'pending' }),
      made(80, { connection_id: OTHER }),
      made(26, { database_name: 'just in time' }),
    );
    expect([databases, maxAgeMs]).toEqual([3, 80 * HOUR_MS]);
    expect(stale).toEqual([
      { connection_id: OTHER, database_name: 'shop', newest_verified_at: hoursAgo(80), age_hours: 80 },
      { connection_id: ONE, database_name: 'shop', newest_verified_at: hoursAgo(27), age_hours: 27 },
    ]);
  });

  it('without a passed backup is as old as its first backup, so that a new one gets its time', async () => {
    const never = { verify_status: 'failed' } as const;
    expect((await ages(made(3, never))).stale).toEqual([]);
    expect((await ages(made(3, never), made(40, never), made(20, never))).stale).toMatchObject([
      { newest_verified_at: null, age_hours: 40 },
    ]);
  });

  it('with only physical backups is not counted: nothing verifies them', async () => {
    expect(await ages(made(99, { engine: 'pgbackrest' }))).toEqual({ databases: 0, maxAgeMs: null, stale: [] });
  });
  it('with only incremental backups is not counted: it could not be restored here', async () => {
    expect(await ages(made(99, { backup_type: 'incremental' }))).toEqual({ databases: 0, maxAgeMs: null, stale: [] });
  });
});

it('is part of one measurement, which also works without any', async () => {
  expect(measuredAges(await ages(made(30))).values).toEqual({
    DatabasesBackedUp: 1,
    DatabasesWithoutRecentBackup: 1,
    NewestVerifiedBackupAge: 30 * 3600,
  });
  expect(measuredAges(await ages()).values).toEqual({ DatabasesBackedUp: 0, DatabasesWithoutRecentBackup: 0 });
});
