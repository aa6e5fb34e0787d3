/**
 * Who runs the statements of a plain SQL dump that a temporary role loads: either that role, or the restoring user, who
 * creates what the role may not create and gives the objects to their owners. A statement's tokens decide. Pure.
 */
import type { TocEntry } from '../archive/format.ts';
import { describesOwn } from '../archive/own-entries.ts';
import { grantedClass } from '../archive/owned-objects.ts';
import { superuserDemand } from '../archive/superuser-demand.ts';
import { PlainLexer } from '../sql/lexer.ts';
import { isSymbol, isWord, readSql, type SqlToken } from '../sql/tokens.ts';

/** How an archive's list would describe it. */
export type HeldEntry = TocEntry;

export type PlainStep =
  | { kind: 'load' }
  /** It changes how the following text is read. */
  | { kind: 'setting'; tablespace: string | undefined }
  /** Rows for a relation: its schema and name. */
  | { kind: 'rows'; schema: string; name: string }
  | {
      /** What `--clean` writes before everything else. */
      kind: 'drop';
      /** `TABLE app.t`, for ALTER … OWNER TO: the role has to own this object in order to drop it. */
      object: string | undefined;
      of: 'event trigger' | 'publication' | 'extension' | 'schema' | 'wrapper' | 'language' | 'other';
      name: string;
    }
  | { kind: 'schema'; name: string }
  | { kind: 'extension'; name: string; schema: string | undefined }
  | { kind: 'wrapper'; name: string }
  /** Comes before and after the rows of an existing table. Only the owner of the table's triggers may do it. */
  | { kind: 'triggers'; object: string; on: boolean }
  | { kind: 'session'; begins: boolean }
  | { kind: 'hold'; entries: HeldEntry[] }
  | { kind: 'leave out' }
  /** Only a superuser may create it. */
  | { kind: 'demand'; what: string };

const LOAD: PlainStep = { kind: 'load' };

const CLASSES = new Set([
  ...['access method', 'aggregate', 'cast', 'collation', 'conversion', 'default privileges', 'domain', 'event trigger'],
  ...['extension', 'foreign data wrapper', 'foreign table', 'function', 'index', 'language', 'large object'],
  ...[
    'materialized view',
    'operator class',
    'operator family',
    'operator',
    'policy',
    'procedural language',
    'procedure',
  ],
  ...['publication', 'rule', 'schema', 'sequence', 'server', 'statistics', 'table', 'text search configuration'],
  ...['text search dictionary', 'text search parser', 'text search template', 'transform', 'trigger', 'type'],
  ...['user mapping', 'view'],
]);
const READ = ['set', 'reset', 'drop', 'create', 'alter', 'grant', 'revoke', 'comment', 'security'];
const MODIFIERS = ['or', 'replace', 'unlogged', 'trusted', 'default', 'unique', 'constraint'];
const ROUTINES = ['function', 'procedure', 'aggregate'];
const RELATIONS = ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE', 'SEQUENCE'];
/** For each of these, pg_dump writes ALTER TABLE. */
const RELATION_CLASSES = ['table', 'view', 'materialized view', 'foreign table', 'sequence'];
/** The role may drop these with the table, the type or the server that they belong to. */
const OWNERLESS = ['index', 'cast', 'transform', 'user mapping', 'extension', 'event trigger', 'access method'];

/** A view that can't be dropped yet is replaced with a row of NULLs. */
const AS_NULLS = /\sAS\s+SELECT\s+NULL::/i;

/** A statement's text, its tokens, and what they name. */
export class Statement {
  readonly text: string;
  readonly tokens: readonly SqlToken[];
  readonly #standardStrings: boolean;

  constructor(text: string, standardStrings: boolean) {
    this.text = text;
    this.tokens = readSql(text, standardStrings).statements[0] ?? [];
    this.#standardStrings = standardStrings;
  }

  isWord(at: number, ...words: string[]): boolean {
    return isWord(this.tokens.at(at), ...words);
  }

  /** The position of the words, or -1. */
  find(...words: string[]): number {
    return this.tokens.findIndex((_, at) => words.every((word, offset) => this.isWord(at + offset, word)));
  }

  /** The class of the object that is named at a token, and the start of its name. */
  classAt(start: number): { name: string; end: number } | undefined {
    let at = start;
    while (this.isWord(at, ...MODIFIERS) && !this.isWord(at + 1, 'privileges')) at += 1;
    for (const count of [3, 2, 1]) {
      const words = this.tokens.slice(at, at + count);
      const name = words.map(({ value }) => value).join(' ');
      if (words.every(({ kind }) => kind === 'word') && CLASSES.has(name)) return { name, end: at + count };
    }
    return undefined;
  }

  /** Skips IF EXISTS, IF NOT EXISTS and ONLY. */
  past(at: number): number {
    let next = at;
    if (this.isWord(next, 'if')) next += this.isWord(next + 1, 'not') ? 3 : 2;
    return this.isWord(next, 'only') ? next + 1 : next;
  }

  /** The parts of a name; the last one may be an operator. */
  nameAt(start: number): { parts: string[]; end: number } {
    const parts: string[] = [];
    let at = start;
    for (;;) {
      const token = this.tokens[at];
      if (token === undefined) return { parts, end: at };
      if (token.kind === 'symbol') {
        let operator = '';
        while (this.tokens[at]?.kind === 'symbol' && !isSymbol(this.tokens[at], '(')) {
          operator += (this.tokens[at] as SqlToken).value;
          at += 1;
        }
        return { parts: [...parts, operator], end: at };
      }
      parts.push(token.value);
      at += 1;
      if (!isSymbol(this.tokens[at], '.')) return { parts, end: at };
      at += 1;
    }
  }

  /** The group in parentheses that begins at a token, as written; empty if there is none. */
  groupAt(start: number): string {
    if (!isSymbol(this.tokens[start], '(')) return '';
    const bytes = Buffer.from(this.text);
    const lexer = new PlainLexer(bytes, !this.#standardStrings);
    let from = 0;
    let depth = 0;
    for (let at = 0; lexer.next(true); at++) {
      if (at < start) continue;
      if (at === start) from = lexer.start;
      if (lexer.text() === '(') depth += 1;
      if (lexer.text() === ')') depth -= 1;
      if (depth === 0) return bytes.toString('utf8', from, lexer.end);
    }
    return '';
  }
}

function quoted(parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

function entry(desc: string, namespace: string, tag: string, fields: Partial<TocEntry> = {}): HeldEntry {
  return {
    ...{ dumpId: 0, desc, namespace, tag, owner: '', hasData: false, dependenciesAt: 0, offsetAt: 0, tablespace: '' },
    ...{ definition: '', readsTables: false, demand: undefined, drop: '', dependencies: [] },
    ...fields,
  };
}

/** Schema and name, from a name's parts. */
function placed(parts: readonly string[]): { schema: string; name: string } {
  return parts.length === 2
    ? { schema: parts[0] as string, name: parts[1] as string }
    : { schema: '', name: parts[0] ?? '' };
}

/**
 * @param text a statement that the judge has accepted
 * @throws Unaccepted if its tokens can't be read
 */
export function plainStep(text: string, standardStrings: boolean): PlainStep {
  const word = /^\w*/.exec(text)?.[0].toLowerCase();
  // these may be long, and their beginning is enough
  if (word === 'insert' || word === 'copy') return ofRows(text);
  if (word === 'select') return ofSelect(text);
  if (!READ.includes(word ?? '')) return LOAD;
  const statement = new Statement(text.replace(/;\s*$/, ''), standardStrings);
  switch (word) {
    case 'set':
      return ofSet(statement);
    case 'drop':
      return ofDrop(statement);
    case 'create':
      return ofCreate(statement, standardStrings);
    case 'alter':
      return ofAlter(statement);
    case 'grant':
    case 'revoke':
      return ofGrant(statement);
    case 'comment':
    case 'security':
      return ofDescription(statement);
    default:
      return { kind: 'session', begins: false };
  }
}

function ofSet(statement: Statement): PlainStep {
  if (statement.isWord(1, 'session')) return { kind: 'session', begins: true };
  const string = /=\s*'([^']*)'/.exec(statement.text)?.[1];
  const isSpace = statement.isWord(1, 'default_tablespace');
  return { kind: 'setting', tablespace: isSpace ? string || statement.tokens[3]?.value : undefined };
}

const LONGEST_CALL = 1024;

function ofSelect(text: string): PlainStep {
  if (text.length > LONGEST_CALL) return LOAD;
  if (/^SELECT\s+pg_catalog\.set_config\b/i.test(text)) return { kind: 'setting', tablespace: undefined };
  const unlinked = /lo_unlink\(\s*'?(\d+)/i.exec(text)?.[1] ?? /lo_unlink\(.*\boid\s*=\s*'?(\d+)/is.exec(text)?.[1];
  if (unlinked === undefined) {
    const sequence = /^SELECT\s+pg_catalog\.setval\s*\(\s*'((?:[^']|'')*)'/i.exec(text)?.[1];
    if (sequence === undefined) return LOAD;
    return rowsOf(sequence.replaceAll("''", "'"));
  }
  return { kind: 'drop', object: `LARGE OBJECT ${unlinked}`, of: 'other', name: unlinked };
}

function ofRows(text: string): PlainStep {
  const name = /^(?:INSERT\s+INTO|COPY)\s+((?:"(?:[^"]|"")*"|[^\s("])+)/i.exec(text)?.[1];
  return name === undefined ? LOAD : rowsOf(name);
}

function rowsOf(name: string): PlainStep {
  return { kind: 'rows', ...placed(new Statement(name, true).nameAt(0).parts) };
}

function ofDrop(statement: Statement): PlainStep {
  const found = statement.classAt(1);
  if (found === undefined) return LOAD;
  let start = statement.past(found.end);
  let { name } = found;
  if (['trigger', 'rule', 'policy'].includes(name)) {
    start = statement.find('on') + 1;
    name = 'table';
  }
  const { parts, end } = statement.nameAt(start);
  const using = statement.isWord(end, 'using') ? ` USING ${quoted(statement.nameAt(end + 1).parts)}` : '';
  const isOwned = !OWNERLESS.includes(name);
  return {
    kind: 'drop',
    object: isOwned ? objectText(statement, name, parts, end) + using : undefined,
    of: kindOfDrop(found.name),
    name: parts.at(-1) ?? '',
  };
}

function kindOfDrop(name: string): (PlainStep & { kind: 'drop' })['of'] {
  switch (name) {
    case 'event trigger':
    case 'publication':
    case 'extension':
    case 'schema':
      return name;
    case 'foreign data wrapper':
      return 'wrapper';
    case 'language':
    case 'procedural language':
      return 'language';
    default:
      return 'other';
  }
}

/** For ALTER: `FUNCTION "app"."f"(integer)`. */
function objectText(statement: Statement, name: string, parts: string[], end: number): string {
  const isOperator = name === 'operator';
  const last = parts.at(-1) ?? '';
  const named = isOperator
    ? [quoted(parts.slice(0, -1)), last].filter((part) => part !== '').join('.')
    : name === 'large object'
      ? last
      : quoted(parts);
  const group = ROUTINES.includes(name) || isOperator ? statement.groupAt(end) : '';
  return `${name.toUpperCase()} ${named}${group}`;
}

function ofCreate(statement: Statement, standardStrings: boolean): PlainStep {
  const found = statement.classAt(1);
  if (found === undefined) return LOAD;
  const start = statement.past(found.end);
  const { parts } = statement.nameAt(start);
  const name = parts.at(-1) ?? '';
  const { text: definition } = statement;
  const shell = found.name === 'type' && statement.tokens.length === start + 2 * parts.length - 1;
  const desc = shell ? 'SHELL TYPE' : found.name === 'language' ? 'PROCEDURAL LANGUAGE' : found.name.toUpperCase();
  const isOfTypes = found.name === 'cast' || found.name === 'transform';
  const tag = isOfTypes ? statement.groupAt(start) || definition.replace(/\(.*$/s, '') : name;
  const what = superuserDemand({ desc, tag, definition }, standardStrings);
  if (what !== undefined) return { kind: 'demand', what };
  switch (found.name) {
    case 'schema':
      return { kind: 'schema', name };
    case 'extension': {
      const at = statement.find('schema');
      return { kind: 'extension', name, schema: at < 0 ? undefined : statement.tokens[at + 1]?.value };
    }
    case 'foreign data wrapper':
      return { kind: 'wrapper', name };
    case 'language':
    case 'procedural language':
      return { kind: 'leave out' };
    case 'event trigger':
      return { kind: 'hold', entries: [entry('EVENT TRIGGER', '', name, { definition })] };
    case 'publication':
      if (statement.find('for', 'all', 'tables') < 0) return LOAD;
      return { kind: 'hold', entries: [entry('PUBLICATION', '', name, { definition })] };
    case 'view':
      if (!AS_NULLS.test(definition) || !statement.isWord(1, 'or')) return LOAD;
      return { kind: 'drop', object: `VIEW ${quoted(parts)}`, of: 'other', name };
    default:
      return LOAD;
  }
}

function ofAlter(statement: Statement): PlainStep {
  const { tokens, text: definition } = statement;
  const found = statement.classAt(1);
  if (found === undefined) return LOAD;
  if (found.name === 'default privileges') {
    return { kind: 'hold', entries: [entry('DEFAULT ACL', '', 'DEFAULT PRIVILEGES', { definition })] };
  }
  const start = statement.past(found.end);
  const { parts, end } = statement.nameAt(start);
  const name = parts.at(-1) ?? '';
  const owner = tokens.at(-1)?.value ?? '';
  if (statement.isWord(-3, 'owner') && statement.isWord(-2, 'to')) {
    return { kind: 'hold', entries: ofOwner(statement, found.name, parts, end, owner) };
  }
  if (found.name === 'event trigger') {
    return { kind: 'hold', entries: [entry('EVENT TRIGGER', '', name, { definition })] };
  }
  if (found.name === 'publication' && statement.find('tables', 'in', 'schema') >= 0 && statement.isWord(end, 'add')) {
    return { kind: 'hold', entries: [entry('PUBLICATION TABLES IN SCHEMA', '', name, { definition })] };
  }
  const object = objectText(statement, found.name, parts, end);
  const isTriggers = statement.isWord(end + 1, 'trigger') && statement.isWord(end + 2, 'all');
  if (isTriggers && statement.isWord(end, 'disable', 'enable')) {
    return { kind: 'triggers', object, on: statement.isWord(end, 'enable') };
  }
  const takesAway =
    statement.isWord(end, 'drop', 'detach') ||
    (statement.isWord(end, 'disable') && statement.isWord(end + 1, 'row')) ||
    (statement.isWord(end, 'alter') && statement.find('drop') > end);
  return takesAway ? { kind: 'drop', object, of: 'other', name } : LOAD;
}

function ofOwner(statement: Statement, name: string, parts: string[], end: number, owner: string): HeldEntry[] {
  const { schema, name: last } = placed(parts);
  const tag = ROUTINES.includes(name) ? `${last}${statement.groupAt(end)}` : last;
  const kinds = RELATION_CLASSES.includes(name) ? RELATIONS : [name === 'language' ? 'PROCEDURAL LANGUAGE' : name];
  return kinds.map((kind) =>
    // the dump doesn't have to create a schema with this text
    entry(kind.toUpperCase(), schema, tag, { owner, drop: 'DROP', definition: name === 'schema' ? '--' : '' }),
  );
}

function ofGrant(statement: Statement): PlainStep {
  const { tokens, text: definition } = statement;
  const found = grantedClass(tokens);
  // tools other than pg_dump leave out the class for tables
  if (found === undefined) return { kind: 'hold', entries: [entry('ACL', '', 'TABLE ', { definition })] };
  const { parts, end } = statement.nameAt(found.end);
  const { schema, name } = placed(parts);
  const isRoutine = ROUTINES.includes(found.granted.toLowerCase());
  const tag = `${found.granted} ${name}${isRoutine ? statement.groupAt(end) : ''}`;
  return { kind: 'hold', entries: [entry('ACL', schema, tag, { definition })] };
}

function ofDescription(statement: Statement): PlainStep {
  const { tokens, text: definition } = statement;
  const on = statement.find('on');
  const found = statement.classAt(on + 1);
  if (found === undefined) return LOAD;
  const { parts } = statement.nameAt(found.end);
  if (/^(procedural )?language$/.test(found.name) && parts[0] === 'plpgsql') return { kind: 'leave out' };
  const tag = `${found.name.toUpperCase()} ${parts.join('.')}`;
  if (!describesOwn(tag)) return LOAD;
  const desc = isWord(tokens[0], 'comment') ? 'COMMENT' : 'SECURITY LABEL';
  return { kind: 'hold', entries: [entry(desc, '', tag, { definition })] };
}

/** Kinds with a single entry that creates the object and names its owner. */
const WHOLE = ['EVENT TRIGGER', 'PUBLICATION', 'FOREIGN DATA WRAPPER'];

/**
 * The statements that were held back, in the form of an archive's list.
 * @param wrappers foreign-data wrappers that the restoring user has created
 */
export function heldEntries(held: readonly HeldEntry[], wrappers: readonly string[]): HeldEntry[] {
  const merged = new Map<string, HeldEntry>();
  for (const [at, one] of held.entries()) {
    const key = WHOLE.includes(one.desc) ? `${one.desc} ${one.tag}` : String(at);
    const before = merged.get(key);
    const definition = [before?.definition, one.definition].filter((text) => text).join(';\n');
    merged.set(key, { ...one, owner: one.owner || (before?.owner ?? ''), definition });
  }
  // those that the dump doesn't create aren't its own
  return [...merged.values()].filter(({ desc, tag, definition }) => {
    if (desc === 'EVENT TRIGGER') return /^CREATE\b/i.test(definition);
    return desc !== 'FOREIGN DATA WRAPPER' || wrappers.includes(tag);
  });
}
