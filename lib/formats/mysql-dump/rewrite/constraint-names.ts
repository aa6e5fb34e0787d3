import { quoteName } from '../reader/names.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

const MOST_CHARACTERS = 64;

/**
 * Names of constraints that must be unique in the database, in lower case; undefined if each table has its own names.
 */
export interface ConstraintNames {
  foreignKeys: ReadonlySet<string> | undefined;
  checks: ReadonlySet<string> | undefined;
}

export interface RenamedConstraint extends Edit {
  name: string;
  to: string;
}

/**
 * Gives another name to a foreign key or CHECK whose name the database already has: MariaDB 12.1 and later, whose tables have
 * names of their own, call the foreign keys of each `1`, `2`, …
 */
export class ConstraintRenames {
  readonly #foreignKeys: Set<string> | undefined;
  readonly #checks: Set<string> | undefined;

  /** @param taken names in the database before the dump */
  constructor({ foreignKeys, checks }: ConstraintNames) {
    this.#foreignKeys = foreignKeys && new Set(foreignKeys);
    this.#checks = checks && new Set(checks);
  }

  /** The edits of a CREATE TABLE or ALTER TABLE. Adds its names to the ones that are taken. */
  edits(statement: SqlStatement, table: string): RenamedConstraint[] {
    const found = constraintsOf(statement);
    const edits: RenamedConstraint[] = [];
    for (const { kind, name, start, end } of found) {
      const taken = kind === 'check' ? this.#checks : this.#foreignKeys;
      if (taken === undefined) continue;
      const others = new Set(found.map((one) => one.name.toLowerCase()));
      const isFree = (one: string) => !taken.has(one.toLowerCase());
      const to = isFree(name) ? name : otherName(table, name, (one) => isFree(one) && !others.has(one.toLowerCase()));
      taken.add(to.toLowerCase());
      if (to !== name) edits.push({ start, end, replacement: quoteName(to), name, to });
    }
    return edits;
  }
}

function otherName(table: string, name: string, isFree: (name: string) => boolean): string {
  for (let count = 1; ; count++) {
    const tail = count === 1 ? `_${name}` : `_${name}_${count}`;
    const made = `${[...table].slice(0, Math.max(1, MOST_CHARACTERS - [...tail].length)).join('')}${tail}`;
    const to = [...made].slice(-MOST_CHARACTERS).join('');
    if (isFree(to)) return to;
  }
}

interface Constraint {
  kind: 'foreign key' | 'check';
  name: string;
  start: number;
  end: number;
}

function constraintsOf(statement: SqlStatement): Constraint[] {
  const found: Constraint[] = [];
  const tokens = new Tokens(statement);
  while (tokens.next() !== 'end') {
    if (!tokens.isWord('CONSTRAINT')) continue;
    tokens.next();
    if (!tokens.isName) continue;
    const { value: name, start, end } = tokens;
    tokens.next();
    if (tokens.isWord('FOREIGN')) found.push({ kind: 'foreign key', name, start, end });
    else if (tokens.isWord('CHECK')) found.push({ kind: 'check', name, start, end });
  }
  return found;
}
