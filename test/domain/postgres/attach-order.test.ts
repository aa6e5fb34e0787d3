import { describe, expect, it } from 'vitest';
import { ArchiveIndex } from '../../../lib/domain/postgres/archive-index.ts';
import { ArchiveReader } from '../../../lib/domain/postgres/archive-reader.ts';
import { type BuiltEntry, buildArchive, SMALL } from './archive-builder.ts';

/** Two tables and their indexes, and what attaches one to the other. @param tables whether it names its tables too */
function attached(first: number, tables: boolean): BuiltEntry[] {
  const [parent, child, parentIndex, childIndex, attach] = [0, 1, 2, 3, 4].map((n) => first + n) as [
    ...[number, number, number, number, number],
  ];
  return [
    { dumpId: parent, desc: 'TABLE', tag: 't' },
    { dumpId: child, desc: 'TABLE', tag: 't_1' },
    { dumpId: parentIndex, desc: 'INDEX', tag: 't_n', dependencies: [parent] },
    { dumpId: childIndex, desc: 'INDEX', tag: 't_1_n', dependencies: [child] },
    {
      ...{ dumpId: attach, desc: 'INDEX ATTACH', tag: 't_1_n' },
      dependencies: [childIndex, parentIndex, ...(tables ? [child, parent] : [])],
    },
  ];
}

const entries = (tables: boolean) => [...SMALL, ...[10, 100_000, 20].flatMap((first) => attached(first, tables))];

function ordered(archive: Buffer) {
  const index = new ArchiveIndex();
  index.push(archive);
  index.end();
  const parallel = index.writeOrder(archive.subarray(0, index.tocBytes));
  const reader = new ArchiveReader();
  reader.push(archive);
  reader.end();
  return { parallel, entries: reader.toc?.entries ?? [] };
}

describe('the partitions of indexes', () => {
  it.each([
    [12, 4],
    [14, 4],
    [16, 8],
  ])('are attached one after another: archive 1.%i, integers of %i bytes', (minor, intSize) => {
    const archive = buildArchive({ minor, intSize, entries: entries(true) });
    const before = ordered(Buffer.from(buildArchive({ minor, intSize, entries: entries(true).slice(0, -1) }))).entries;
    const after = ordered(archive);
    expect(after.parallel).toBe(true);
    const attaches = after.entries.filter(({ desc }) => desc === 'INDEX ATTACH');
    expect(attaches.map(({ dumpId, dependencies }) => [dumpId, ...dependencies])).toEqual([
      [14, 13, 12, 11, 10],
      [100_004, 100_003, 100_002, 14],
      [24, 23, 22, 100_004],
    ]);
    const others = after.entries.filter(({ desc }) => desc !== 'INDEX ATTACH');
    expect(others).toEqual(before.filter(({ desc }) => desc !== 'INDEX ATTACH'));
  });

  it('are for one job where an entry names nothing that can be left out', () => {
    const archive = buildArchive({ minor: 14, entries: entries(false) });
    const came = Buffer.from(archive);
    expect(ordered(archive).parallel).toBe(false);
    expect(archive.equals(came)).toBe(true);
  });

  it('need no order where there is but one', () => {
    const archive = buildArchive({ minor: 14, entries: [...SMALL, ...attached(10, false)] });
    expect(ordered(archive).parallel).toBe(true);
  });
});
