import { createHash } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeJagadBackup } from '../../../../lib/local/demo/backup/jagad-writer.ts';
import { openFrames } from '../open-frames.ts';

/** Does not compress well, so that it becomes many frames. */
const text = Array.from({ length: 2000 }, (_, line) => createHash('sha256').update(`${line}`).digest('base64')).join(
  '\n',
);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function write(encryptionKey?: string, dump = text) {
  const out = new PassThrough();
  const object = buffer(out);
  const result = await writeJagadBackup({ dump: Readable.from([dump.slice(0, 7), dump.slice(7)]), out, encryptionKey });
  return { result, object: await object };
}

test('a backup without a key is gzip, with its sizes and checksum', async () => {
  const { result, object } = await write();
  expect(gunzipSync(object).toString()).toBe(text);
  expect(result).toEqual({ objectBytes: object.length, dumpBytes: Buffer.byteLength(text), checksum: sha256(object) });
});

test('a backup with a key has the same content in frames, split where Go splits it, and the checksum covers that content', async () => {
  const { result, object } = await write('correct horse');
  const frames = await openFrames(object, 'correct horse');
  const gzip = Buffer.concat(frames);
  expect(gunzipSync(gzip).toString()).toBe(text);
  expect(result).toEqual({ objectBytes: object.length, dumpBytes: Buffer.byteLength(text), checksum: sha256(gzip) });

  const lengths = frames.map((frame) => frame.length);
  expect(lengths[0]).toBe(10);
  expect(new Set(lengths.slice(1, -2))).toEqual(new Set([240]));
  expect(lengths.at(-1)).toBe(8);
});

test("gzip's trailer has its own frame even if a piece of 240 bytes would end within it", async () => {
  let length = 1000;
  const endsWithin = async () => ((await write(undefined, text.slice(0, length))).object.length - 10) % 240;
  while (![1, 2, 3, 4, 5, 6, 7].includes(await endsWithin())) length += 1;
  const { object } = await write('key', text.slice(0, length));
  const lengths = (await openFrames(object, 'key')).map((frame) => frame.length);
  expect(lengths.at(-1)).toBe(8);
  expect(lengths.at(-2)).toBeGreaterThan(232);
});

test('each backup has its own salt', async () => {
  const [one, two] = await Promise.all([write('key'), write('key')]);
  expect(one.object.subarray(0, 16)).not.toEqual(two.object.subarray(0, 16));
});

test('an empty dump still makes a sound backup', async () => {
  const out = new PassThrough();
  const object = buffer(out);
  await writeJagadBackup({ dump: Readable.from([]), out, encryptionKey: 'key' });
  expect(gunzipSync(Buffer.concat(await openFrames(await object, 'key')))).toHaveLength(0);
});

test.each([undefined, 'key'])('a dump that fails makes the backup fail (key: %s)', async (encryptionKey) => {
  async function* broken() {
    yield Buffer.from(text);
    throw new Error('the server went away');
  }
  const out = new PassThrough().resume();
  await expect(writeJagadBackup({ dump: Readable.from(broken()), out, encryptionKey })).rejects.toThrow('went away');
  expect(out.writableFinished).toBe(false);
});

test.each([undefined, 'key'])('a full disk ends the dump too (key: %s)', async (encryptionKey) => {
  const out = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) });
  const dump = Readable.from(
    (async function* () {
      for (;;) yield Buffer.from(text);
    })(),
  );
  await expect(writeJagadBackup({ dump, out, encryptionKey })).rejects.toThrow('no space left');
  expect(dump.destroyed).toBe(true);
});
