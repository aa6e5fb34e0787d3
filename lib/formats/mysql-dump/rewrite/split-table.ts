import { isSpace } from '../reader/bytes.ts';
import { readName } from '../reader/names.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';

/** Keys that ALTER TABLE adds. */
export interface Addition {
  /** The table's name as written in the dump. */
  table: Buffer;
  /** One statement for all of them, which reads the rows only once. */
  together: Buffer;
  /** One statement for each, in this order. */
  singly: Buffer[];
}

/**
 * A CREATE TABLE in parts, so that keys are built from existing rows, which is much faster than adding each row to
 * them.
 */
export interface SplitTable {
  name: string;
  /** CREATE TABLE without the keys and foreign keys below; without a delimiter. */
  create: Buffer;
  /** ALTER TABLE … ADD …: the keys. Run these after the rows, in this order. */
  keys: Addition[];
  /** ALTER TABLE … ADD …: the foreign keys. Run these when every table has its keys. */
  foreignKeys: Addition | undefined;
  /** Whether its rows have to be loaded in order: if it has no primary key, a later dump shows their order. */
  ordered: boolean;
}

type DefinitionKind = 'column' | 'primary' | 'unique' | 'key' | 'fulltext' | 'foreign' | 'check';

interface Definition {
  kind: DefinitionKind;
  text: Buffer;
  /** For a column, its name. For a key, its first column, if the key begins with a plain one. */
  column: string | undefined;
  words: ReadonlySet<string>;
}

const KINDS: Record<string, DefinitionKind> = {
  PRIMARY: 'primary',
  UNIQUE: 'unique',
  KEY: 'key',
  INDEX: 'key',
  SPATIAL: 'key',
  FULLTEXT: 'fulltext',
  FOREIGN: 'foreign',
  CHECK: 'check',
};
/** A key or reference in a column's own definition. People write this, but SHOW CREATE TABLE doesn't. */
const IN_COLUMN = ['PRIMARY', 'UNIQUE', 'KEY', 'REFERENCES'];
/** Table options that need special rules: system versioning, CREATE TABLE … SELECT, MERGE. */
const WHOLE = ['VERSIONING', 'AS', 'SELECT', 'UNION', 'LIKE'];

/**
 * Splits the CREATE TABLE of an InnoDB table, as SHOW CREATE TABLE writes it. Undefined for anything else, which must
 * not be split.
 *
 * Only keys at the end of the list can be added later, since a new key comes after the existing ones: servers sort keys
 * by kind (unique before others, full-text last) and keep the order within each kind. These stay with the table:
 * - the primary key; without one, every unique key, as the rows may be stored in its order;
 * - the key that an AUTO_INCREMENT column needs to be first in, and those before it;
 * - checks.
 *
 * A table with a key USING HASH isn't split: MariaDB's ALTER TABLE drops these words, and its unique keys of that kind
 * have a hidden column.
 *
 * @param needKeyOf whether one of the target's foreign keys refers to a key of the table of this name: then all its keys
 *   stay, since MySQL doesn't create such a table without them (ERROR 6125).
 * @param keepUnique whether unique keys stay because other clients, which may rely on them, write in the meantime.
 */
export function splitTable(
  statement: SqlStatement,
  needKeyOf: (table: string) => boolean,
  keepUnique = false,
): SplitTable | undefined {
  const tokens = new Tokens(statement);
  if (!['CREATE', 'TABLE'].every((word) => tokens.next() === 'word' && tokens.isWord(word))) return undefined;
  tokens.next();
  const name = readName(tokens);
  if (name === undefined || !tokens.isPunctuation('(') || tokens.commentStart >= 0) return undefined;
  const opening = tokens.end;
  const definitions = readDefinitions(tokens);
  const closing = tokens.start;
  if (definitions === undefined || !isPlainInnodb(tokens)) return undefined;

  const later = laterOf(definitions, needKeyOf(name.name), keepUnique);
  if (later === undefined) return undefined;
  const { bytes } = statement;
  const ofKind = (...kinds: DefinitionKind[]) =>
    definitions.filter((one) => later.has(one) && kinds.includes(one.kind));
  const alter = (some: Definition[]) =>
    Buffer.concat([
      Buffer.from('ALTER TABLE '),
      bytes.subarray(name.start, name.end),
      ...some.flatMap(({ text }, index) => [Buffer.from(index === 0 ? ' ADD ' : ', ADD '), text]),
    ]);
  const add = (some: Definition[]): Addition => ({
    table: bytes.subarray(name.start, name.end),
    together: alter(some),
    singly: some.map((one) => alter([one])),
  });
  const fulltext = ofKind('fulltext');
  // InnoDB builds one full-text key at a time; if there were two, it would copy the table row by row
  const first = [...ofKind('unique', 'key'), ...fulltext.slice(0, 1)];
  const keys = [first, ...fulltext.slice(1).map((one) => [one])].filter((some) => some.length > 0);
  const foreignKeys = ofKind('foreign');
  const kept = definitions.filter((one) => !later.has(one));
  return {
    name: name.name,
    create:
      later.size === 0
        ? statement.text
        : Buffer.concat([
            bytes.subarray(statement.textStart, opening),
            ...kept.flatMap(({ text }, index) => [Buffer.from(index === 0 ? '\n  ' : ',\n  '), text]),
            Buffer.from('\n'),
            bytes.subarray(closing, statement.textEnd),
          ]),
    keys: keys.map(add),
    foreignKeys: foreignKeys.length === 0 ? undefined : add(foreignKeys),
    ordered: !definitions.some(({ kind }) => kind === 'primary'),
  };
}

function laterOf(definitions: Definition[], keepKeys: boolean, keepUnique: boolean): Set<Definition> | undefined {
  const keys = definitions.filter(({ kind }) => kind === 'unique' || kind === 'key' || kind === 'fulltext');
  const primary = definitions.find(({ kind }) => kind === 'primary');
  const counter = definitions.find(({ kind, words }) => kind === 'column' && words.has('AUTO_INCREMENT'))?.column;
  const counterKey =
    counter === undefined || primary?.column === counter ? undefined : keys.find(({ column }) => column === counter);
  const counterIsLost = counter !== undefined && primary?.column !== counter && counterKey === undefined;
  // InnoDB would look for a key on a column with this name
  const ownDocumentId = definitions.some(({ column }) => column?.toUpperCase() === 'FTS_DOC_ID');
  if (counterIsLost || ownDocumentId || keys.some(({ words }) => words.has('HASH'))) return undefined;
  const stays = (key: Definition) =>
    keepKeys || key === counterKey || (key.kind === 'unique' && (keepUnique || primary === undefined));
  return new Set([
    ...keys.slice(keys.findLastIndex(stays) + 1),
    ...definitions.filter(({ kind }) => kind === 'foreign'),
  ]);
}

/** Reads from the opening parenthesis to the closing one. Undefined if something in it is unknown. */
function readDefinitions(tokens: Tokens): Definition[] | undefined {
  const definitions: Definition[] = [];
  while (!tokens.isPunctuation(')')) {
    tokens.next();
    const definition = readDefinition(tokens);
    if (definition === undefined) return undefined;
    definitions.push(definition);
  }
  return definitions;
}

/** Reads one definition, from its first token to the comma or parenthesis after it. */
function readDefinition(tokens: Tokens): Definition | undefined {
  const { start } = tokens;
  if (tokens.commentStart >= 0) return undefined;
  let kind: DefinitionKind | undefined;
  let column: string | undefined;
  if (tokens.type === 'identifier') {
    kind = 'column';
    column = tokens.value;
  } else {
    if (tokens.isWord('CONSTRAINT')) {
      if (tokens.next() !== 'identifier') return undefined; // the server would choose a name
      tokens.next();
    } else if (tokens.isWord('FOREIGN')) return undefined;
    kind = tokens.type === 'word' ? KINDS[tokens.raw.toUpperCase()] : undefined;
  }
  if (kind === undefined) return undefined;
  const words = new Set<string>();
  let depth = 0;
  for (; !tokens.isEnd(); tokens.next()) {
    if (depth === 0 && (tokens.isPunctuation(',') || tokens.isPunctuation(')'))) break;
    if (tokens.isPunctuation('(')) depth++;
    else if (tokens.isPunctuation(')')) depth--;
    else if (depth === 0 && tokens.type === 'word') words.add(tokens.raw.toUpperCase());
    else if (depth === 1 && kind !== 'column' && column === undefined && tokens.isName) column = tokens.value;
  }
  if (tokens.isEnd() || tokens.commentStart >= 0) return undefined;
  if (kind === 'column' && IN_COLUMN.some((word) => words.has(word))) return undefined;
  return { kind, column, words, text: trimmedEnd(tokens.bytes.subarray(start, tokens.start)) };
}

/** Reads the options after the definitions, to the end. */
function isPlainInnodb(tokens: Tokens): boolean {
  let engine = '';
  while (tokens.next() !== 'end') {
    if (tokens.isWord('ENGINE') && engine === '') {
      tokens.next();
      if (tokens.isPunctuation('=')) tokens.next();
      engine = tokens.raw.toUpperCase();
    } else if (WHOLE.some((word) => tokens.isWord(word))) return false;
  }
  return engine === 'INNODB';
}

function trimmedEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (isSpace(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}
