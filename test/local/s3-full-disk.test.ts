import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { newKeyPair } from '../../lib/local/aws/credentials.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { type SmallDisk, smallDisk } from '../support/trouble/small-disk.ts';

const found = smallDisk(32);
if (typeof found !== 'string') found.remove();
const why = typeof found === 'string' ? ` (${found})` : '';

it.skipIf(why !== '')(
  `the S3 server refuses objects while its disk is full, and keeps running${why}`,
  async () => {
    const disk = smallDisk(32) as SmallDisk;
    const credentials = newKeyPair();
    const s3 = await startS3(disk.directory, ['backups'], { credentials });
    const place = { endpoint: s3.url, access_key: credentials.accessKeyId, path_style: true, region: 'eu-west-1' };
    const client = s3ClientFor(place, credentials.secretAccessKey);
    onTestFinished(async () => {
      client.destroy();
      await s3.close();
      disk.remove();
    });
    const put = (Key: string, Body: Buffer) => client.send(new PutObjectCommand({ Bucket: 'backups', Key, Body }));
    const sizeOf = async (Key: string) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'backups', Key }));
      return (await Body?.transformToByteArray())?.length;
    };
    await put('there', randomBytes(10_000));
    disk.fill();
    for (const bytes of [20_000, 3 * 1024 * 1024]) await expect(put('new', randomBytes(bytes))).rejects.toThrow();
    expect(await sizeOf('there')).toBe(10_000);
    await expect(sizeOf('new')).rejects.toThrow();
    disk.makeRoom();
    // the disk gets full while objects are written
    for (let round = 0; round < 5; round++) {
      const writing = Array.from({ length: 20 }, (_, n) => put(`many ${n}`, randomBytes(200_000)).catch(() => {}));
      await sleep(10 * round);
      disk.fill();
      await Promise.all(writing);
      // a reader that is disconnected with the writers retries, as all of our readers do
      await vi.waitFor(async () => expect(await sizeOf('there')).toBe(10_000), 5000);
      disk.makeRoom();
    }
    await vi.waitFor(() => put('new', randomBytes(3 * 1024 * 1024)), 5000);
    expect(await sizeOf('new')).toBe(3 * 1024 * 1024);
  },
  60_000,
);
