/**
 * The order of an archive's INDEX ATTACH entries. Without it, several jobs would run some of them at the same time.
 *
 * `ALTER INDEX … ATTACH PARTITION` makes the parent valid once all of its partitions are attached and valid, and then
 * looks at the parent's own parent (`validatePartitionedIndex` of tablecmds.c). Sessions that do so at once in a tree of
 * several levels can miss each other: the top index stays invalid forever, without an error, and a foreign key that
 * needs it fails. With PostgreSQL 15.18 it was seen for 1 of some 10,000 trees whose indexes four sessions attached.
 *
 * To mark that parent's parent valid it locks the parent's table too, exclusively, while it has locked the partition's
 * index. Work in the other direction, from a table down to the indexes of its partitions, can deadlock with it:
 * checking a foreign key, filling a view, adding a trigger to each partition.
 */
import type { Toc, TocEntry } from './format.ts';

/** An entry, and the entries that it should depend on. */
export interface Reordered {
  readonly entry: TocEntry;
  readonly dependencies: readonly number[];
}

const ATTACH = /^ALTER INDEX (.+) ATTACH PARTITION (.+);\s*$/s;
/** These entries wait for the rows of every table that they depend on. */
const BUILDS_INDEX: ReadonlySet<string> = new Set(['INDEX', 'CONSTRAINT']);
const GOES_DOWN: ReadonlySet<string> = new Set(['FK CONSTRAINT', 'TRIGGER']);
const FILLS_VIEW = 'MATERIALIZED VIEW DATA';

/**
 * Makes each INDEX ATTACH wait for the previous one; in a tree of several levels, work that goes down the tree waits for
 * the last one. An archive's own order puts every entry after what it needs. To make space in its list, an entry loses
 * dependencies that hold anyway: those that another of its dependencies waits for, those that are created before any job
 * begins and have no rows, and those that aren't in the archive (the boundaries that pg_dump sorts by).
 */
export function orderAttaches({ entries }: Toc): Reordered[] {
  const attaches = entries.filter(({ desc }) => desc === 'INDEX ATTACH');
  const last = attaches.at(-1);
  if (last === undefined) return [];
  const graph = graphOf(entries);
  const chained = attaches.slice(1).map((entry, before) => reordered(entry, attaches[before] as TocEntry, graph));
  if (!isDeep(attaches)) return chained;
  const attached = new Set(attaches.flatMap(({ dumpId, dependencies }) => [dumpId, ...dependencies]));
  const behind = entries.filter((entry) => goesDown(entry, graph));
  return [...chained, ...behind.map((entry) => reordered(entry, last, graph, attached))];
}

interface Graph {
  readonly byId: ReadonlyMap<number, TocEntry>;
  /** Tables that have rows of their own. */
  readonly filled: ReadonlySet<number>;
}

function graphOf(entries: readonly TocEntry[]): Graph {
  const data = entries.filter(({ desc }) => desc === 'TABLE DATA');
  return {
    byId: new Map(entries.map((entry) => [entry.dumpId, entry])),
    filled: new Set(data.flatMap(({ dependencies }) => dependencies)),
  };
}

/** Whether an index attached to another one is itself a parent. */
function isDeep(attaches: readonly TocEntry[]): boolean {
  const names = attaches.map(({ definition }) => ATTACH.exec(definition) ?? []);
  const parents = new Set(names.map(([, parent]) => parent));
  return names.some(([, , child]) => parents.has(child));
}

/** It isn't known what a view reads, and a table without rows of its own may be a partitioned one. */
function goesDown({ desc, dependencies }: TocEntry, { byId, filled }: Graph): boolean {
  if (desc === FILLS_VIEW) return true;
  return GOES_DOWN.has(desc) && dependencies.some((id) => byId.get(id)?.desc === 'TABLE' && !filled.has(id));
}

/** @param covered the entries that `previous` waits for, as far as known */
function reordered(
  entry: TocEntry,
  previous: TocEntry,
  graph: Graph,
  covered: ReadonlySet<number> = new Set(),
): Reordered {
  const { byId, filled } = graph;
  const built = entry.dependencies.flatMap((id) => byId.get(id) ?? []).filter(({ desc }) => BUILDS_INDEX.has(desc));
  const waitedFor = new Set(built.flatMap(({ dependencies }) => dependencies));
  const isMadeBefore = (id: number) => {
    const desc = byId.get(id)?.desc;
    return (
      desc === undefined || desc === 'FUNCTION' || desc === 'MATERIALIZED VIEW' || (desc === 'TABLE' && !filled.has(id))
    );
  };
  const kept = entry.dependencies.filter((id) => !waitedFor.has(id) && !covered.has(id) && !isMadeBefore(id));
  return { entry, dependencies: [...new Set(kept), previous.dumpId] };
}
