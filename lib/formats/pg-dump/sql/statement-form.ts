/**
 * Forms of statements, as the list of accepted ones writes them: `CREATE [UNLOGGED] TABLE own group clauses`. Words in
 * capitals and symbols mean themselves, `A|B` means one of the two, `[…]` an optional part. The small words mean:
 *
 *     own       the name of the entry, with its schema or without
 *     table     the same, for entries whose tag is `table` or `table part`
 *     routine   the same, for entries whose tag is `name(arguments)`
 *     name      any name, with its schema or without            part      one identifier
 *     group     whatever is in parentheses                      string, number
 *     …         whatever follows, up to the rest of the form
 *     clauses   whatever follows, but no query (CREATE TABLE … AS) and no second object (CREATE SCHEMA … CREATE TABLE)
 *     names     identifiers with commas between           privileges  those of a GRANT, with columns
 *     bounds    only literals, since the server evaluates a partition's bounds as it attaches it
 *     values    literals with their types                   nulls       no string, since its type's own code may read it
 */
import { isSymbol, isWord, type SqlToken } from './tokens.ts';

/** The names that an entry's statements must contain. */
export interface EntryName {
  readonly namespace: string;
  readonly tag: string;
}

export type Form = (statement: readonly SqlToken[], entry: EntryName) => boolean;

type Step = (statement: readonly SqlToken[], at: number, entry: EntryName) => number | undefined;

const isName = (token: SqlToken | undefined): boolean => token?.kind === 'word' || token?.kind === 'name';

/** `a.b.c` → its parts, starting at `at`. */
function nameAt(statement: readonly SqlToken[], at: number): string[] {
  const parts: string[] = [];
  for (let i = at; isName(statement[i]); i += 2) {
    parts.push((statement[i] as SqlToken).value);
    if (!isSymbol(statement[i + 1], '.')) break;
  }
  return parts;
}

function nameThat(fits: (last: string, entry: EntryName) => boolean): Step {
  return (statement, at, entry) => {
    const parts = nameAt(statement, at);
    const last = parts.at(-1);
    if (last === undefined || parts.length > 2 || !fits(last, entry)) return undefined;
    if (parts.length === 2 && parts[0] !== entry.namespace) return undefined;
    return at + 2 * parts.length - 1;
  };
}

function groupEnd(statement: readonly SqlToken[], at: number): number | undefined {
  if (!isSymbol(statement[at], '(')) return undefined;
  let depth = 0;
  for (let i = at; i < statement.length; i++) {
    if (isSymbol(statement[i], '(')) depth++;
    else if (isSymbol(statement[i], ')') && --depth === 0) return i + 1;
  }
  return undefined;
}

/**
 * Matches the whole rest if each of its tokens is accepted. If `isDeep` is false, tokens in parentheses aren't checked.
 */
function restThat(fits: (token: SqlToken) => boolean, isDeep: boolean): Step {
  return (statement, at) => {
    for (let i = at; i < statement.length; i++) {
      const end = isDeep ? undefined : groupEnd(statement, i);
      if (end !== undefined) i = end - 1;
      else if (!fits(statement[i] as SqlToken)) return undefined;
    }
    return statement.length;
  };
}

const BOUND_WORDS = [
  ...['for', 'values', 'in', 'from', 'to', 'with', 'default', 'modulus', 'remainder'],
  ...['minvalue', 'maxvalue', 'null', 'true', 'false'],
];
/** ALTER SYSTEM and SET are missing, because they are rights on server parameters. */
const PRIVILEGE_WORDS = [
  ...['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain', 'usage', 'create'],
  ...['connect', 'temporary', 'temp', 'execute', 'all', 'privileges', 'grant', 'option', 'for'],
];
const VALUE_WORDS = [
  ...['integer', 'bigint', 'smallint', 'real', 'double', 'precision', 'boolean', 'text', 'name', 'oid', 'regclass'],
  ...['null', 'true', 'false'],
];

/** A string, a number such as `-1.5e+20`, or the punctuation between and around them. */
function isLiteral({ kind, value }: SqlToken): boolean {
  if (kind === 'symbol') return '(),-+:[]'.includes(value);
  return kind === 'string' || kind === 'number';
}

const STEPS: Record<string, Step> = {
  own: nameThat((last, { tag }) => last === tag),
  table: nameThat((last, { tag }) => tag === last || tag.startsWith(`${last} `)),
  routine: nameThat((last, { tag }) => tag.startsWith(`${last}(`)),
  name: (statement, at) => {
    const { length } = nameAt(statement, at);
    return length === 0 ? undefined : at + 2 * length - 1;
  },
  part: (statement, at) => (isName(statement[at]) ? at + 1 : undefined),
  group: groupEnd,
  string: (statement, at) => (statement[at]?.kind === 'string' ? at + 1 : undefined),
  number: (statement, at) => {
    const sign = isSymbol(statement[at], '-') ? 1 : 0;
    return statement[at + sign]?.kind === 'number' ? at + sign + 1 : undefined;
  },
  clauses: restThat((token) => !isWord(token, 'as', 'select', 'create', 'grant', 'execute'), false),
  names: (statement, at) => {
    let end = at;
    while (isName(statement[end]) && isSymbol(statement[end + 1], ',')) end += 2;
    return isName(statement[end]) ? end + 1 : undefined;
  },
  privileges: (statement, start) => {
    let at = start;
    for (;;) {
      const end = groupEnd(statement, at);
      if (end !== undefined) at = end;
      else if (isWord(statement[at], ...PRIVILEGE_WORDS) || isSymbol(statement[at], ',')) at++;
      else return at > start ? at : undefined;
    }
  },

  nulls: restThat(({ kind }) => kind !== 'string', true),
  bounds: restThat((token) => isLiteral(token) || isWord(token, ...BOUND_WORDS), true),
  values: restThat((token) => isLiteral(token) || isWord(token, ...VALUE_WORDS), true),
};

/** One step for `WORD`, `A|B`, `(`, or a small word. */
function stepFor(text: string): Step {
  const known = STEPS[text];
  if (known !== undefined) return known;
  if (!/^[A-Z]/.test(text)) return (statement, at) => (isSymbol(statement[at], text) ? at + 1 : undefined);
  const words = text.toLowerCase().split('|');
  return (statement, at) => (isWord(statement[at], ...words) ? at + 1 : undefined);
}

function inOrder(steps: readonly Step[]): Step {
  return (statement, start, entry) => {
    let at: number | undefined = start;
    for (const step of steps) {
      at = step(statement, at, entry);
      if (at === undefined) return undefined;
    }
    return at;
  };
}

function compile(text: string): Step {
  const steps: Step[] = [];
  for (const [part] of text.matchAll(/\[[^\]]*\]|\S+/g)) {
    if (!part.startsWith('[') || part.length < 3) {
      steps.push(stepFor(part));
      continue;
    }
    const optional = compile(part.slice(1, -1));
    steps.push((statement, at, entry) => optional(statement, at, entry) ?? at);
  }
  return inOrder(steps);
}

/** The form that a text describes. It matches whole statements. */
export function form(text: string): Form {
  const [before = '', after] = text.split('…').map((part) => part.trim());
  const start = compile(before);
  const end = after === undefined || after === '' ? undefined : compile(after);
  const endTokens = after?.split(/\s+/).length ?? 0;
  return (statement, entry) => {
    const at = start(statement, 0, entry);
    if (at === undefined) return false;
    if (after === undefined) return at === statement.length;
    if (end === undefined) return true;
    const endAt = statement.length - endTokens;
    return endAt >= at && end(statement, endAt, entry) === statement.length;
  };
}
