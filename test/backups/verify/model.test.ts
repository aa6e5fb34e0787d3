import { describe, expect, it } from 'vitest';
import {
  failedBackup,
  lacksItsKey,
  lastVerdict,
  MAX_LAMBDA_OBJECT_BYTES,
  passedRecently,
  unreadBackup,
  verifiedBackup,
  verifiedLines,
} from '../../../lib/backups/verify/model.ts';
import {
  ChecksumMismatch,
  DecompressError,
  DecryptError,
  DownloadError,
  isVerdict,
  RestoreError,
  RestoreStopped,
  StorageProviderError,
  TooLargeForLambda,
} from '../../../lib/errors/errors.ts';
import { aBackup } from '../../support/records.ts';

const TIME = '2026-11-22T02:00:00.000Z';
const SHA256 = 'ab'.repeat(32);

describe('a passed verification counts as recent', () => {
  const passed = aBackup({ verify_status: 'passed', verified_at: TIME, verified_etag: '"v1"', checksum: SHA256 });
  const later = (ms: number) => new Date(Date.parse(TIME) + ms);
  const DAY_MS = 24 * 60 * 60 * 1000;

  it.each([0, 1, DAY_MS - 1, DAY_MS])('%i ms later', (ms) => {
    expect(passedRecently(passed, '"v1"', later(ms))).toBe(true);
  });

  it.each([DAY_MS + 1, 2 * DAY_MS])('but not %i ms later', (ms) => {
    expect(passedRecently(passed, '"v1"', later(ms))).toBe(false);
  });

  it('while it is verified again', () => {
    expect(passedRecently({ ...passed, verify_status: 'verifying' }, '"v1"', later(1))).toBe(true);
  });

  it.each(['"v2"', 'v1', ''])('but not for another version: %s', (etag) => {
    expect(passedRecently(passed, etag, later(1))).toBe(false);
  });

  it.each([
    { verify_status: 'failed' },
    { verify_status: 'verifying', verify_error: 'CHECKSUM MISMATCH: other bytes' },
    { verify_status: 'pending' },
    { verified_at: null },
    { verified_etag: null },
    { checksum: null },
  ] as const)('but not if the record says %j', (fields) => {
    expect(passedRecently({ ...passed, ...fields }, '"v1"', later(1))).toBe(false);
  });
});

describe('a passed verification', () => {
  const found = { etag: '"v1"', sha256: SHA256, objectBytes: 100, dumpBytes: 900, encrypted: true, archive: undefined };
  const now = new Date(TIME);

  it('stores what was unknown, and reports it', () => {
    const unknown = aBackup({ verify_error: 'before', verify_progress: { bytes_done: 1, bytes_total: 2 } });
    expect(verifiedBackup(unknown, found, now)).toEqual({
      verify_attempt: null,
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

  it('never marks an encrypted backup as plain', () => {
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
  ] as const)('of an archive that is %s corrects the record', (type, fields, line) => {
    const archive = { checkpoints: { type, fromLsn: '0', toLsn: '9' }, serverVersion: '10.11', logStart: undefined };
    const recorded = aBackup({ engine: 'mariabackup', backup_type: 'incremental', to_lsn: '7' });
    const verified = { ...found, archive };
    expect(verifiedBackup({ ...recorded, parent_id: SHA256 }, verified, now)).toMatchObject({
      ...{ ...fields, from_lsn: '0', to_lsn: '9', server_version: '10.11', size_bytes: 900 },
    });
    expect(verifiedLines(recorded, verified)).toEqual([expect.any(String), `ARCHIVE: ${line}`]);
  });

  it('counts as recent from then on', () => {
    const backup = { ...aBackup(), ...verifiedBackup(aBackup(), found, now) };
    expect(passedRecently(backup, '"v1"', now)).toBe(true);
  });
});

it('of the largest object for a Lambda has time to spare at two thirds of the measured rate', () => {
  const measuredBytesPerSecond = 49e6;
  // twice, because a fault is checked again
  expect((2 * MAX_LAMBDA_OBJECT_BYTES) / (measuredBytesPerSecond * (2 / 3))).toBeLessThan(14 * 60);
  expect(MAX_LAMBDA_OBJECT_BYTES).toBeGreaterThan(12e9);
});

describe('an attempt without a verdict', () => {
  const error = { code: 'DOWNLOAD_ERROR', message: 'DOWNLOAD ERROR: the storage did not answer' };
  const damaged = 'DECOMPRESS ERROR: it ends half-way';

  it.each([
    ['passed', { verified_at: TIME }],
    ['failed', { verify_error: damaged }],
    ['failed', { verified_at: TIME, verify_error: damaged }],
    ['pending', {}],
  ] as const)('keeps the previous verdict: %s', (verify_status, fields) => {
    const attempt = { verify_status, verify_attempt: { at: TIME, error } };
    // as it was when the attempt began, and as it is while the attempt runs
    for (const status of [verify_status, 'verifying'] as const) {
      const backup = aBackup({ ...fields, verify_status: status });
      expect(lastVerdict(backup)).toBe(verify_status);
      expect({ ...backup, ...unreadBackup(backup, error, new Date(TIME)) }).toMatchObject({ ...fields, ...attempt });
    }
  });

  it('is removed by the next verdict', () => {
    const backup = aBackup({ verify_attempt: { at: TIME, error } });
    expect({ ...backup, ...failedBackup(damaged) }).toMatchObject({ verify_status: 'failed', verify_attempt: null });
    const found = { etag: '"v1"', sha256: SHA256, objectBytes: 1, dumpBytes: 2, encrypted: false, archive: undefined };
    expect(verifiedBackup(backup, found, new Date(TIME)).verify_attempt).toBeNull();
  });
});

describe('whether an error is a verdict on the bytes', () => {
  it.each([
    [new DownloadError('the storage did not answer'), false],
    [new DownloadError('it is gone', { verdict: true }), true],
    [new StorageProviderError('there is none'), false],
    [new DecryptError('a frame is damaged'), true],
    [new DecryptError('no key is set', { verdict: false }), false],
    [new DecompressError('it ends half-way'), true],
    [new ChecksumMismatch('other bytes'), true],
    [new RestoreError('line 3 is not accepted'), true],
    [new RestoreStopped('stopped'), false],
    [new TooLargeForLambda('too large'), false],
    [new Error('socket hang up'), false],
  ])('%s: %s', (error, expected) => expect(isVerdict(error)).toBe(expected));

  it.each([
    ['gone', ['default'], true],
    ['default', ['default', 'new'], false],
    [null, [], false],
  ])(
    'a missing key explains the error if the backup has %s and the keys are %j: %s',
    (encryption_key_id, ids, expected) => {
      const keys = ids.map((id) => ({ id }));
      const ofKeys = new DecryptError('none opens it', { isOfKeys: true });
      expect(lacksItsKey(ofKeys, { encryption_key_id }, keys)).toBe(expected);
      expect(lacksItsKey(new DecryptError('a frame is damaged'), { encryption_key_id }, keys)).toBe(false);
    },
  );
});
