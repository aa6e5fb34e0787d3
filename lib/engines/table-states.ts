/**
 * Which tables a restore has completed, which it leaves incomplete, and which are as they were before. Tracked while
 * the tables are written, and stored with the restore, next to its target's state. Pure.
 * - `untouched`: a table of the target to which nothing was written, or everything was rolled back.
 * - `incomplete`: it may lack rows or keys, or be missing altogether: the load has begun with it.
 * - `complete`: all of its rows and keys are loaded.
 * A table that the load hasn't reached yet, and that the target didn't have, is in none of them.
 */
import { z } from 'zod';

/**
 * The limit for the names in one list: a record has room for 400 KB in total, and a dump may have tens of thousands of
 * tables.
 */
const MOST_NAMES_BYTES = 8 * 1024;

const some = z.object({
  count: z.number().int().nonnegative(),
  names: z.array(z.string()).describe('the first of them, as many as a record has room for'),
});

export const tables = z.object({
  complete: some.describe('all of their rows and keys are in'),
  incomplete: some.describe('they may lack rows or keys, or be missing'),
  untouched: some.describe('tables of the target that the restore has not written to'),
});
export type Tables = z.infer<typeof tables>;
export type TableState = keyof Tables;
type Some = Tables[TableState];

const STATES = ['complete', 'incomplete', 'untouched'] as const satisfies readonly TableState[];

/** What a load reports about its tables while it runs. */
export class TableStates {
  readonly #states = new Map<string, TableState>();
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  /** Tables that the target has before the load. */
  found(names: Iterable<string>): void {
    for (const name of names) if (!this.#states.has(name)) this.#set(name, 'untouched');
  }

  /** Call this before the first write to a table. */
  begun(name: string): void {
    this.#set(name, 'incomplete');
  }

  completed(name: string): void {
    this.#set(name, 'complete');
  }

  /** Call this if the table is permanently gone, because a view replaces it. */
  gone(name: string): void {
    if (this.#states.delete(name)) this.#onChange();
  }

  /** Call this if every table that was begun is complete. */
  allCompleted(): void {
    for (const [name, state] of this.#states) if (state === 'incomplete') this.#set(name, 'complete');
  }

  has(name: string): boolean {
    return this.#states.has(name);
  }

  /** @returns null if no table is known. */
  summary(): Tables | null {
    if (this.#states.size === 0) return null;
    const found: Record<TableState, Names> = { complete: new Names(), incomplete: new Names(), untouched: new Names() };
    for (const [name, state] of this.#states) found[state].add(name);
    return { complete: found.complete.some, incomplete: found.incomplete.some, untouched: found.untouched.some };
  }

  #set(name: string, state: TableState): void {
    if (this.#states.get(name) === state) return;
    this.#states.set(name, state);
    this.#onChange();
  }
}

/** The first names of a list, up to a limit in bytes. */
class Names {
  readonly #names: string[] = [];
  #count = 0;
  #bytes = 0;

  get some(): Some {
    return { count: this.#count, names: this.#names };
  }

  add(name: string): void {
    this.#count++;
    // once the list is full, further names aren't measured, because there may be very many
    if (this.#bytes >= MOST_NAMES_BYTES) return;
    const bytes = new TextEncoder().encode(name).length;
    this.#bytes += bytes;
    if (this.#bytes <= MOST_NAMES_BYTES) this.#names.push(name);
  }
}

/**
 * The tables of a restore that has ended.
 * @param end of the restore. If it is `unseen`, the task has not reported how the restore ended: then its last writes
 * are unknown, and no table counts as untouched.
 */
export function tablesAtEnd(before: Tables | null, end: 'success' | 'failed' | 'unseen'): Tables | null {
  if (before === null || end === 'failed') return before;
  const { complete, incomplete, untouched } = before;
  if (end === 'success') return { complete: together(complete, incomplete), incomplete: NONE, untouched };
  return { complete, incomplete: together(incomplete, untouched), untouched: NONE };
}

const NONE: Some = { count: 0, names: [] };

function together(one: Some, other: Some): Some {
  const all = new Names();
  for (const name of [...one.names, ...other.names]) all.add(name);
  return { count: one.count + other.count, names: all.some.names };
}

const WORDS: Record<TableState, string> = {
  complete: 'Complete',
  incomplete: 'Incomplete or missing',
  untouched: 'Not touched',
};

export interface TableLine {
  state: TableState;
  /** `Incomplete or missing: 2 tables` */
  heading: string;
  names: readonly string[];
  /** The number of tables that aren't named. */
  more: number;
}

/** For people: one line for each state that any table has, with those that need work first. */
export function tableLines(tables: Tables): TableLine[] {
  return [...STATES]
    .sort((a, b) => Number(b === 'incomplete') - Number(a === 'incomplete'))
    .filter((state) => tables[state].count > 0)
    .map((state) => {
      const { count, names } = tables[state];
      const heading = `${WORDS[state]}: ${count} ${count === 1 ? 'table' : 'tables'}`;
      return { state, heading, names, more: count - names.length };
    });
}
