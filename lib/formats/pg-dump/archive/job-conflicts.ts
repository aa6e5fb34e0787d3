/**
 * Archives that one job restores, in their own order, and several may not: what pg_dump leaves out of the dependencies of
 * their entries. Each was seen to fail, or to come out wrong, with PostgreSQL 15.18.
 */
import type { Toc, TocEntry } from './format.ts';

/** Whether several jobs could come to another end than one does. */
export function needsOneJob({ entries }: Toc): boolean {
  return (
    indexesWhatItReads(entries) ||
    checksWhatItReads(entries) ||
    switchesTriggerTooSoon(entries) ||
    locksTableTwice(entries) ||
    sharesForeignColumns(entries)
  );
}

/**
 * An index over a function that reads tables, though such a one should not be IMMUTABLE. Several jobs make it while the
 * rows that the function looks for may still come: then it finds none, and the index stays wrong, without an error.
 * One job has all rows by then.
 */
function indexesWhatItReads(entries: readonly TocEntry[]): boolean {
  const reading = idsOf(entries, ({ readsTables }) => readsTables);
  return entries.some(
    ({ desc, dependencies }) =>
      (desc === 'INDEX' || desc === 'CONSTRAINT') && dependencies.some((id) => reading.has(id)),
  );
}

/**
 * A check, or a generated column, over a function that reads tables, of a table or of a domain that a table has. Rows that
 * it looks for have to be there before: one job loads tables in the order of the archive, several may not.
 */
function checksWhatItReads(entries: readonly TocEntry[]): boolean {
  const reading = idsOf(entries, ({ readsTables }) => readsTables);
  const needs = (ids: ReadonlySet<number>) => (entry: TocEntry) => entry.dependencies.some((id) => ids.has(id));
  const domains = idsOf(entries, (entry) => entry.desc === 'DOMAIN' && needs(reading)(entry));
  return entries.some((entry) => entry.desc === 'TABLE' && (needs(reading)(entry) || needs(domains)(entry)));
}

function idsOf(entries: readonly TocEntry[], isOne: (entry: TocEntry) => boolean): Set<number> {
  return new Set(entries.filter(isOne).map(({ dumpId }) => dumpId));
}

/**
 * A partition's share of a trigger, switched on or off by itself: `ALTER TABLE … DISABLE TRIGGER`, for which nothing has to
 * be dropped. Below the second level of partitions it does not say that it needs the trigger (`getTriggers` of pg_dump.c).
 */
function switchesTriggerTooSoon(entries: readonly TocEntry[]): boolean {
  const triggers = entries.filter(({ desc }) => desc === 'TRIGGER');
  const ids = new Set(triggers.map(({ dumpId }) => dumpId));
  return triggers.some(({ drop, dependencies }) => drop === '' && !dependencies.some((id) => ids.has(id)));
}

/**
 * A table is clustered on one index, and has another one for its replica identity. Each entry makes its index, and then
 * changes the table in the same transaction: for that, both wait until the other one no longer locks it.
 */
function locksTableTwice(entries: readonly TocEntry[]): boolean {
  const tables = new Set(entries.filter(({ desc }) => desc === 'TABLE').map(({ dumpId }) => dumpId));
  const seen = new Set<number>();
  for (const { desc, definition, dependencies } of entries) {
    if (desc !== 'INDEX' || !definition.includes('\nALTER TABLE ')) continue;
    for (const table of new Set(dependencies.filter((id) => tables.has(id)))) {
      if (seen.has(table)) return true;
      seen.add(table);
    }
  }
  return false;
}

/**
 * Two foreign keys of the same columns. One to a partitioned table makes a constraint for each partition, and names it by
 * these columns: it may take the other one's name (`ChooseForeignKeyConstraintNameAddition` of tablecmds.c).
 */
function sharesForeignColumns(entries: readonly TocEntry[]): boolean {
  if (!entries.some(({ desc }) => desc === 'INDEX ATTACH')) return false;
  const columns = entries
    .filter(({ desc }) => desc === 'FK CONSTRAINT')
    .map(({ definition }) => definition.replace(/ADD CONSTRAINT .* FOREIGN KEY (\(.*\)) REFERENCES .*/s, '$1'));
  return new Set(columns).size < columns.length;
}
