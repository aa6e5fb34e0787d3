/**
 * Writes backups byte for byte as Jagad's own Go code does, so that the demo and the tests restore the real format:
 * gzip, and with a key `salt[16]`, then frames `nonce[12] · length[4, big-endian, tag included] ·
 * ciphertext‖tag[16]`, then an end mark of sixteen zero bytes, twice, as Jagad closes its writer twice.
 */
import { createCipheriv, createHash, type KeyObject, randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { deriveKey } from '../../../pipeline/decryption/derive-key.ts';

const TAG_BYTES = 16;
const END_MARK = Buffer.alloc(16);
/** Go's gzip writes its header, then its output in pieces of 240 bytes, then its trailer; each becomes a frame. */
const GZIP_HEADER_BYTES = 10;
const GZIP_PIECE_BYTES = 240;
const GZIP_TRAILER_BYTES = 8;

export interface JagadBackup {
  /** What was written to `out`, in total. */
  objectBytes: number;
  /** The size of the dump before gzip. */
  dumpBytes: number;
  /** Hex SHA-256 of the compressed, unencrypted bytes. */
  checksum: string;
}

/** Reads `dump` to its end, writes the backup to `out` and ends that. Throws any error of the two. */
export async function writeJagadBackup(options: {
  dump: Readable;
  out: Writable;
  /** Jagad's master key, as in its settings. Without it, the backup is plain gzip. */
  encryptionKey?: string;
}): Promise<JagadBackup> {
  const { dump, out, encryptionKey } = options;
  let dumpBytes = 0;
  let objectBytes = 0;
  const hash = createHash('sha256');
  const gzip = createGzip();
  const compressed = seen(gzip, (chunk) => hash.update(chunk));
  const object = encryptionKey === undefined ? compressed : encrypt(compressed, encryptionKey);
  const countDump = (chunk: Buffer) => {
    dumpBytes += chunk.length;
  };
  const countObject = (chunk: Buffer) => {
    objectBytes += chunk.length;
  };
  try {
    await Promise.all([pipeline(seen(dump, countDump), gzip), pipeline(seen(object, countObject), out)]);
  } catch (error) {
    // If one half fails, the other one may be waiting for it, and the dump tool too.
    for (const stream of [dump, gzip, out]) stream.destroy();
    throw error;
  }
  return { objectBytes, dumpBytes, checksum: hash.digest('hex') };
}

/** The same chunks, each passed to `look` first. */
async function* seen(chunks: AsyncIterable<Buffer>, look: (chunk: Buffer) => unknown): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    look(chunk);
    yield chunk;
  }
}

async function* encrypt(gzip: AsyncIterable<Buffer>, masterKey: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(16);
  const key = await deriveKey(masterKey, salt);
  yield salt;
  let counter = 0n;
  for await (const pieces of asGoWrites(gzip)) {
    // Several frames at once, because passing on each alone would cost more than encrypting it.
    yield Buffer.concat(pieces.flatMap((piece) => frame(key, ++counter, piece)));
  }
  yield Buffer.concat([END_MARK, END_MARK]);
}

function frame(key: KeyObject, counter: bigint, plain: Buffer): Buffer[] {
  const head = Buffer.alloc(16);
  head.writeBigUInt64BE(counter);
  head.writeUInt32BE(plain.length + TAG_BYTES, 12);
  const cipher = createCipheriv('aes-256-gcm', key, head.subarray(0, 12));
  return [head, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

/** The same bytes, cut where Go's compress/gzip would call Write; one list per incoming chunk. */
async function* asGoWrites(gzip: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let rest = Buffer.alloc(0);
  let next = GZIP_HEADER_BYTES;
  for await (const chunk of gzip) {
    rest = Buffer.concat([rest, chunk]);
    const pieces: Buffer[] = [];
    let start = 0;
    // The trailer can only be recognised at the end, so as many bytes as it has are always held back.
    while (rest.length - start >= next + GZIP_TRAILER_BYTES) {
      pieces.push(rest.subarray(start, start + next));
      start += next;
      next = GZIP_PIECE_BYTES;
    }
    rest = rest.subarray(start);
    if (pieces.length > 0) yield pieces;
  }
  const trailer = Math.max(0, rest.length - GZIP_TRAILER_BYTES);
  yield [rest.subarray(0, trailer), rest.subarray(trailer)].filter((piece) => piece.length > 0);
}
