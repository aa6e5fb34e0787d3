import { describe, expect, it } from 'vitest';
import { ArchiveIndex } from '../../../../lib/formats/pg-dump/archive/index.ts';
import { ArchiveReader } from '../../../../lib/formats/pg-dump/archive/reader.ts';
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

  it('are left to one job if an entry names nothing that can be left out', () => {
    const archive = buildArchive({ minor: 14, entries: entries(false) });
    const came = Buffer.from(archive);
    expect(ordered(archive).parallel).toBe(false);
    expect(archive.equals(came)).toBe(true);
  });

  it('need no order if there is only one', () => {
    const archive = buildArchive({ minor: 14, entries: [...SMALL, ...attached(10, false)] });
    expect(ordered(archive).parallel).toBe(true);
  });

  /** A tree of two levels below its top; a table with rows and one without have a foreign key to it. */
  const deep = (): BuiltEntry[] => {
    const attach = (dumpId: number, parent: string, child: string, dependencies: number[]): BuiltEntry => ({
      ...{ dumpId, desc: 'INDEX ATTACH', tag: child, dependencies },
      definition: `ALTER INDEX ${parent} ATTACH PARTITION ${child};\n`,
    });
    return [
      ...SMALL,
      ...[1000, 1001, 1002, 1003, 1004].map((dumpId) => ({ dumpId, desc: 'TABLE', tag: `t_${dumpId}` })),
      ...[1003, 1004].map((table) => ({ dumpId: table + 100, desc: 'TABLE DATA', tag: '', dependencies: [table] })),
      { dumpId: 1005, desc: 'FUNCTION', tag: 'f()' },
      { dumpId: 1006, desc: 'MATERIALIZED VIEW', tag: 'v' },
      ...[1000, 1001, 1002].map((table) => ({ dumpId: table + 200, desc: 'INDEX', tag: '', dependencies: [table] })),
      { dumpId: 1203, desc: 'CONSTRAINT', tag: 'key', dependencies: [1003] },
      attach(1301, 'public.top', 'public.middle', [1201, 1200, 1001, 1000]),
      attach(1302, 'public.middle', 'public.leaf', [1202, 1201, 1002, 1001]),
      { dumpId: 1401, desc: 'FK CONSTRAINT', tag: 'out', dependencies: [1203, 1003, 1000] },
      { dumpId: 1402, desc: 'FK CONSTRAINT', tag: 'in', dependencies: [1301, 1302, 1200, 1004, 1000] },
      { dumpId: 1403, desc: 'FK CONSTRAINT', tag: 'elsewhere', dependencies: [1203, 1003, 1004] },
      { dumpId: 1404, desc: 'TRIGGER', tag: 'noted', dependencies: [1005, 1000] },
      { dumpId: 1405, desc: 'TRIGGER', tag: 'elsewhere', dependencies: [1005, 1003] },
      { dumpId: 1406, desc: 'MATERIALIZED VIEW DATA', tag: 'v', dependencies: [1006, 9999] },
    ];
  };
  const needsOf = (ids: number[]) => {
    const { parallel, entries: after } = ordered(buildArchive({ minor: 14, entries: deep() }));
    return [parallel, ...after.flatMap((one) => (ids.includes(one.dumpId) ? [[one.dumpId, ...one.dependencies]] : []))];
  };

  it('are attached before anything that works down a tree of several levels', () => {
    expect(needsOf([1302, 1401, 1402, 1403, 1404, 1405, 1406])).toEqual([
      true,
      [1302, 1202, 1201, 1301],
      [1401, 1203, 1302],
      [1402, 1004, 1302],
      [1403, 1203, 1003, 1004],
      [1404, 1302],
      [1405, 1005, 1003],
      [1406, 1302],
    ]);
  });

  it('hold nothing up in a tree of one level', () => {
    const entriesOf = deep().map((entry) =>
      entry.dumpId === 1302
        ? { ...entry, definition: 'ALTER INDEX public.other ATTACH PARTITION public.leaf;\n' }
        : entry,
    );
    const { entries: after } = ordered(buildArchive({ minor: 14, entries: entriesOf }));
    expect(after.find(({ dumpId }) => dumpId === 1401)?.dependencies).toEqual([1203, 1003, 1000]);
  });
});
