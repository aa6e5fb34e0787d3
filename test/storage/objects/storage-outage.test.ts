/**
 * A download from a real store that is unavailable for a while: it continues from where it was, up to its time limit.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../../lib/local/aws/credentials.ts';
import { startS3 } from '../../../lib/local/aws/s3.ts';
import { type DownloadOptions, openDownload } from '../../../lib/pipeline/download/download.ts';
import { s3ClientFor, s3Source } from '../../../lib/storage/objects/s3-source.ts';
import { collect, randomBytesOf } from '../../support/chunks.ts';
import { FaultyStorage, type StorageFault } from '../../support/trouble/faulty-storage.ts';

const OBJECT = randomBytesOf(2_000_000, 3);
const FAULTS: StorageFault[] = ['refused', 'cut', '503', 'silent'];
const AWAY_MS = 4000;
/** Eight tries, the former limit, take half of that. */
const LIMITS = { partBytes: 200_000, window: 2, idleTimeoutMs: 200, retryDelayMs: 10 };

const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
const keyPair = newKeyPair();
let store: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  store = await startS3(directory, ['backups'], { credentials: keyPair });
  await client(store.url).send(new PutObjectCommand({ Bucket: 'backups', Key: 'object', Body: OBJECT }));
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const client = (endpoint: string) =>
  s3ClientFor(
    { endpoint, region: 'us-east-1', access_key: keyPair.accessKeyId, path_style: true },
    keyPair.secretAccessKey,
  );

/**
 * Reads the first part, and the rest while the storage is unavailable.
 * @returns also the number of tries in that time
 */
async function download(fault: StorageFault, patienceMs: number): Promise<{ bytes: Buffer; tries: number }> {
  const storage = await FaultyStorage.before(Number(new URL(store.url).port));
  let back = Promise.resolve();
  try {
    const options: DownloadOptions = { limits: LIMITS, patienceMs: () => patienceMs, onOutage: () => {} };
    const { chunks } = await openDownload(s3Source(client(storage.url), 'backups', 'object'), options);
    const first = await chunks.next();
    await storage.set(fault);
    back = sleep(AWAY_MS).then(() => storage.set(undefined));
    const bytes = Buffer.concat([first.value, await collect(chunks)]);
    return { bytes, tries: storage.tries };
  } finally {
    await back;
    await storage.close();
  }
}

// most of it is waiting
describe.concurrent('a download', () => {
  it.each(FAULTS)('continues where it stopped when a storage that was %s is back', async (fault) => {
    const { bytes, tries } = await download(fault, 60_000);
    expect(bytes.equals(OBJECT)).toBe(true);
    // it isn't flooded in that time, either
    expect(tries).toBeLessThan(200);
  });

  it.each(FAULTS)('ends if the storage is %s for longer than the limit', async (fault) => {
    await expect(download(fault, 1000)).rejects.toThrow(
      /the storage has been unavailable for [12]\.\d s, in \d+ tries, at byte \d+: /,
    );
  });
});
