/**
 * The order of an archive's INDEX ATTACH entries, of which several jobs would run some at once.
 *
 * `ALTER INDEX … ATTACH PARTITION` makes the parent valid once all of its partitions are attached and valid, and then
 * looks at the parent's own parent (`validatePartitionedIndex` of tablecmds.c). Sessions that do so at once in a tree of
 * several levels can miss each other: the top index stays invalid, for good and without an error, and a foreign key that
 * needs it fails. With PostgreSQL 15.18 it was seen for 1 of some 10,000 trees whose indexes four sessions attached.
 */
import type { Toc, TocEntry } from './archive-format.ts';

/** An entry, and what it is to depend on. */
export interface Reordered {
  readonly entry: TocEntry;
  readonly dependencies: readonly number[];
}

/**
 * Makes each INDEX ATTACH wait for the one before it; an archive's own order keeps every entry behind what it needs. To
 * make room for that, tables are left out: the indexes that are attached wait for them anyway.
 */
export function chainAttaches({ entries }: Toc): Reordered[] {
  const attaches = entries.filter(({ desc }) => desc === 'INDEX ATTACH');
  if (attaches.length < 2) return [];
  const tables = new Set(entries.filter(({ desc }) => desc === 'TABLE').map(({ dumpId }) => dumpId));
  return attaches.slice(1).map((entry, before) => ({
    entry,
    dependencies: [
      ...new Set(entry.dependencies.filter((dumpId) => !tables.has(dumpId))),
      (attaches[before] as TocEntry).dumpId,
    ],
  }));
}
