/** Whatever is wrong with an object, the restore fails before the target is touched, and says what is wrong. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { putObject } from '../../lib/local/demo/register.ts';
import { type Fingerprint, fingerprint } from '../../lib/local/demo/sample/sample-data.ts';
import { EVERY_CASE } from '../support/every-case.ts';
import { fixtureBytes, type Harness, startHarness } from '../support/harness.ts';
import { jsonLines, metricsIn } from '../support/log-lines.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const SALT = 16;
const HEADER = 16;

/** Where each frame of an encrypted object begins, and after the last one its end marks. */
function frameOffsets(object: Buffer): number[] {
  const offsets = [SALT];
  for (;;) {
    const at = offsets.at(-1) as number;
    const length = object.readUInt32BE(at + 12);
    if (length === 0) return offsets;
    offsets.push(at + HEADER + length);
  }
}

function flipped(object: Buffer, at: number): Buffer {
  const copy = Buffer.from(object);
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

/** The object with the frames from..to in another order; a frame may be left out or repeated. */
function reordered(object: Buffer, order: (frames: Buffer[]) => Buffer[]): Buffer {
  const offsets = frameOffsets(object);
  const frames = offsets.slice(0, -1).map((from, index) => object.subarray(from, offsets[index + 1]));
  return Buffer.concat([object.subarray(0, SALT), ...order(frames), object.subarray(offsets.at(-1))]);
}

describe('a faulty object', () => {
  let harness: Harness;
  let encrypted: Buffer;
  let plain: Buffer;
  let before: Fingerprint;
  let stopServer = async () => {};
  let beforePipeline: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server, {
      beforeTask: async (resource) => {
        if (resource.includes('ecs:')) await beforePipeline?.();
      },
    });
    encrypted = fixtureBytes(harness.backups[0].storage_path);
    plain = fixtureBytes(harness.backups[1].storage_path);
    await harness.sql(undefined, 'CREATE DATABASE shop');
    await harness.sql(
      'shop',
      'CREATE SCHEMA sales',
      'CREATE TABLE sales.customers (id int)',
      'INSERT INTO sales.customers VALUES (1)',
    );
    before = await fingerprint(server, 'shop');
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  /** Restores it, and expects the failure. */
  async function expectFailure(backup: Backup, message: RegExp, hint: RegExp): Promise<void> {
    const restore = await harness.restore(backup);
    expect(restore.status).toBe('failed');
    expect(restore.error?.message).toMatch(message);
    expect(restore.error?.hint).toMatch(hint);
    expect(restore.log_output.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(await fingerprint(harness.server, 'shop')).toEqual(before);
  }

  const ofEncrypted: [string, (object: Buffer) => Buffer, RegExp][] = [
    ['a flipped bit in the salt', (object) => flipped(object, 3), /^DECRYPT ERROR: none of the encryption keys/],
    [
      'a flipped bit in a counter',
      (object) => flipped(object, (frameOffsets(object)[7] as number) + 7),
      /^DECRYPT ERROR: /,
    ],
    [
      'a flipped bit in a length',
      (object) => flipped(object, (frameOffsets(object)[7] as number) + 15),
      /^DECRYPT ERROR: /,
    ],
    [
      'a flipped bit in a ciphertext',
      (object) => flipped(object, 200_000),
      /^DECRYPT ERROR: frame \d+ does not authenticate/,
    ],
    [
      'a flipped bit in a tag',
      (object) => flipped(object, (frameOffsets(object)[9] as number) - 1),
      /^DECRYPT ERROR: frame 9 /,
    ],
    [
      'a dropped frame',
      (object) => reordered(object, (frames) => frames.toSpliced(5, 1)),
      /^DECRYPT ERROR: frame 7 is where frame/,
    ],
    [
      'a doubled frame',
      (object) => reordered(object, (frames) => frames.toSpliced(5, 0, frames[5] as Buffer)),
      /^DECRYPT ERROR: frame 6 is where frame 7/,
    ],
    [
      'two frames swapped',
      (object) => reordered(object, (frames) => frames.toSpliced(5, 2, frames[6] as Buffer, frames[5] as Buffer)),
      /^DECRYPT ERROR: frame 7 is where frame 6/,
    ],
    ['a missing last frame', (object) => reordered(object, (frames) => frames.slice(0, -1)), /^DECOMPRESS ERROR: /],
    [
      'a truncation at a frame border',
      (object) => object.subarray(0, frameOffsets(object).at(-2)),
      /^DECRYPT ERROR: the object ends after frame \d+, before its end mark/,
    ],
    [
      'bytes after the end',
      (object) => Buffer.concat([object, Buffer.from('x')]),
      /^DECRYPT ERROR: there are bytes after/,
    ],
  ];

  // which bytes are wrong makes a difference to decryption alone, whose own tests have them all
  const SAMPLE = /counter|ciphertext|dropped|frame border/;
  it.each(ofEncrypted.filter(([name]) => EVERY_CASE || SAMPLE.test(name)))('with %s', async (_, change, message) => {
    await expectFailure(await harness.addBackup(harness.backups[0], change(encrypted)), message, /\w/);
  });

  const half = (object: Buffer) => {
    const dump = gunzipSync(object);
    return gzipSync(dump.subarray(0, dump.length / 2));
  };
  const ofPlain: [string, (object: Buffer) => Buffer, RegExp][] = [
    ['a flipped bit in its data', (object) => flipped(object, 100_000), /^DECOMPRESS ERROR: /],
    ['a flipped bit in its CRC', (object) => flipped(object, object.length - 6), /^DECOMPRESS ERROR: the CRC-32/],
    ['a flipped bit in its length', (object) => flipped(object, object.length - 2), /^DECOMPRESS ERROR: the length/],
    [
      'a second gzip member',
      (object) => Buffer.concat([object, gzipSync('more')]),
      /^DECOMPRESS ERROR: there are bytes after/,
    ],
    [
      'bytes after it',
      (object) => Buffer.concat([object, Buffer.from([0])]),
      /^DECOMPRESS ERROR: there are bytes after/,
    ],
    ['a truncation', (object) => object.subarray(0, -9), /^DECOMPRESS ERROR: the gzip data ends early/],
    ['a dump that ends half-way', half, /^DECOMPRESS ERROR: the dump ends half-way/],
    ['something other than a backup', () => randomBytes(5000), /^DECOMPRESS ERROR: .* is not a Jagad backup/],
    [
      'something other than a dump in its gzip',
      () => gzipSync(randomBytes(5000)),
      /^DECOMPRESS ERROR: this is not a dump/,
    ],
    ['no bytes', () => Buffer.alloc(0), /^DOWNLOAD ERROR: .* is empty/],
  ];

  it.each(ofPlain)('with %s', async (_, change, message) => {
    await expectFailure(await harness.addBackup(harness.backups[1], change(plain)), message, /\w/);
  });

  it('that is sound, but differs from what was backed up', async () => {
    const other = await harness.addBackup(harness.backups[0], plain);
    await expectFailure(other, /^CHECKSUM MISMATCH: expected b954309c/, /not the one that was backed up/);
    expect(await harness.service.records.backups.get(other.id)).toMatchObject({
      status: 'success',
      verify_status: 'failed',
      verify_error: expect.stringMatching(/^CHECKSUM MISMATCH/),
    });
  });

  it('that is missing', async () => {
    const { backup } = { backup: await harness.addBackup(harness.backups[1], plain) };
    await harness.service.records.backups.put({ ...backup, storage_path: `${backup.storage_path}.moved` });
    await expectFailure(backup, /^DOWNLOAD ERROR: .* is not in the bucket/, /restore another backup/);
  });

  it('whose key is missing', async () => {
    const { secrets, secretNames } = harness.service;
    const keys = secrets.get(secretNames.encryptionKeys) as string;
    secrets.set(secretNames.encryptionKeys, '[{"id": "other", "value": "wrong"}]');
    await expectFailure(
      harness.backups[0],
      /^DECRYPT ERROR: the encryption key does not open/,
      /original encryption key/,
    );
    secrets.set(secretNames.encryptionKeys, '[]');
    await expectFailure(harness.backups[0], /^DECRYPT ERROR: .* no encryption key is set/, /Store the encryption key/);
    secrets.set(secretNames.encryptionKeys, keys);
  });

  it('whose storage provider is unknown', async () => {
    const { storageProviders } = harness.service.records;
    const { provider } = harness.service.bucket;
    await storageProviders.delete(provider.id);
    await expectFailure(
      await harness.addBackup(harness.backups[1], plain, { storage_provider_id: null }),
      /^STORAGE PROVIDER ERROR: /,
      /Add the storage provider/,
    );
    await storageProviders.put(provider);
  });

  it('that is replaced after it was verified', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain);
    beforePipeline = () => putObject(harness.service, backup.storage_path, encrypted);
    await expectFailure(backup, /^DOWNLOAD ERROR: .* was replaced after it was verified/, /who writes to the bucket/);
    beforePipeline = undefined;
  });

  it('is logged from the call to the task, each line with its ids, and counted as failed', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain);
    beforePipeline = () => putObject(harness.service, backup.storage_path, encrypted);
    const { id, execution_arn } = await harness.restore(backup);
    beforePipeline = undefined;
    let lines: Record<string, unknown>[] = [];
    // a function writes its last line after the record that ends the restore
    await until(async () => {
      const log = readFileSync(join(harness.stateDirectory, 'service.log'), 'utf8');
      lines = jsonLines(log.slice(0, log.lastIndexOf('\n'))).filter(({ restore_id }) => restore_id === id);
      return lines.some(({ function_name, message }) => function_name === 'record-restore-end' && message === 'done');
    });
    for (const line of lines) {
      expect(line).toMatchObject({ backup_id: backup.id, execution: execution_arn, service: 'jagad-restore-local' });
    }
    const said = lines.map(({ call, function_name, message }) => [call ?? function_name, message]);
    expect(said).toEqual(
      expect.arrayContaining([
        ['POST /api/backups/{id}/restore', 'a restore was started'],
        ['validate-request', 'done'],
        ['verify-checksum', expect.stringMatching(/^CHECKSUM: /)],
        // the task, which isn't a function
        [undefined, 'the task failed'],
        ['record-restore-end', 'done'],
      ]),
    );
    expect(lines.filter((line) => '_aws' in line)).toMatchObject([
      { RestoresEnded: 1, RestoreDuration: expect.any(Number), TasksNotStarted: 0 },
    ]);
    expect(metricsIn(lines)).toContain(
      'JagadRestore RestoresEnded {"outcome":"failed","service":"jagad-restore-local"}',
    );
  });
});
