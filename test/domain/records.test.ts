import { describe, expect, it } from 'vitest';
import { backup, connection, restore, storageProvider } from '../../lib/domain/records.ts';
import { verifiedBackup, verifiedLine } from '../../lib/domain/verification.ts';
import { aBackup, aConnection, aRestore } from '../support/records.ts';

const ID = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const TIME = '2026-11-22T02:00:00.000Z';

describe('defaults', () => {
  it('of a connection', () => {
    const given = {
      id: ID,
      name: 'n',
      db_type: 'mysql',
      host: 'h',
      port: 3306,
      username: 'u',
      created_at: TIME,
      updated_at: TIME,
    };
    expect(connection.parse(given)).toEqual({
      ...given,
      secret_arn: null,
      ssl_mode: 'prefer',
      ca_bundle: null,
      event_restore_allowed: false,
    });
  });

  it('of a storage provider', () => {
    const given = { id: ID, name: 'n', provider_type: 'r2', bucket: 'backups', created_at: TIME };
    expect(storageProvider.parse(given)).toEqual({
      ...given,
      endpoint: null,
      region: 'us-east-1',
      access_key: null,
      path_style: false,
      is_default: false,
    });
  });
});

it('what a record does not have stays out: a password above all', () => {
  expect(connection.parse({ ...aConnection(), password: 'hunter2' })).not.toHaveProperty('password');
  expect(
    storageProvider.parse({ id: ID, name: 'n', provider_type: 's3', bucket: 'abc', created_at: TIME, secret_key: 'x' }),
  ).not.toHaveProperty('secret_key');
});

describe('what is refused', () => {
  it.each([
    ['port', 0],
    ['port', 65_536],
    ['port', 1.5],
    ['port', '5432'],
    ['db_type', 'oracle'],
    ['ssl_mode', 'verify_full'],
    ['host', ''],
    ['name', ''],
    ['name', 'x'.repeat(201)],
    ['id', 'x'],
    ['created_at', '2026-11-22'],
    ['created_at', '2026-11-22T02:00:00+01:00'],
  ])('a connection with %s %j', (field, value) => {
    expect(connection.safeParse({ ...aConnection(), [field]: value }).success).toBe(false);
  });

  it.each([
    ['checksum', 'AB'.repeat(32)],
    ['checksum', 'ab'.repeat(31)],
    ['checksum', ''],
    ['object_bytes', -1],
    ['size_bytes', 0.5],
    ['encryption_algo', 'AES-128'],
    ['status', 'cancelled'],
    ['backup_type', 'differential'],
    ['verify_status', null],
  ])('a backup with %s %j', (field, value) => {
    expect(backup.safeParse({ ...aBackup(), [field]: value }).success).toBe(false);
  });

  it.each([
    ['status', 'pending'],
    ['trigger', 'cron'],
    ['warnings', null],
    ['duration_ms', -1],
    ['progress', { stage: 'idle', bytes_done: 0, bytes_total: 0 }],
    ['error', { code: 'X' }],
  ])('a restore with %s %j', (field, value) => {
    expect(restore.safeParse({ ...aRestore(), [field]: value }).success).toBe(false);
  });
});

describe('a passed verification', () => {
  const found = { sha256: 'ab'.repeat(32), objectBytes: 100, dumpBytes: 900, encrypted: true };
  const now = new Date(TIME);

  it('stores what was not known, and says so', () => {
    const unknown = aBackup();
    expect(verifiedBackup(unknown, found, now)).toEqual({
      verify_status: 'passed',
      verified_at: TIME,
      verify_error: null,
      checksum: found.sha256,
      object_bytes: 100,
      size_bytes: 900,
      encryption_algo: 'AES-256-GCM',
    });
    expect(verifiedLine(unknown, found)).toMatch(/none was stored.*is stored now/);
  });

  it('keeps what the record has, and the backup’s own status', () => {
    const known = aBackup({ checksum: 'cd'.repeat(32), size_bytes: 7 });
    const fields = verifiedBackup(known, { ...found, encrypted: false }, now);
    expect(fields).toMatchObject({ checksum: known.checksum, size_bytes: 7, encryption_algo: null });
    expect(fields).not.toHaveProperty('status');
    expect(verifiedLine(known, { ...found, sha256: known.checksum as string })).toMatch(/^CHECKSUM: OK /);
  });
});
