/** Jagad's frames to compressed bytes and their SHA-256: ours against one cipher object per frame. */
import { createDecipheriv, createHash, type Hash, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  FRAME_HEADER_BYTES,
  NONCE_BYTES,
  readFrameHeader,
  SALT_BYTES,
  TAG_BYTES,
} from '../../lib/formats/jagad-frames.ts';
import { decrypt } from '../../lib/pipeline/decryption/decrypt.ts';
import { deriveKey } from '../../lib/pipeline/decryption/derive-key.ts';
import { piecesOf } from '../support/chunks.ts';
import type { Comparison } from './comparison.ts';
import { megabytesPerSecond, PART_BYTES, Results } from './figures.ts';
import { dumpSample, KEYS, MASTER_KEY } from './samples.ts';
import { nodeVersion } from './versions.ts';

export const decryptComparison: Comparison = {
  name: 'decrypt+sha256',
  peer: 'a cipher object for each frame, as Node is usually told to decrypt',
  unit: 'MB/s',
  goal: 6,
  async open(scale) {
    const { encrypted } = await dumpSample(scale);
    const object = await readFile(encrypted.path);
    const results = new Results();
    return {
      versions: nodeVersion,
      ours: async () => {
        const hash = createHash('sha256');
        const figure = await timed(hash, decrypt(piecesOf(object, PART_BYTES), KEYS));
        results.ours = hash.digest('hex');
        return figure;
      },
      theirs: async () => {
        const hash = createHash('sha256');
        const key = await deriveKey(MASTER_KEY, object.subarray(0, SALT_BYTES));
        const figure = await timed(hash, frameByFrame(key, object));
        results.theirs = hash.digest('hex');
        return figure;
      },
      check: async () => results.check(),
      close: async () => {},
    };
  },
};

/** From the first bytes on: then the key has been derived. */
async function timed(hash: Hash, plain: AsyncGenerator<Buffer>): Promise<number> {
  const first = await plain.next();
  if (first.done) throw new Error('nothing was decrypted');
  hash.update(first.value);
  let bytes = 0;
  const start = performance.now();
  for await (const chunk of plain) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return megabytesPerSecond(bytes, (performance.now() - start) / 1000);
}

const FRAMES_AT_ONCE = 1000;

async function* frameByFrame(key: KeyObject, object: Buffer): AsyncGenerator<Buffer> {
  let plains: Buffer[] = [];
  let at = SALT_BYTES;
  for (;;) {
    const header = readFrameHeader(object, at);
    if (typeof header !== 'object') break;
    const end = at + FRAME_HEADER_BYTES + header.sealedBytes;
    const nonce = object.subarray(at, at + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(object.subarray(end - TAG_BYTES, end));
    plains.push(decipher.update(object.subarray(at + FRAME_HEADER_BYTES, end - TAG_BYTES)));
    decipher.final();
    if (plains.length === FRAMES_AT_ONCE) {
      yield Buffer.concat(plains);
      plains = [];
    }
    at = end;
  }
  yield Buffer.concat(plains);
}
