import { describe, expect, it } from 'vitest';
import {
  MAX_LAMBDA_OBJECT_BYTES,
  mayStillBeSound,
  passedRecently,
  verifiedBackup,
  verifiedLine,
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
  const found = { etag: '"v1"', sha256: SHA256, objectBytes: 100, dumpBytes: 900, encrypted: true };
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
    expect(verifiedLine(unknown, found)).toMatch(/none was stored.*is stored now/);
  });

  it('keeps what the record has, and the backup’s own status', () => {
    const known = aBackup({ checksum: 'cd'.repeat(32), size_bytes: 7, verified_etag: '"v0"' });
    const fields = verifiedBackup(known, { ...found, encrypted: false }, now);
    expect(fields).toMatchObject({
      checksum: known.checksum,
      size_bytes: 7,
      encryption_algo: null,
      verified_etag: '"v1"',
    });
    expect(fields).not.toHaveProperty('status');
    expect(verifiedLine(known, { ...found, sha256: known.checksum as string })).toMatch(/^CHECKSUM: OK /);
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
