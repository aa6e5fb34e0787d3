import { type Cipheriv, createCipheriv, type KeyObject, timingSafeEqual } from 'node:crypto';
import { NONCE_BYTES, TAG_BYTES } from '../../formats/jagad-frames.ts';

const BLOCK_BYTES = 16;
const WORD_BYTES = 4;
const BLOCK_WORDS = BLOCK_BYTES / WORD_BYTES;
/** Bytes of a batch, padded. The working set stays within a core's own cache. */
const BATCH_BYTES = 128 * 1024;
/** Longer frames would not get faster, because a cipher object for each costs little compared with decrypting it. */
const MAX_SEALED_BYTES = 4096;

const ZEROS = Buffer.alloc(BATCH_BYTES);

/**
 * Opens hundreds of frames with three calls of OpenSSL, because a cipher object per frame costs ten times the
 * decryption. It is AES-256-GCM (NIST SP 800-38D) with its steps in another order:
 *
 * A frame's key stream is AES of `nonce · 32-bit count`: the count 1 masks its tag, 2 and on its text. All these blocks
 * are known beforehand, so one AES-ECB call makes the key stream of the whole batch.
 *
 * A frame's tag is GHASH(ciphertext, padded to blocks · block with its length) xor its mask. GHASH is `state = (state
 * xor block) * H` for each block, starting at zero; if its own result is given to it as a further block, it is zero
 * again. So the batch is laid out as
 *
 *     ciphertext, padded · length · tag xor mask · ciphertext, padded · length · tag xor mask · …
 *
 * and if every tag is right, the state ends at zero, just as for a batch of only zeros. So the batch is right if its
 * GMAC equals the GMAC of as many zeros.
 *
 * A batch with a wrong tag passes with the same chance as a GCM message of its length: its number of blocks in 2^128.
 * An attacker doesn't know H, and the difference that a change makes is a nonzero polynomial in H. (The last frame of a
 * changed length has the coefficient of its length block to itself; if no length is changed, each changed block has its
 * own.)
 */
export class FrameBatch {
  readonly #key: KeyObject;
  readonly #ecb: Cipheriv;
  /** The input for the key stream. Each block has the same position as the block in `#sealed` that it masks. */
  readonly #counters = new DataView(new ArrayBuffer(BATCH_BYTES));
  readonly #sealed = new DataView(new ArrayBuffer(BATCH_BYTES));
  readonly #counterBytes = Buffer.from(this.#counters.buffer);
  readonly #sealedBytes = Buffer.from(this.#sealed.buffer);
  readonly #sealedWords = new Int32Array(this.#sealed.buffer);
  /** The GMAC of a batch in which all tags are right. */
  readonly #soundGmac: Buffer;
  #textBytes: number[] = [];
  #used = 0;

  /** @param key 32 bytes. */
  constructor(key: KeyObject) {
    this.#key = key;
    this.#ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.#soundGmac = this.#gmac(ZEROS);
  }

  /** Whether a frame with this many bytes, including its tag, still fits. */
  hasRoomFor(sealedBytes: number): boolean {
    return sealedBytes <= MAX_SEALED_BYTES && this.#used + padded(sealedBytes) + BLOCK_BYTES <= BATCH_BYTES;
  }

  /** Adds a frame: its ciphertext and tag are the bytes `from` to `to`. */
  add(counter: number, bytes: Buffer, from: number, to: number): void {
    const tagFrom = to - TAG_BYTES;
    const textBytes = tagFrom - from;
    const textAt = this.#used;
    const lengthAt = textAt + padded(textBytes);
    const tagAt = lengthAt + BLOCK_BYTES;
    bytes.copy(this.#sealedBytes, textAt, from, tagFrom);
    if (textAt + textBytes < lengthAt) this.#sealedBytes.fill(0, textAt + textBytes, lengthAt);
    putBlock(this.#sealed, lengthAt, 0, 0, textBytes * 8);
    for (let byte = 0; byte < TAG_BYTES; byte += WORD_BYTES) {
      this.#sealed.setInt32(tagAt + byte, bytes.readInt32BE(tagFrom + byte));
    }

    const high = Math.floor(counter / 2 ** 32);
    for (let at = textAt, count = 2; at < lengthAt; at += BLOCK_BYTES, count++) {
      putBlock(this.#counters, at, high, counter, count);
    }
    putBlock(this.#counters, tagAt, high, counter, 1);
    this.#textBytes.push(textBytes);
    this.#used = tagAt + BLOCK_BYTES;
  }

  /** The text of the added frames, or undefined if not all of them authenticate. After that, the batch is empty. */
  open(): Buffer | undefined {
    const used = this.#used;
    const opened = this.#ecb.update(this.#counterBytes.subarray(0, used));
    const words = new Int32Array(opened.buffer, opened.byteOffset, used / WORD_BYTES);
    const sealed = this.#sealedWords;
    let from = 0;
    let length = 0;
    for (const textBytes of this.#textBytes) {
      // the text is moved next to the previous one; directly if that ended on a word boundary, as nearly all do
      const to = length % WORD_BYTES === 0 ? length / WORD_BYTES : from;
      const blocks = padded(textBytes) / BLOCK_BYTES;
      xorBlocks(words, to, from, blocks, sealed);
      if (to === from) opened.copyWithin(length, from * WORD_BYTES, from * WORD_BYTES + textBytes);
      length += textBytes;
      from += (blocks + 1) * BLOCK_WORDS;
      for (const end = from + BLOCK_WORDS; from < end; from++) {
        sealed[from] = (sealed[from] as number) ^ (words[from] as number);
      }
    }
    this.#used = 0;
    this.#textBytes = [];
    // zeros before the batch leave the state at zero, so one length, and one GMAC of a valid batch, is enough for all
    // batches
    const gmac = this.#gmac(ZEROS.subarray(used), this.#sealedBytes.subarray(0, used));
    return timingSafeEqual(gmac, this.#soundGmac) ? opened.subarray(0, length) : undefined;
  }

  /** No frame has this nonce, and the result is only compared here. */
  #gmac(...parts: Buffer[]): Buffer {
    const gmac = createCipheriv('aes-256-gcm', this.#key, Buffer.alloc(NONCE_BYTES));
    for (const part of parts) gmac.setAAD(part);
    gmac.final();
    return gmac.getAuthTag();
  }
}

/**
 * Writes `blocks` blocks from the word `from` on to `to`, each of them xor the one at the same position in `mask`. With
 * one word per step, this would take twice as long.
 */
function xorBlocks(words: Int32Array, to: number, from: number, blocks: number, mask: Int32Array): void {
  for (let word = 0; word < blocks * BLOCK_WORDS; word += BLOCK_WORDS) {
    const [a, b] = [to + word, from + word];
    words[a] = (words[b] as number) ^ (mask[b] as number);
    words[a + 1] = (words[b + 1] as number) ^ (mask[b + 1] as number);
    words[a + 2] = (words[b + 2] as number) ^ (mask[b + 2] as number);
    words[a + 3] = (words[b + 3] as number) ^ (mask[b + 3] as number);
  }
}

/** 64 bits in `high` and `low`, 32 zero bits, 32 bits. */
function putBlock(view: DataView, at: number, high: number, low: number, last: number): void {
  view.setUint32(at, high);
  view.setUint32(at + 4, low);
  view.setUint32(at + 8, 0);
  view.setUint32(at + 12, last);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
