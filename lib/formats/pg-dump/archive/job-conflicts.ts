/**
 * Archives that one job can restore in their own order, but several jobs can't, because pg_dump leaves out some
 * dependencies of their entries. Each case was seen to fail, or to give a wrong result, with PostgreSQL 15.18.
 */
import type { Toc, TocEntry } from './format.ts';

/** Whether several jobs could give a different result from one. */
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
 * An index that uses a function that reads tables, although such a function shouldn't be IMMUTABLE. If several jobs
 * create the index while the rows that the function needs are still loading, it finds none, and the index stays wrong
 * without an error. One job has loaded all rows by then.
 */
function indexesWhatItReads(entries: readonly TocEntry[]): boolean {
  const reading = idsOf(entries, ({ readsTables }) => readsTables);
  return entries.some(
    ({ desc, dependencies }) =>
      (desc === 'INDEX' || desc === 'CONSTRAINT') && dependencies.some((id) => reading.has(id)),
  );
}

/**
 * A check, or a generated column, that uses a function that reads tables, on a table or on a domain that a table uses.
 * The rows that the function needs have to exist first. One job loads tables in the archive's order, but several may
 * not.
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
 * A part of a trigger on a partition that is switched on or off separately: `ALTER TABLE … DISABLE TRIGGER`, for which
 * nothing has to be dropped. Below the second level of partitions, the entry doesn't say that it needs the trigger
 * (`getTriggers` in pg_dump.c).
 */
function switchesTriggerTooSoon(entries: readonly TocEntry[]): boolean {
  const triggers = entries.filter(({ desc }) => desc === 'TRIGGER');
  const ids = new Set(triggers.map(({ dumpId }) => dumpId));
  return triggers.some(({ drop, dependencies }) => drop === '' && !dependencies.some((id) => ids.has(id)));
}

/**
 * A table that is clustered on one index, and uses another one as its replica identity. Each entry creates its index,
 * then changes the table in the same transaction. For that, each waits until the other one no longer locks the table.
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
 * Two foreign keys on the same columns. One to a partitioned table creates a constraint for each partition, and names
 * it after these columns: it may take the other one's name (`ChooseForeignKeyConstraintNameAddition` in tablecmds.c).
 */
function sharesForeignColumns(entries: readonly TocEntry[]): boolean {
  if (!entries.some(({ desc }) => desc === 'INDEX ATTACH')) return false;
  const columns = entries
    .filter(({ desc }) => desc === 'FK CONSTRAINT')
    .map(({ definition }) => definition.replace(/ADD CONSTRAINT .* FOREIGN KEY (\(.*\)) REFERENCES .*/s, '$1'));
  return new Set(columns).size < columns.length;
}
