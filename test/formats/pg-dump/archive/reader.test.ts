import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DecompressError } from '../../../../lib/errors/errors.ts';
import { oldestReader } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { ArchiveReader } from '../../../../lib/formats/pg-dump/archive/reader.ts';
import { buildArchive, SMALL } from './archive-builder.ts';

const SHOP = gunzipSync(
  readFileSync(
    new URL(
      '../../../fixtures/jagad/objects/backups/Production PG/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b02-20261122-030000.sql.gz',
      import.meta.url,
    ),
  ),
);

/** @param sizes the lengths of the chunks, over and over */
function read(archive: Buffer, sizes: number[] = [archive.length || 1]): ArchiveReader {
  const reader = new ArchiveReader();
  for (let at = 0, i = 0; at < archive.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    reader.push(archive.subarray(at, at + size));
    at += size;
  }
  reader.end();
  return reader;
}

const small = buildArchive({ minor: 14, entries: SMALL });

describe('the table of contents', () => {
  it('of a real archive matches what pg_restore lists', () => {
    const { toc } = read(SHOP);
    expect(toc).toMatchObject({
      version: '1.14',
      dumpVersion: '15.18 (Debian 15.18-0+deb12u1)',
      serverVersion: '15.18 (Debian 15.18-0+deb12u1)',
      databaseName: 'shop',
      encoding: 'UTF8',
      compression: 'gzip',
    });
    // pg_restore --list counts 51: the 47 it lists, and ENCODING, STDSTRINGS, SEARCHPATH, DATABASE.
    expect(toc?.entries).toHaveLength(51);
    const entry = (dumpId: number) => toc?.entries.find((e) => e.dumpId === dumpId);
    expect(entry(223)).toMatchObject({ desc: 'TABLE', namespace: 'Mixed Case', tag: 'Weird "quoted" table' });
    expect(entry(259)).toMatchObject({ desc: 'FUNCTION', namespace: 'sales', tag: 'audit_order()', hasData: false });
    expect(entry(3315)).toMatchObject({
      desc: 'FK CONSTRAINT',
      tag: 'orders orders_customer_id_fkey',
      owner: 'postgres',
    });
    expect(entry(7)).toMatchObject({ namespace: '', drop: 'DROP SCHEMA sales;\n' });
    expect(toc?.entries.filter((e) => e.hasData).map((e) => `${e.desc} ${e.tag}`)).toEqual([
      'TABLE DATA Weird "quoted" table',
      ...['audit', 'customers', 'orders_2024', 'orders_2025'].map((table) => `TABLE DATA ${table}`),
      'BLOBS BLOBS',
    ]);
  });

  it.each([12, 13, 14, 15, 16])('is read from archive version 1.%d', (minor) => {
    const { toc } = read(buildArchive({ minor, entries: SMALL }));
    expect(toc).toMatchObject({ version: `1.${minor}`, encoding: 'UTF8', compression: 'gzip' });
    expect(toc?.entries[2]).toEqual({
      dumpId: 3,
      desc: 'TABLE',
      namespace: 'sales',
      tag: 'Weird "näme"',
      owner: 'postgres',
      hasData: false,
      dependenciesAt: expect.any(Number),
      offsetAt: expect.any(Number),
      definition: '',
      readsTables: false,
      tablespace: '',
      demand: undefined,
      drop: 'DROP TABLE sales."Weird ""näme""";\n',
      dependencies: [2, 1],
    });
  });

  it('is complete before the data is read', () => {
    const reader = new ArchiveReader();
    reader.push(SHOP.subarray(0, 40_000));
    expect(reader.toc?.entries).toHaveLength(51);
  });
});

describe('an archive in pieces', () => {
  it('is read the same, whatever the size of the pieces', () => {
    const whole = read(SHOP).toc;
    for (const sizes of [[1], [2, 3, 5, 7], [4096], [65_536, 1, 11]]) expect(read(SHOP, sizes).toc).toEqual(whole);
  });

  it('is read the same in random pieces', () => {
    let state = 42;
    const random = (most: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return 1 + (state % most);
    };
    for (let i = 0; i < 50; i++) {
      const sizes = Array.from({ length: 20 }, () => random(i % 2 === 0 ? 9 : 400));
      expect(read(small, sizes).toc?.entries).toHaveLength(6);
    }
  });
});

describe('an incomplete archive', () => {
  it('is found when it is cut at any byte', () => {
    expect(() => read(small)).not.toThrow();
    for (let length = 0; length < small.length; length++) {
      expect(() => read(small.subarray(0, length)), `${length} of ${small.length} bytes`).toThrow(DecompressError);
    }
  });

  it('is found for a real archive', () => {
    const places = [0, 7, 8, 4000, SHOP.length - 1, SHOP.length - 2, SHOP.length - 6];
    for (let at = 997; at < SHOP.length; at += 1499) places.push(at);
    for (const length of places) {
      expect(() => read(SHOP.subarray(0, length)), `${length} bytes`).toThrow(/the dump ends half-way/);
    }
  });

  it('is reported with the missing part and what to do', () => {
    const tables = SMALL.slice(0, 5);
    const withoutData = buildArchive({ minor: 14, entries: tables }).subarray(0, -11); // the block of `empty`
    expect(() => read(withoutData)).toThrow('the dump ends half-way: the data of TABLE DATA sales.empty is missing');
    expect(() => read(SHOP.subarray(0, SHOP.length - 1))).toThrow(
      expect.objectContaining({ code: 'DECOMPRESS_ERROR', hint: expect.stringContaining('make a new one') }),
    );
  });
});

describe('an invalid archive', () => {
  it('is refused if bytes follow its end', () => {
    expect(() => read(Buffer.concat([small, Buffer.from([0])]))).toThrow('bytes follow its last entry');
  });

  it('is refused if a block is there twice', () => {
    const block = Buffer.from([1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]); // of dumpId 5: no chunk
    const rowsOfFour = 6 + 5 + 300 + 5 + 5 + 5;
    const head = buildArchive({ minor: 14, entries: SMALL.slice(0, 5) }).subarray(0, -(rowsOfFour + block.length));
    expect(() => read(Buffer.concat([head, block]))).toThrow('the data of TABLE DATA sales.Weird "näme" is missing');
    expect(() => read(Buffer.concat([head, block, block]))).toThrow('entry 5, which has none or had it before');
  });

  it.each([
    [
      'of a tar or a directory',
      buildArchive({ minor: 14, entries: SMALL, format: 5 }),
      /in another format than custom/,
    ],
    ['with impossible sizes', Buffer.from([...Buffer.from('PGDMP'), 1, 14, 0, 40, 8, 1]), /integers have 40 bytes/],
    ['with a different signature', Buffer.from('PGDUMP, or so it says'), /does not open with PGDMP/],
    [
      'with a name of 2 GB',
      Buffer.concat([small.subarray(0, 51), Buffer.from([0, 255, 255, 255, 127])]),
      /name of 2147483647 bytes/,
    ],
  ])('is refused: %s', (_, archive, message) => {
    expect(() => read(archive)).toThrow(message);
  });

  it('is refused if a block has an unknown type, or no entry', () => {
    const start = buildArchive({ minor: 14, entries: SMALL.slice(0, 5) }).subarray(0, -11);
    expect(() => read(Buffer.concat([start, Buffer.from([2])]))).toThrow('data block of type 2');
    expect(() => read(Buffer.concat([start, Buffer.from([1, 0, 9, 0, 0, 0])]))).toThrow('data block for entry 9');
  });
});

describe('an archive of an unknown version', () => {
  it('is reported with its version, and not as incomplete', () => {
    const newer = buildArchive({ minor: 17, entries: SMALL });
    const reader = read(newer.subarray(0, 200), [3]);
    expect(reader).toMatchObject({ version: '1.17', toc: undefined, checksEnd: false });
  });

  it('is refused if it is older, because any pg_restore would run it unjudged', () => {
    const older = buildArchive({ minor: 11, entries: SMALL });
    expect(() => read(older, [3])).toThrow('an archive of version 1.11 is not accepted');
  });

  it('must still have a version', () => {
    expect(() => read(Buffer.from('PGDMP'))).toThrow(/the dump ends half-way/);
  });
});

it('the reader keeps none of the data', () => {
  const rows = { dumpId: 1, desc: 'TABLE DATA', tag: 't', data: [Buffer.alloc(1)] };
  const head = buildArchive({ minor: 14, entries: [rows] }).subarray(0, -11);
  const reader = new ArchiveReader();
  reader.push(head);
  const chunk = Buffer.alloc(1024 * 1024 + 5, 7);
  chunk.set([0, 0, 0, 16, 0]); // 1 MiB, least significant byte first
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 500; i++) reader.push(Buffer.from(chunk));
  reader.push(Buffer.alloc(5));
  reader.end();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(400 * 1024 * 1024);
});

it.each([
  ['1.12', 12],
  ['1.14', 12],
  ['1.15', 16],
  ['1.16', 17],
  ['1.17', undefined],
  ['2.0', undefined],
])('the oldest pg_restore that reads %s is %s', (version, major) => expect(oldestReader(version)).toBe(major));
