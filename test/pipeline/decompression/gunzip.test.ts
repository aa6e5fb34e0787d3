import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { DecompressError } from '../../../lib/errors/errors.ts';
import { gunzip } from '../../../lib/pipeline/decompression/gunzip.ts';
import { collect, collectUntilError, piecesOf, randomBytesOf, randomPieces } from '../../support/chunks.ts';

const TEXT = Buffer.from(Array.from({ length: 3000 }, (_, row) => `INSERT INTO t VALUES (${row * 7919});\n`).join(''));
const NOISE = randomBytesOf(200_000, 5);

interface HeaderParts {
  extra?: Buffer;
  name?: string;
  comment?: string;
  headerCrc?: boolean;
}

/** A member with the header's optional parts (RFC 1952, section 2.3). */
function member(data: Buffer, { extra, name, comment, headerCrc }: HeaderParts = {}): Buffer {
  const flags = (headerCrc ? 2 : 0) | (extra ? 4 : 0) | (name === undefined ? 0 : 8) | (comment === undefined ? 0 : 16);
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255])];
  if (extra) parts.push(Buffer.from([extra.length % 256, extra.length >> 8]), extra);
  if (name !== undefined) parts.push(Buffer.from(`${name}\0`, 'latin1'));
  if (comment !== undefined) parts.push(Buffer.from(`${comment}\0`, 'latin1'));
  if (headerCrc) {
    const crc = Buffer.alloc(2);
    crc.writeUInt16LE(crc32(Buffer.concat(parts)) & 0xffff);
    parts.push(crc);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length, 4);
  return Buffer.concat([...parts, deflateRawSync(data), trailer]);
}

const plain = (file: Buffer, size = file.length) => collect(gunzip(piecesOf(file, size)));

async function expectFault(file: Buffer, message?: RegExp): Promise<void> {
  for (const pieces of [piecesOf(file, file.length || 1), randomPieces(file, 9, file.length)]) {
    const { error } = await collectUntilError(gunzip(pieces));
    expect(error).toBeInstanceOf(DecompressError);
    if (message) expect((error as Error).message).toMatch(message);
  }
}

describe('a single sound member', () => {
  it.each([
    ['text', TEXT],
    ['noise, in stored blocks', NOISE],
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
  ])('of %s inflates however it is cut', async (_, data) => {
    for (const level of [0, 1, 9]) {
      const file = gzipSync(data, { level });
      expect((await plain(file)).equals(data)).toBe(true);
      for (const [most, seed] of [
        [70_000, 1],
        [1000, 2],
        [3000, 3],
      ] as const) {
        expect((await collect(gunzip(randomPieces(file, most, seed)))).equals(data)).toBe(true);
      }
    }
  });

  it('inflates in pieces of every size from 1, so that the trailer is cut everywhere', async () => {
    const data = Buffer.from('a dump, a dump, a whole dump');
    const file = gzipSync(data);
    for (let size = 1; size <= file.length; size++) expect(await plain(file, size)).toEqual(data);
  });

  it.each([
    ['FEXTRA', { extra: randomBytesOf(300, 1) }],
    ['an empty FEXTRA', { extra: Buffer.alloc(0) }],
    ['FNAME', { name: 'shop.sql' }],
    ['an empty FNAME', { name: '' }],
    ['FCOMMENT', { comment: 'déjà vu' }],
    ['FHCRC', { headerCrc: true }],
    ['all of them', { extra: Buffer.from([0, 1, 2]), name: 'n', comment: 'c', headerCrc: true }],
  ])('with %s in its header', async (_, parts) => {
    const data = TEXT.subarray(0, 900);
    const file = member(data, parts);
    for (const size of [1, 2, 11, 100, file.length]) expect((await plain(file, size)).equals(data)).toBe(true);
  });

  it('is read ahead by a bounded amount while its output is not read', async () => {
    const file = gzipSync(randomBytesOf(8_000_000, 1), { level: 0 });
    let asked = 0;
    let closed = false;
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        for await (const piece of piecesOf(file, 100_000)) {
          asked += piece.length;
          yield piece;
        }
      } finally {
        closed = true;
      }
    }
    const output = gunzip(watched());
    await output.next();
    await vi.waitFor(() => expect(asked).toBeGreaterThan(1_500_000));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toBeLessThan(4_000_000);
    await output.return();
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  it('that expands a thousandfold is output in pieces of bounded size', async () => {
    const file = gzipSync(Buffer.alloc(60 * 1024 * 1024), { level: 6 });
    expect(file.length).toBeLessThan(200_000);
    let bytes = 0;
    let largest = 0;
    for await (const chunk of gunzip(piecesOf(file, file.length))) {
      bytes += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(bytes).toBe(60 * 1024 * 1024);
    expect(largest).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('damage', () => {
  const SMALL = gzipSync(Buffer.from('a dump, a dump, a whole dump'));

  it('is found in a file cut off at any byte', async () => {
    for (let length = 0; length < SMALL.length; length++) await expectFault(SMALL.subarray(0, length), /ends early/);
    const long = member(TEXT, { extra: Buffer.from('xyz'), name: 'shop.sql', comment: 'c', headerCrc: true });
    for (const length of [10, 11, 12, 15, 18, 24, 26, 28, 100, long.length - 9, long.length - 8, long.length - 1]) {
      await expectFault(long.subarray(0, length), /ends early/);
    }
  });

  it('is found in a bit of the magic, the method, the reserved flags', async () => {
    for (const [at, mask] of [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 0x20],
      [3, 0x40],
      [3, 0x80],
    ] as const) {
      const damaged = Buffer.from(SMALL);
      damaged[at] = (damaged[at] as number) ^ mask;
      await expectFault(damaged, /header is damaged/);
    }
  });

  it('is found in any bit of the data, the CRC and the length', async () => {
    let unused = 0;
    for (let at = 10; at < SMALL.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(SMALL);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const { seen, error } = await collectUntilError(gunzip(randomPieces(damaged, 9, at)));
        if (error === undefined) {
          expect(String(seen)).toBe('a dump, a dump, a whole dump');
          expect(at).toBe(SMALL.length - 9);
          unused += 1;
        } else {
          expect(error).toBeInstanceOf(DecompressError);
          if (at >= SMALL.length - 8) expect(String(error)).toMatch(at >= SMALL.length - 4 ? /length of/ : /CRC-32/);
        }
      }
    }
    expect(unused).toBeLessThan(8); // deflate leaves the bits behind its last code to fill the byte
  });

  it('is found in any byte of a longer file', async () => {
    for (const data of [TEXT, NOISE]) {
      const file = gzipSync(data);
      for (let at = 10; at < file.length; at += Math.ceil(file.length / 40)) {
        const damaged = Buffer.from(file);
        damaged[at] = (damaged[at] as number) ^ 0xff;
        const { error } = await collectUntilError(gunzip(piecesOf(damaged, 50_000)));
        expect(error).toBeInstanceOf(DecompressError);
      }
    }
  });

  it.each([
    ['a second member', gzipSync('more')],
    ['garbage', Buffer.from('garbage')],
    ['one byte', Buffer.from('x')],
    ['zero padding', Buffer.alloc(512)],
    ['one zero', Buffer.alloc(1)],
  ])('is found if %s follows the member', async (_, tail) => {
    const file = Buffer.concat([SMALL, tail]);
    await expectFault(file, /bytes after the end/);
    for (let size = 1; size <= file.length; size++) {
      const { error } = await collectUntilError(gunzip(piecesOf(file, size)));
      expect(error).toMatchObject({
        name: 'DecompressError',
        message: 'there are bytes after the end of the gzip data',
      });
    }
  });

  it('is found in something that isn’t gzip', async () => {
    await expectFault(Buffer.from('PGDMP and more than ten bytes'), /header is damaged/);
    await expectFault(Buffer.alloc(100), /header is damaged/);
  });

  it('is found in a header whose name never ends', async () => {
    const endless = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(300_000, 0x61)]);
    const { error } = await collectUntilError(gunzip(piecesOf(endless, 65_536)));
    expect(error).toMatchObject({ name: 'DecompressError', message: 'the gzip header is damaged' });
  });

  it('is not reported if the stream before it fails: that error is passed on', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield SMALL.subarray(0, 15);
      throw new TypeError('upstream');
    }
    expect((await collectUntilError(gunzip(failing()))).error).toBeInstanceOf(TypeError);
  });
});
