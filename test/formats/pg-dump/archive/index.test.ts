import { describe, expect, it } from 'vitest';
import { ArchiveIndex } from '../../../../lib/formats/pg-dump/archive/index.ts';
import { ArchiveProgress } from '../../../../lib/formats/pg-dump/archive/progress.ts';
import { ArchiveReader } from '../../../../lib/formats/pg-dump/archive/reader.ts';
import { buildArchive, SMALL } from './archive-builder.ts';

function indexed(archive: Buffer, size: number): ArchiveIndex {
  const index = new ArchiveIndex();
  for (let at = 0; at < archive.length; at += size) index.push(archive.subarray(at, at + size));
  index.end();
  return index;
}

describe('the positions of the data blocks', () => {
  it.each([1, 7, 300, 1_000_000])('are found, in chunks of %i bytes, and written where pg_dump writes them', (size) => {
    for (const minor of [12, 14, 15, 16]) {
      const archive = buildArchive({ minor, entries: SMALL });
      const index = indexed(archive, size);
      expect([...index.blocks.keys()]).toEqual([4, 5, 6]);
      const toc = archive.subarray(0, index.tocBytes);
      index.writePlaces(toc);
      const reader = new ArchiveReader();
      reader.push(archive);
      reader.end();
      for (const { dumpId, hasData, offsetAt } of reader.toc?.entries ?? []) {
        const block = index.blocks.get(dumpId);
        expect(archive[offsetAt]).toBe(hasData ? 2 : 3);
        if (block === undefined) continue;
        expect(Number(archive.readBigUInt64LE(offsetAt + 1))).toBe(block.start);
        // the block's type, then its entry's number
        expect(archive[block.start]).toBe(dumpId === 6 ? 3 : 1);
        expect(archive.readInt32LE(block.start + 2)).toBe(dumpId);
      }
      const ends = [...index.blocks.values()].map(({ end }) => end);
      const starts = [...index.blocks.values()].map(({ start }) => start);
      expect(starts).toEqual([index.tocBytes, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(archive.length);
    }
  });

  it('are an error in an archive that ends half-way', () => {
    const archive = buildArchive({ minor: 14, entries: SMALL });
    expect(() => indexed(archive.subarray(0, -3), 100)).toThrow(/ends half-way/);
  });
});

describe('progress', () => {
  const blocks = new Map([
    [3, { start: 100, end: 200 }],
    [9, { start: 200, end: 1200 }],
    [5, { start: 1200, end: 1250 }],
  ]);

  it('counts finished entries and the bytes read of the others once', () => {
    const progress = new ArchiveProgress(blocks);
    expect([progress.bytesDone, progress.bytesTotal]).toEqual([0, 1150]);
    progress.at(99);
    progress.at(100);
    expect(progress.bytesDone).toBe(0);
    progress.at(150);
    progress.at(150);
    progress.at(140);
    expect(progress.bytesDone).toBe(50);
    progress.at(700);
    expect(progress.bytesDone).toBe(550);
    progress.finished(3);
    progress.finished(3);
    progress.finished(77);
    expect(progress.bytesDone).toBe(600);
    progress.finished(9);
    progress.finished(5);
    progress.at(1250);
    progress.at(9999);
    expect(progress.bytesDone).toBe(1150);
  });
});
