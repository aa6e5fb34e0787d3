import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DecompressError } from '../../../lib/errors/errors.ts';
import { CODECS, codecOf } from '../../../lib/formats/codecs.ts';
import { decompress } from '../../../lib/pipeline/decompression/decompress.ts';

const TEXT = 'CREATE TABLE t (id int);\n'.repeat(100);

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('decompression', () => {
  it.each([1, 2, 3, 4, 1000])('depends on the bytes, in chunks of %d', async (size) => {
    const told: string[] = [];
    const text = await textOf(decompress(pieces(gzipSync(TEXT), size), (codec) => told.push(codec)));
    expect(text).toBe(TEXT);
    expect(told).toEqual(['gzip']);
  });

  it.each([
    ['zstd, which no codec here knows', Buffer.from('28b52ffd2400', 'hex')],
    ['text', Buffer.from(TEXT)],
    ['two bytes of gzip', Buffer.from([0x1f, 0x8b])],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', async (_what, bytes) => {
    const told: string[] = [];
    const reading = textOf(decompress(pieces(bytes, 3), (codec) => told.push(codec)));
    await expect(reading).rejects.toBeInstanceOf(DecompressError);
    expect(told).toEqual([]);
  });
});

it('only one codec recognises data that starts with its bytes', () => {
  expect(CODECS.filter((codec) => codecOf(gzipSync('')) === codec)).toEqual(['gzip']);
  expect(codecOf(Buffer.from([0x1f, 0x8b, 0x07]))).toBeUndefined();
});
