/**
 * Jagad's encrypted stream, as its Go code (`EncryptStream`) writes it:
 *
 *     salt[16] · frame … · end mark (written twice, since the writer is closed twice)
 *     frame    = nonce[12] · length[4, big-endian, counts the tag] · ciphertext · tag[16]
 *     nonce    = 8-byte big-endian counter from 1 · four zero bytes
 *     end mark = sixteen zero bytes
 *
 * AES-256-GCM without associated data. The key is Argon2id(master key, salt; t = 1, m = 64 MiB, p = 4, 32 bytes).
 */
import { CODECS, codecOf } from './codecs.ts';

export const SALT_BYTES = 16;
export const NONCE_BYTES = 12;
export const FRAME_HEADER_BYTES = 16;
export const TAG_BYTES = 16;
export const END_MARK_BYTES = 16;

/** In the form that `crypto.argon2` expects; `memory` is in KiB. */
export const ARGON2ID = { passes: 1, memory: 64 * 1024, parallelism: 4, tagLength: 32 } as const;

/** The beginning of a chunk in a body that is signed in chunks (S3 API, "Authenticating Requests: aws-chunked"). */
const CHUNK_SIGNATURE = /^[0-9a-f]+;chunk-signature=/;
const CHUNK_HEADER_BYTES = 64;

/**
 * One frame is one write of Go's gzip: nearly always 240 bytes, and 64 KiB for stored blocks. Anything longer than this
 * isn't a frame.
 */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface FrameHeader {
  /** Exact up to 2^53, which no stream reaches. */
  counter: number;
  /** Ciphertext and tag. */
  sealedBytes: number;
}

export type HeaderReading = FrameHeader | 'end-mark' | 'nonsense';

/** Reads the 16 bytes at `offset`. */
export function readFrameHeader(bytes: Buffer, offset: number): HeaderReading {
  const counter = readCounter(bytes, offset);
  const sealedBytes = bytes.readUInt32BE(offset + 12);
  if (bytes.readUInt32BE(offset + 8) !== 0) return 'nonsense';
  if (counter === 0 && sealedBytes === 0) return 'end-mark';
  return isFrameLength(sealedBytes) ? { counter, sealedBytes } : 'nonsense';
}

/**
 * The number of ciphertext and tag bytes if the frame with this counter is at `offset`; undefined otherwise. This is
 * called for each of millions of frames, so it creates no object.
 */
export function sealedBytesOf(counter: number, bytes: Buffer, offset: number): number | undefined {
  const sealedBytes = bytes.readUInt32BE(offset + 12);
  const isFrame = bytes.readUInt32BE(offset + 8) === 0 && isFrameLength(sealedBytes);
  return isFrame && readCounter(bytes, offset) === counter ? sealedBytes : undefined;
}

function readCounter(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
}

function isFrameLength(sealedBytes: number): boolean {
  return sealedBytes >= TAG_BYTES && sealedBytes <= MAX_FRAME_BYTES;
}

/**
 * Recognises an object by its first bytes, because Jagad's records don't say what it is. It looks for a frame first: a
 * salt may begin like gzip by chance, but a gzip file never has the header of a first frame at byte 16.
 */
export function objectKind(head: Buffer): 'encrypted' | 'compressed' | 'aws-chunked' | 'unknown' {
  if (head.length >= SALT_BYTES + FRAME_HEADER_BYTES) {
    const header = readFrameHeader(head, SALT_BYTES);
    if (typeof header === 'object' && header.counter === 1) return 'encrypted';
  }
  if (codecOf(head) !== undefined) return 'compressed';
  return CHUNK_SIGNATURE.test(head.toString('latin1', 0, CHUNK_HEADER_BYTES)) ? 'aws-chunked' : 'unknown';
}

/** What is wrong with an object of that kind, worded to follow its name, and what to do. */
export function notABackup(kind: 'aws-chunked' | 'unknown', whatToCheck: string): { message: string; hint: string } {
  if (kind === 'unknown') {
    const kinds = [...CODECS, 'encrypted by Jagad'].join(' nor ');
    return { message: `is not a Jagad backup: it is neither ${kinds}`, hint: whatToCheck };
  }
  return {
    message:
      'holds the chunk signatures of its upload between its bytes (aws-chunked): the storage, or a proxy before it, stored the ' +
      'request as it came',
    hint:
      'Remove the framing (each chunk is a line with its length in hexadecimal, then that many bytes), upload the rest again, ' +
      'and update the program that stored it.',
  };
}
