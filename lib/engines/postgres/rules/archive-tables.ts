/** Tracks which tables of an archive a load has begun and completed, by the entries that pg_restore reports. Pure. */

import type { TocEntry } from '../../../formats/pg-dump/archive/format.ts';
import { tableName, tableOfCommand } from '../../../formats/pg-dump/sql/command-table.ts';
import type { TableStates } from '../../table-states.ts';
import type { PgRestoreError } from './pg-restore-error.ts';

/** A table's rows and keys, which come after the definitions of all tables. */
const AWAITED = new Set([
  ...['TABLE DATA', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'INDEX', 'INDEX ATTACH'],
]);
const COPY_FAILED = /^COPY failed for table "(.*?)": /;

export class ArchiveTables {
  readonly #states: TableStates;
  readonly #entries: readonly TocEntry[];
  readonly #tables = new Set<string>();
  /** The tables that an entry belongs to, by dumpId. */
  readonly #of = new Map<number, readonly string[]>();
  /** The dumpIds of the rows and keys that a table still lacks. */
  readonly #awaited = new Map<string, Set<number>>();
  readonly #failed = new Set<string>();
  #hasTables = false;
  /** How far one session has got in the list of entries, and the positions of each text that identifies an entry. */
  #at = 0;
  #places: Map<string, number[]> | undefined;

  constructor(entries: readonly TocEntry[], states: TableStates) {
    this.#entries = entries;
    this.#states = states;
    const names = new Map<number, string>();
    for (const { dumpId, desc, namespace, tag } of entries) {
      if (desc !== 'TABLE' && desc !== 'TABLE DATA') continue;
      const name = tableName(namespace, tag);
      names.set(dumpId, name);
      this.#tables.add(name);
      this.#awaited.set(name, this.#awaited.get(name) ?? new Set());
    }
    for (const entry of entries) {
      const { dumpId, desc } = entry;
      const of = tablesOf(entry, names);
      if (of.length === 0) continue;
      this.#of.set(dumpId, of);
      if (AWAITED.has(desc)) for (const table of of) this.#awaited.get(table)?.add(dumpId);
    }
  }

  /** Call this before an entry's object is dropped. */
  dropping({ dumpId }: TocEntry): void {
    for (const table of this.#of.get(dumpId) ?? []) if (this.#states.has(table)) this.#states.begun(table);
  }

  /** Call this before the archive is restored: from here on, any of its tables may change. */
  begun(): void {
    for (const table of this.#tables) this.#states.begun(table);
  }

  /** Call this when one of several jobs has finished an entry. Jobs begin when all tables have been created. */
  finished(dumpId: number): void {
    if (!this.#hasTables) for (const table of this.#tables) this.#look(table);
    this.#hasTables = true;
    this.#done(dumpId);
  }

  /**
   * Call this when a single session has reached an entry, in the archive's order.
   * @param text as returned by `textOf`
   */
  reached(text: string): void {
    this.#places ??= this.#placesByText();
    const place = this.#places.get(text)?.find((one) => one >= this.#at);
    if (place === undefined) return;
    for (; this.#at < place; this.#at++) this.#done((this.#entries[this.#at] as TocEntry).dumpId);
  }

  /** Call this if an entry could not be restored. */
  failed({ dumpId, message, command }: PgRestoreError): void {
    for (const table of this.#affected(dumpId, message, command)) {
      this.#failed.add(table);
      if (this.#tables.has(table)) this.#states.begun(table);
    }
  }

  /**
   * Call this when the load has ended.
   * @param isWhole whether it reached the end of the archive and every error is known. Otherwise, an error may be about
   * any table.
   */
  end(isWhole: boolean): void {
    for (const table of this.#tables) {
      if (!isWhole) this.#states.begun(table);
      else if (!this.#failed.has(table)) this.#states.completed(table);
    }
  }

  #affected(dumpId: number | undefined, message: string, command: string): readonly string[] {
    if (dumpId !== undefined) return this.#of.get(dumpId) ?? [];
    const copied = COPY_FAILED.exec(message)?.[1];
    if (copied !== undefined) {
      return this.#entries
        .filter(({ desc, tag }) => desc === 'TABLE DATA' && tag === copied)
        .map(({ namespace, tag }) => tableName(namespace, tag));
    }
    const found = tableOfCommand(command);
    return found === undefined ? [] : [found.table];
  }

  #done(dumpId: number): void {
    for (const table of this.#of.get(dumpId) ?? []) {
      this.#awaited.get(table)?.delete(dumpId);
      this.#look(table);
    }
  }

  #look(table: string): void {
    if (this.#awaited.get(table)?.size === 0 && !this.#failed.has(table)) this.#states.completed(table);
  }

  #placesByText(): Map<string, number[]> {
    const places = new Map<string, number[]>();
    for (const [place, { desc, namespace, tag }] of this.#entries.entries()) {
      const text = textOf(desc, tableName(namespace, tag));
      places.set(text, [...(places.get(text) ?? []), place]);
    }
    return places;
  }
}

/** @param names of tables by the dumpId of each entry that creates or fills one */
function tablesOf(
  { dumpId, namespace, tag, dependencies }: TocEntry,
  names: ReadonlyMap<number, string>,
): readonly string[] {
  const own = names.get(dumpId);
  if (own !== undefined) return [own];
  const needed = [...new Set(dependencies.flatMap((one) => names.get(one) ?? []))];
  // constraints, defaults and the like are called `table constraint`; a foreign key also needs its parent
  const named = needed.filter((name) => tableName(namespace, tag).startsWith(`${name} `));
  return named.length > 0 ? named : needed;
}

/** How pg_restore names an entry: its kind, then its name with its schema. */
export function textOf(desc: string, name: string): string {
  return `${desc} ${name}`;
}
