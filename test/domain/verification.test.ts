import { describe, expect, it } from 'vitest';
import {
  MAX_LAMBDA_OBJECT_BYTES,
  mayStillBeSound,
  passedRecently,
  verifiedBackup,
  verifiedLines,
} from '../../lib/domain/verification.ts';
import { aBackup } from '../support/records.ts';

const TIME = '2026-11-22T02:00:00.000Z';
const SHA256 = 'ab'.repeat(32);

describe('a pass counts as recent', () => {
  const passed = aBackup({ verify_status: 'passed', verified_at: TIME, verified_etag: '"v1"', checksum: SHA256 });
  const later = (ms: number) => new Date(Date.parse(TIME) + ms);
  const DAY_MS = 24 * 60 * 60 * 1000;

  it.each([0, 1, DAY_MS - 1, DAY_MS])('%i ms after it', (ms) => {
    expect(passedRecently(passed, '"v1"', later(ms))).toBe(true);
  });

  it.each([DAY_MS + 1, 2 * DAY_MS])('no more %i ms after it', (ms) => {
    expect(passedRecently(passed, '"v1"', later(ms))).toBe(false);
  });

  it.each(['"v2"', 'v1', ''])('never of another version: %s', (etag) => {
    expect(passedRecently(passed, etag, later(1))).toBe(false);
  });

  it.each([
    { verify_status: 'failed' },
    { verify_status: 'verifying' },
    { verify_status: 'pending' },
    { verified_at: null },
    { verified_etag: null },
    { checksum: null },
  ] as const)('never where the record says %j', (fields) => {
    expect(passedRecently({ ...passed, ...fields }, '"v1"', later(1))).toBe(false);
  });
});

describe('a passed verification', () => {
  const found = { etag: '"v1"', sha256: SHA256, objectBytes: 100, dumpBytes: 900, encrypted: true, archive: undefined };
  const now = new Date(TIME);

  it('stores what was not known, and says so', () => {
    const unknown = aBackup({ verify_error: 'before', verify_progress: { bytes_done: 1, bytes_total: 2 } });
    expect(verifiedBackup(unknown, found, now)).toEqual({
      verify_status: 'passed',
      verified_at: TIME,
      verify_error: null,
      verify_progress: null,
      verified_etag: '"v1"',
      checksum: SHA256,
      object_bytes: 100,
      size_bytes: 900,
      encryption_algo: 'AES-256-GCM',
    });
    expect(verifiedLines(unknown, found)).toEqual([expect.stringMatching(/none was stored.*is stored now/)]);
  });

  it('keeps what the record has, and the backup’s own status', () => {
    const known = aBackup({ checksum: 'cd'.repeat(32), size_bytes: 7, verified_etag: '"v0"' });
    const fields = verifiedBackup(known, { ...found, encrypted: false }, now);
    expect(fields).toMatchObject({
      checksum: known.checksum,
      size_bytes: 7,
      verified_etag: '"v1"',
    });
    expect(fields).not.toHaveProperty('status');
    const lines = verifiedLines(known, { ...found, sha256: known.checksum as string });
    expect(lines).toEqual([expect.stringMatching(/^CHECKSUM: OK /)]);
  });

  it('never turns an encrypted backup into a plain one', () => {
    expect(verifiedBackup(aBackup(), { ...found, encrypted: false }, now)).not.toHaveProperty('encryption_algo');
  });

  it.each([
    [
      'full',
      { backup_type: 'full', parent_id: null },
      'full backup from LSN 0 to 9 of 10.11, though it was recorded as incremental up to LSN 7',
    ],
    [
      'incremental',
      { backup_type: 'incremental', parent_id: SHA256 },
      'incremental backup from LSN 0 to 9 of 10.11, though it was recorded as incremental up to LSN 7',
    ],
  ] as const)('of an archive that is %s corrects what its record says', (type, fields, line) => {
    const archive = { checkpoints: { type, fromLsn: '0', toLsn: '9' }, serverVersion: '10.11', logStart: undefined };
    const recorded = aBackup({ engine: 'mariabackup', backup_type: 'incremental', to_lsn: '7' });
    const verified = { ...found, archive };
    expect(verifiedBackup({ ...recorded, parent_id: SHA256 }, verified, now)).toMatchObject({
      ...{ ...fields, from_lsn: '0', to_lsn: '9', server_version: '10.11', size_bytes: 900 },
    });
    expect(verifiedLines(recorded, verified)).toEqual([expect.any(String), `ARCHIVE: ${line}`]);
  });

  it('counts from then on', () => {
    const backup = { ...aBackup(), ...verifiedBackup(aBackup(), found, now) };
    expect(passedRecently(backup, '"v1"', now)).toBe(true);
  });
});

it('the largest object for a Lambda leaves it time to spare, at two thirds of the measured rate', () => {
  const measuredBytesPerSecond = 49e6;
  expect(MAX_LAMBDA_OBJECT_BYTES / (measuredBytesPerSecond * (2 / 3))).toBeLessThan(13 * 60);
  expect(MAX_LAMBDA_OBJECT_BYTES).toBeGreaterThan(20e9);
});

describe('a failed verification', () => {
  it.each([
    ['DOWNLOAD ERROR: the storage did not answer', true],
    ['STORAGE PROVIDER ERROR: there is none', true],
    ['CHECKSUM MISMATCH: DOWNLOAD ERROR', false],
    ['DECOMPRESS ERROR: it ends half-way', false],
    [null, false],
  ])('%s: the backup may still be sound: %s', (verify_error, expected) => {
    expect(mayStillBeSound({ verify_error })).toBe(expected);
  });
});
