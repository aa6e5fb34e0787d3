import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import type { TableStates } from '../../table-states.ts';
import { tableTouch } from '../rules/table-touch.ts';

/**
 * Tracks which tables a load has begun and completed. If the first session runs statements in order, they are known to
 * be done only when that session has settled. Until then, their tables are incomplete; so are the tables of a dump that
 * is loaded unchanged.
 */
export class MysqlProgress {
  readonly #states: TableStates;
  readonly #before: ReadonlySet<string>;
  readonly #key: (name: string) => string;
  /** Tables whose statements the first session may still be running. */
  readonly #placed = new Set<string>();
  /** Tables that the dump has dropped and not created again yet. */
  readonly #dropped = new Set<string>();

  /**
   * @param before the target's tables before the load.
   * @param foldsNames whether the server considers names that differ only in case equal.
   */
  constructor(states: TableStates, before: readonly string[], foldsNames: boolean) {
    this.#states = states;
    this.#key = foldsNames ? (name) => name.toLowerCase() : (name) => name;
    this.#before = new Set(before.map(this.#key));
    states.found(this.#before);
  }

  /** Call this before any session gets the statement. */
  touched(statement: SqlStatement): void {
    const touch = tableTouch(statement);
    if (touch === undefined) return;
    for (const name of touch.names.map(this.#key)) {
      if (touch.kind === 'drop') this.#dropped.add(name);
      else this.#dropped.delete(name);
      if (touch.kind === 'replace') this.#states.gone(name);
      else if (touch.kind !== 'drop' || this.#before.has(name)) this.#states.begun(name);
      // it was a placeholder, such as for a view
      else this.#states.gone(name);
    }
  }

  /** A table whose statements the first session gets one after another. */
  placed(name: string): void {
    this.#placed.add(this.#key(name));
  }

  /** The first session has run everything that it was sent, and nothing more comes for its tables. */
  placedAreDone(): void {
    for (const name of this.#placed) if (this.#states.has(name)) this.#states.completed(name);
    this.#placed.clear();
  }

  completed(name: string): void {
    this.#states.completed(this.#key(name));
  }

  /** All of the dump's tables and rows are loaded. For these tables, some keys could not be added. */
  allCompleted(but: ReadonlySet<string> = new Set()): void {
    for (const name of this.#dropped) this.#states.gone(name);
    this.#states.allCompleted();
    for (const name of but) this.#states.begun(this.#key(name));
  }
}
