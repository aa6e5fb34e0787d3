import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FrameBatch } from '../../../lib/pipeline/decryption/frame-batch.ts';
import { randomBytesOf, randomNumbers } from '../../support/chunks.ts';
import { frame } from '../../support/jagad-stream.ts';

const KEY = createSecretKey(randomBytesOf(32, 1));
const HEADER = 16;
const TAG = 16;

/** Opens frames that begin with the counter `first`, as one batch. */
function open(batch: FrameBatch, frames: Buffer[], first = 1): Buffer | undefined {
  frames.forEach((bytes, index) => {
    expect(batch.hasRoomFor(bytes.length - HEADER)).toBe(true);
    batch.add(first + index, bytes, HEADER, bytes.length);
  });
  return batch.open();
}

const sealed = (plains: Buffer[], first = 1) => plains.map((plain, index) => frame(KEY, first + index, plain));

describe('a sound batch', () => {
  it('may contain frames of each length from 0 to 300, alone, repeated, and among others', () => {
    const batch = new FrameBatch(KEY);
    const plains = Array.from({ length: 301 }, (_, length) => randomBytesOf(length, length));
    expect(open(batch, sealed(plains))?.equals(Buffer.concat(plains))).toBe(true);
    for (const plain of plains) {
      expect(open(batch, sealed([plain]))?.equals(plain)).toBe(true);
      const three = [plain, randomBytesOf(plain.length, 9), plain];
      expect(open(batch, sealed(three))?.equals(Buffer.concat(three))).toBe(true);
    }
  });

  it('may be empty', () => {
    expect(new FrameBatch(KEY).open()).toEqual(Buffer.alloc(0));
  });

  it.each([2 ** 32 - 2, 2 ** 32 - 1, 2 ** 40 + 7, 2 ** 53 - 4])('may have counters from %d', (first) => {
    const plains = [randomBytesOf(240, 2), randomBytesOf(241, 3), randomBytesOf(240, 4)];
    const frames = plains.map((plain, index) => frame(KEY, first + index, plain));
    expect(open(new FrameBatch(KEY), frames, first)?.equals(Buffer.concat(plains))).toBe(true);
  });

  it('fills up, and takes the longest frames up to its end', () => {
    const batch = new FrameBatch(KEY);
    for (const length of [0, 1, 240, 4079, 4080]) {
      const plains: Buffer[] = [];
      while (batch.hasRoomFor(length + TAG)) {
        const plain = Buffer.alloc(length, plains.length);
        plains.push(plain);
        batch.add(plains.length, frame(KEY, plains.length, plain), HEADER, HEADER + length + TAG);
      }
      expect(plains.length).toBeGreaterThan(30);
      expect(batch.open()?.equals(Buffer.concat(plains))).toBe(true);
    }
    expect(batch.hasRoomFor(4081 + TAG)).toBe(false);
  });
});

describe('a batch is refused', () => {
  const plains = Array.from({ length: 8 }, (_, index) => randomBytesOf(index === 3 ? 17 : 240, index));
  const frames = sealed(plains);
  const batch = new FrameBatch(KEY);
  const flip = (index: number, ...bytes: [at: number, mask: number][]) => {
    const damaged = Buffer.from(frames[index] as Buffer);
    for (const [at, mask] of bytes) damaged[at] = (damaged[at] as number) ^ mask;
    return damaged;
  };

  it('with one bit changed in any byte of any frame’s text and tag', () => {
    const random = randomNumbers(1);
    frames.forEach((bytes, index) => {
      for (let at = HEADER; at < bytes.length; at++) {
        const damaged = frames.toSpliced(index, 1, flip(index, [at, 1 << Math.floor(random() * 8)]));
        expect(open(batch, damaged)).toBeUndefined();
      }
    });
    expect(open(batch, frames)?.equals(Buffer.concat(plains))).toBe(true);
  });

  it('with the same change in two frames', () => {
    for (const at of [HEADER, 100, 255, 256, 271]) {
      for (const other of [1, 2, 7]) {
        const damaged = frames.toSpliced(0, 1, flip(0, [at, 1])).toSpliced(other, 1, flip(other, [at, 1]));
        expect(open(batch, damaged)).toBeUndefined();
      }
    }
  });

  it('with tags swapped, another counter, or a text shortened or padded with zeros', () => {
    const [a, b] = frames as [Buffer, Buffer];
    const withTag = (of: Buffer, tagOf: Buffer) => Buffer.concat([of.subarray(0, -TAG), tagOf.subarray(-TAG)]);
    expect(open(batch, [withTag(a, b), withTag(b, a)])).toBeUndefined();
    expect(open(batch, [b, a])).toBeUndefined();
    expect(open(batch, frames, 2)).toBeUndefined();
    const cut = (of: Buffer, bytes: number) => Buffer.concat([of.subarray(0, -TAG - bytes), of.subarray(-TAG)]);
    const drawn = (of: Buffer, bytes: number) =>
      Buffer.concat([of.subarray(0, -TAG), Buffer.alloc(bytes), of.subarray(-TAG)]);
    for (const bytes of [1, 15, 16, 17, 32]) {
      expect(open(batch, [cut(a, bytes), b])).toBeUndefined();
      expect(open(batch, [drawn(a, bytes), b])).toBeUndefined();
      expect(open(batch, [b, drawn(frame(KEY, 2, Buffer.alloc(0)), bytes)])).toBeUndefined();
    }
  });

  it('with a different key', () => {
    expect(open(new FrameBatch(createSecretKey(randomBytesOf(32, 2))), frames)).toBeUndefined();
  });
});
