import { describe, expect, it } from 'vitest';
import { backup, publicBackup } from '../../lib/backups/model.ts';
import { publicJob } from '../../lib/backups/scan/job.ts';
import { connection } from '../../lib/connections/model.ts';
import { storageProvider } from '../../lib/connections/providers/model.ts';
import { restore } from '../../lib/restores/model.ts';
import { settings } from '../../lib/settings/model.ts';
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
      free_bytes: null,
      binlog_prefix: null,
      jagad_changed_at: null,
      jagad_address: null,
      event_restore_allowed: false,
      trusted: false,
      encrypted_only: false,
    });
  });

  it('of a storage provider', () => {
    const given = { id: ID, name: 'n', provider_type: 'r2', bucket: 'backups', created_at: TIME };
    expect(storageProvider.parse(given)).toEqual({
      ...given,
      endpoint: null,
      region: 'us-east-1',
      access_key: null,
      ca_bundle: null,
      path_style: false,
      is_default: false,
      secret_key_set: true,
      jagad_ids: [],
    });
  });
});

it('leave out fields that the record does not have, above all the password', () => {
  expect(connection.parse({ ...aConnection(), password: 'hunter2' })).not.toHaveProperty('password');
  expect(
    storageProvider.parse({ id: ID, name: 'n', provider_type: 's3', bucket: 'abc', created_at: TIME, secret_key: 'x' }),
  ).not.toHaveProperty('secret_key');
});

describe('records from before a field existed', () => {
  it('a backup has no verified version', () => {
    const { verified_etag: _, verify_progress: __, log_output: ___, ...older } = aBackup({ verify_status: 'passed' });
    expect(backup.parse(older)).toEqual({ ...older, verified_etag: null, verify_progress: null, log_output: '' });
  });

  it('a restore has neither verification nor cancellation', () => {
    const later = { verified: null, cancelled_by: null, task_stopped_at: null };
    const claim = { claimed_by: null, worker_seen_at: null, stop_asked_at: null };
    const lacking = new Set(Object.keys({ ...later, ...claim }));
    const older = Object.fromEntries(Object.entries(aRestore()).filter(([name]) => !lacking.has(name)));
    expect(restore.parse(older)).toEqual({ ...older, ...later, ...claim });
  });

  it('backups are verified and checked, and tables analyzed, if the settings are missing', () => {
    expect(settings.parse({})).toEqual({
      verify_new_backups: true,
      contents_fallen_percent: 30,
      standing_check: true,
      analyze_after_restore: true,
    });
  });
});

describe('the public form', () => {
  it('of a backup leaves out the log, which has its own call', () => {
    expect(publicBackup.parse(aBackup({ log_output: 'much' }))).not.toHaveProperty('log_output');
  });

  it('of a job leaves out its internal fields', () => {
    const [common, again] = [{ id: ID, subject_id: ID, status: 'running', counts: {}, error: null }, true];
    const job = { ...common, kind: 'scan', again, created_at: TIME, completed_at: null };
    expect(publicJob.parse(job)).toEqual({
      ...common,
      kind: 'scan',
      skipped: [],
      follow_up: null,
      created_at: TIME,
      completed_at: null,
    });
  });
});

describe('the schema refuses', () => {
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
    ['verify_progress', { bytes_done: -1, bytes_total: 0 }],
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
    ['verified', { sha256: null }],
    ['task_stopped_at', '2026-11-22'],
    ['worker_seen_at', '2026-11-22'],
  ])('a restore with %s %j', (field, value) => {
    expect(restore.safeParse({ ...aRestore(), [field]: value }).success).toBe(false);
  });
});
