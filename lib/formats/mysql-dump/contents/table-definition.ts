/**
 * Reads a CREATE TABLE, and what ALTER TABLE and CREATE INDEX add to it: as SHOW CREATE TABLE writes them, and as
 * people may write them.
 */
import type { MysqlColumn, MysqlForeignKey, MysqlKey, MysqlTable, ReferentialAction } from '../../dump-contents.ts';
import { readName } from '../reader/names.ts';
import type { Tokens } from '../reader/tokens.ts';

/** The words other than a column's name with which a definition may begin. */
const KEYS = new Set('PRIMARY UNIQUE KEY INDEX FULLTEXT SPATIAL VECTOR'.split(' '));
/** These words belong to a column's type. */
const OF_TYPE = new Set('UNSIGNED SIGNED ZEROFILL PRECISION VARYING'.split(' '));
/** Options that have a value, with or without `=` before it. */
const VALUED = new Set('ENGINE CHARSET COLLATE ROW_FORMAT AUTO_INCREMENT COMMENT TABLESPACE'.split(' '));
/** Options that a restore has no use for; a connection and a password are secrets. */
const OPTIONS_LEFT_OUT = new Set('COMMENT CONNECTION PASSWORD'.split(' '));

/** A table about which nothing is known yet. */
export function newTable(name: string): MysqlTable {
  return {
    ...{ name, engine: null, row_format: null, character_set: null, collation: null, auto_increment: null },
    ...{ partitioned: false, system_versioned: false, options: {}, primary_key: null, columns: [], keys: [] },
    ...{ foreign_keys: [], checks: [], rows: 0, data_bytes: 0, largest_statement_bytes: 0 },
  };
}

/** Reads a CREATE TABLE, starting after the table's name. */
export function readTable(tokens: Tokens, name: string): MysqlTable {
  const table = newTable(name);
  if (!tokens.isPunctuation('(')) return table;
  do {
    tokens.next();
    readDefinition(tokens, table);
  } while (tokens.isPunctuation(','));
  tokens.next();
  readOptions(tokens, table);
  return table;
}

/** Reads what an ALTER TABLE adds, starting after the table's name. */
export function readAdditions(tokens: Tokens, table: MysqlTable): void {
  while (tokens.isWord('ADD')) {
    tokens.next();
    readDefinition(tokens, table);
    if (tokens.isPunctuation(',')) tokens.next();
  }
}

/** Reads a CREATE INDEX, starting at its first word. */
export function readIndex(tokens: Tokens, table: MysqlTable): void {
  const words = new Set<string>();
  while (tokens.type === 'word' && !words.has('INDEX')) {
    words.add(tokens.raw.toUpperCase());
    tokens.next();
  }
  skipWords(tokens, 'IF', 'NOT', 'EXISTS');
  const name = tokens.isName ? tokens.value : null;
  while (!tokens.isEnd() && !tokens.isPunctuation('(')) tokens.next();
  const columns = readParts(tokens);
  table.keys.push({ name, kind: kindOf(words), unique: words.has('UNIQUE'), columns, ...readParser(tokens) });
}

/** Of a full-text key, among the options after its columns. */
function readParser(tokens: Tokens): Pick<MysqlKey, 'parser'> {
  while (!tokens.isEnd() && !tokens.isPunctuation(',') && !tokens.isPunctuation(')')) {
    const isParser = tokens.isWord('PARSER');
    tokens.next();
    if (isParser) return { parser: tokens.value };
  }
  return {};
}

function kindOf(words: ReadonlySet<string>): MysqlKey['kind'] {
  if (words.has('FULLTEXT')) return 'fulltext';
  if (words.has('SPATIAL')) return 'spatial';
  return words.has('VECTOR') ? 'vector' : 'key';
}

/** Reads one definition, up to the comma or parenthesis after it. */
function readDefinition(tokens: Tokens, table: MysqlTable): void {
  let constraint: string | null = null;
  if (tokens.isWord('CONSTRAINT')) {
    tokens.next();
    skipWords(tokens, 'IF', 'NOT', 'EXISTS');
    const isNamed =
      tokens.type === 'identifier' || !['PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK'].some((word) => tokens.isWord(word));
    if (isNamed) {
      constraint = tokens.value;
      tokens.next();
    }
  }
  const word = tokens.type === 'word' ? tokens.raw.toUpperCase() : '';
  if (KEYS.has(word)) readKey(tokens, table, constraint);
  else if (word === 'FOREIGN') readForeignKey(tokens, table, constraint);
  else if (word === 'CHECK') {
    if (constraint !== null) table.checks.push(constraint);
  } else if (word !== 'PERIOD' && tokens.isName) readColumn(tokens, table);
  skipToEnd(tokens);
}

function readKey(tokens: Tokens, table: MysqlTable, constraint: string | null): void {
  const words = new Set<string>();
  while (tokens.type === 'word' && (KEYS.has(tokens.raw.toUpperCase()) || words.size === 0)) {
    words.add(tokens.raw.toUpperCase());
    tokens.next();
  }
  skipWords(tokens, 'IF', 'NOT', 'EXISTS');
  const isNamed = tokens.type === 'identifier' || (tokens.type === 'word' && !tokens.isWord('USING'));
  const name = isNamed ? tokens.value : constraint;
  while (!tokens.isEnd() && !tokens.isPunctuation('(')) tokens.next();
  const columns = readParts(tokens);
  if (words.has('PRIMARY')) table.primary_key = columns;
  else table.keys.push({ name, kind: kindOf(words), unique: words.has('UNIQUE'), columns, ...readParser(tokens) });
}

/** Reads `(a, b(20) DESC, (a + 1))`, from the opening parenthesis to after the closing one. */
function readParts(tokens: Tokens): string[] {
  const parts: string[] = [];
  if (!tokens.isPunctuation('(')) return parts;
  do {
    tokens.next();
    parts.push(readPart(tokens));
  } while (tokens.isPunctuation(','));
  tokens.next();
  return parts;
}

function readPart(tokens: Tokens): string {
  const isName = tokens.isName;
  const { start } = tokens;
  let text = isName ? tokens.value : '';
  if (isName) tokens.next();
  if (tokens.isPunctuation('(')) {
    const from = isName ? tokens.start : start;
    text += tokens.bytes.toString('utf8', from, skipGroup(tokens));
  }
  while (!tokens.isEnd() && !tokens.isPunctuation(',') && !tokens.isPunctuation(')')) {
    if (tokens.isWord('DESC')) text += ' DESC';
    tokens.next();
  }
  return text;
}

function readForeignKey(tokens: Tokens, table: MysqlTable, name: string | null): void {
  while (!tokens.isEnd() && !tokens.isPunctuation('(')) tokens.next();
  addForeignKey(tokens, table, name, readParts(tokens));
}

/** Reads a reference, starting at the word REFERENCES. */
function addForeignKey(tokens: Tokens, table: MysqlTable, name: string | null, columns: string[]): void {
  if (!tokens.isWord('REFERENCES')) return;
  tokens.next();
  const parent = readName(tokens);
  if (parent === undefined) return;
  const key: MysqlForeignKey = {
    name,
    columns,
    parent: { schema: parent.database ?? null, name: parent.name, columns: readParts(tokens) },
    ...readActions(tokens),
  };
  table.foreign_keys.push(key);
}

/** `MATCH FULL ON DELETE CASCADE ON UPDATE NO ACTION`, as far as it goes. */
function readActions(tokens: Tokens): Required<Pick<MysqlForeignKey, 'on_delete' | 'on_update'>> {
  const actions = { on_delete: null, on_update: null } as Required<Pick<MysqlForeignKey, 'on_delete' | 'on_update'>>;
  for (;;) {
    if (tokens.isWord('MATCH')) {
      tokens.next();
      tokens.next();
      continue;
    }
    if (!tokens.isWord('ON')) return actions;
    tokens.next();
    const of = tokens.isWord('DELETE') ? 'on_delete' : 'on_update';
    tokens.next();
    let action = tokens.raw.toLowerCase();
    tokens.next();
    if (action === 'set' || action === 'no') {
      action += ` ${tokens.raw.toLowerCase()}`;
      tokens.next();
    }
    actions[of] = action as ReferentialAction;
  }
}

function readColumn(tokens: Tokens, table: MysqlTable): void {
  const name = tokens.value;
  tokens.next();
  const column: MysqlColumn = {
    ...{ name, type: readType(tokens), character_set: null, collation: null },
    ...{ nullable: true, generated: null, auto_increment: false },
  };
  table.columns.push(column);
  while (!tokens.isEnd() && !tokens.isPunctuation(',') && !tokens.isPunctuation(')')) {
    readAttribute(tokens, table, column);
  }
}

/** The type as written in the dump: `varchar(20)`, `bigint unsigned`. */
function readType(tokens: Tokens): string {
  const { start } = tokens;
  let { end } = tokens;
  tokens.next();
  for (;;) {
    if (tokens.isPunctuation('(')) end = skipGroup(tokens);
    else if (tokens.type === 'word' && OF_TYPE.has(tokens.raw.toUpperCase())) {
      end = tokens.end;
      tokens.next();
    } else return tokens.bytes.toString('utf8', start, end);
  }
}

/** Reads one of a column's attributes, and moves past it. */
function readAttribute(tokens: Tokens, table: MysqlTable, column: MysqlColumn): void {
  const word = tokens.type === 'word' ? tokens.raw.toUpperCase() : '';
  if (tokens.isPunctuation('(')) {
    skipGroup(tokens);
    return;
  }
  if (word === 'REFERENCES') {
    addForeignKey(tokens, table, null, [column.name]);
    return;
  }
  tokens.next();
  switch (word) {
    case 'NOT':
      if (tokens.isWord('NULL')) column.nullable = false;
      break;
    case 'CHARACTER':
      if (!tokens.isWord('SET')) return;
      tokens.next();
      column.character_set = textName(tokens);
      break;
    case 'CHARSET':
      column.character_set = textName(tokens);
      break;
    case 'COLLATE':
      column.collation = textName(tokens);
      break;
    case 'AUTO_INCREMENT':
      column.auto_increment = true;
      return;
    case 'AS':
      // system versioning's AS ROW START isn't a generated value
      if (tokens.isPunctuation('(')) column.generated ??= 'virtual';
      return;
    case 'STORED':
    case 'PERSISTENT':
      column.generated = 'stored';
      return;
    case 'DEFAULT':
    case 'COMMENT':
      // the value may be a word
      if (tokens.isPunctuation('(')) return;
      break;
    case 'UNIQUE':
      table.keys.push({ name: column.name, kind: 'key', unique: true, columns: [column.name] });
      if (!tokens.isWord('KEY')) return;
      break;
    case 'PRIMARY':
    case 'KEY':
      table.primary_key = [column.name];
      column.nullable = false;
      if (!tokens.isWord('KEY')) return;
      break;
    default:
      return;
  }
  tokens.next();
}

/** The name of a character set or collation, after `=` if there is one. */
function textName(tokens: Tokens): string {
  if (tokens.isPunctuation('=')) tokens.next();
  return tokens.value.toLowerCase();
}

function readOptions(tokens: Tokens, table: MysqlTable): void {
  const options = new Map<string, string>();
  while (!tokens.isEnd()) {
    if (tokens.isWord('PARTITION')) {
      table.partitioned = true;
      break;
    }
    if (!tokens.isName || tokens.isWord('DEFAULT')) {
      tokens.next();
      continue;
    }
    const name = optionName(tokens);
    if (name === 'WITH SYSTEM VERSIONING') table.system_versioned = true;
    else options.set(name, optionValue(tokens, name));
  }
  const take = (name: string): string | null => {
    const value = options.get(name) ?? null;
    options.delete(name);
    return value;
  };
  table.engine = take('ENGINE');
  table.row_format = take('ROW_FORMAT')?.toUpperCase() ?? null;
  table.character_set = take('CHARSET')?.toLowerCase() ?? null;
  table.collation = take('COLLATE')?.toLowerCase() ?? null;
  table.auto_increment = take('AUTO_INCREMENT');
  for (const name of OPTIONS_LEFT_OUT) options.delete(name);
  table.options = Object.fromEntries([...options].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the word in capitals, and moves past it. */
function optionName(tokens: Tokens): string {
  let name = tokens.value.toUpperCase();
  tokens.next();
  const next = tokens.type === 'word' ? tokens.raw.toUpperCase() : '';
  const isLong =
    (name === 'CHARACTER' && next === 'SET') || next === 'DIRECTORY' || (name === 'WITH' && next === 'SYSTEM');
  if (!isLong) return name;
  name += ` ${next}`;
  tokens.next();
  if (name === 'WITH SYSTEM' && tokens.isWord('VERSIONING')) {
    name += ' VERSIONING';
    tokens.next();
  }
  return name === 'CHARACTER SET' ? 'CHARSET' : name;
}

function optionValue(tokens: Tokens, name: string): string {
  const isGiven = tokens.isPunctuation('=');
  if (isGiven) tokens.next();
  else if (!VALUED.has(name)) return '';
  if (tokens.isPunctuation('(')) {
    const { start } = tokens;
    return tokens.bytes.toString('utf8', start, skipGroup(tokens));
  }
  const { value } = tokens;
  tokens.next();
  return value;
}

/** Moves from an opening parenthesis to after its closing one. @returns the position of its end */
function skipGroup(tokens: Tokens): number {
  let { end } = tokens;
  for (let depth = 0; !tokens.isEnd(); ) {
    if (tokens.isPunctuation('(')) depth++;
    else if (tokens.isPunctuation(')')) depth--;
    end = tokens.end;
    tokens.next();
    if (depth === 0) break;
  }
  return end;
}

/** Moves to the comma or parenthesis that ends a definition. */
function skipToEnd(tokens: Tokens): void {
  while (!tokens.isEnd() && !tokens.isPunctuation(',') && !tokens.isPunctuation(')')) {
    if (tokens.isPunctuation('(')) skipGroup(tokens);
    else tokens.next();
  }
}

function skipWords(tokens: Tokens, ...words: string[]): void {
  while (words.some((word) => tokens.isWord(word))) tokens.next();
}
