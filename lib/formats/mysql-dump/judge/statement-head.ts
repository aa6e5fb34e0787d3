import { type ObjectName, readName } from '../reader/names.ts';
import type { Tokens } from '../reader/tokens.ts';
import { type Definer, readDefiner } from './definer.ts';

/** What a statement does, and to which objects: everything that its first words show. */
export interface Head {
  /**
   * The verb, and the kind of object if there is one, in upper case: `INSERT`, `CREATE TABLE`. Empty for an empty
   * statement.
   */
  what: string;
  /** The objects that it changes; undefined if they could not be read. */
  names: ObjectName[] | undefined;
  definer?: Definer | undefined;
  /** False if it may leave existing objects as they are: IF NOT EXISTS, or TEMPORARY. */
  isNew?: boolean;
}

/** Words between CREATE, ALTER or DROP and the kind of object. Those that have a value are below. */
const MODIFIERS = new Set(
  'OR REPLACE TEMPORARY AGGREGATE UNIQUE FULLTEXT SPATIAL VECTOR IGNORE ONLINE OFFLINE'.split(' '),
);
const INSERT_MODIFIERS = new Set('LOW_PRIORITY DELAYED HIGH_PRIORITY IGNORE INTO'.split(' '));
const LISTS = new Set(['DROP TABLE', 'DROP VIEW', 'DROP SEQUENCE', 'LOCK TABLES', 'ANALYZE TABLE']);
/** For these, the table that they change is named after ON. */
const ON_TABLE = new Set(['CREATE TRIGGER', 'CREATE INDEX', 'DROP INDEX']);
/** ALTER DATABASE without a name, which means the current database, continues with one of these. */
const DATABASE_OPTIONS = new Set('DEFAULT CHARACTER CHARSET COLLATE ENCRYPTION READ COMMENT'.split(' '));
const SYNONYMS: Record<string, string> = { SCHEMA: 'DATABASE', TABLES: 'TABLE' };

/** Reads the head, from the statement's start. Afterwards, `tokens` is on the first token after it. */
export function readHead(tokens: Tokens): Head {
  tokens.next();
  if (tokens.isEnd()) return { what: '', names: [] };
  const verb = takeWord(tokens);
  switch (verb) {
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      return readDefinition(tokens, verb);
    case 'INSERT':
    case 'REPLACE':
      skipWords(tokens, INSERT_MODIFIERS);
      return { what: verb, names: oneName(tokens) };
    case 'LOCK': {
      const object = takeWord(tokens);
      return object === 'TABLES' || object === 'TABLE'
        ? { what: 'LOCK TABLES', names: nameList(tokens) }
        : { what: `LOCK ${object}`, names: [] };
    }
    case 'ANALYZE':
      skipWords(tokens, new Set(['NO_WRITE_TO_BINLOG', 'LOCAL']));
      return { what: `ANALYZE ${synonym(takeWord(tokens))}`, names: nameList(tokens) };
    case 'TRUNCATE':
      skipWords(tokens, new Set(['TABLE']));
      return { what: 'TRUNCATE TABLE', names: oneName(tokens) };
    case 'DO':
    case 'SELECT': {
      // SETVAL sets a MariaDB sequence; a dump calls nothing else
      const isSetval = tokens.isWord('SETVAL');
      tokens.next();
      if (!isSetval || !tokens.isPunctuation('(')) return { what: verb, names: [] };
      tokens.next();
      return { what: `${verb} SETVAL`, names: oneName(tokens) };
    }
    case 'SET':
    case 'BEGIN':
    case 'COMMIT':
    case 'ROLLBACK':
    case 'USE':
      return { what: verb, names: [] };
    default: {
      const second = tokens.type === 'word' ? ` ${takeWord(tokens)}` : '';
      return { what: verb + second, names: [] };
    }
  }
}

/** Reads the rest of CREATE, ALTER and DROP, after the verb. */
function readDefinition(tokens: Tokens, verb: string): Head {
  let definer: Definer | undefined;
  let isNew = true;
  for (;;) {
    if (tokens.isWord('TEMPORARY')) isNew = false;
    if (tokens.isWord('DEFINER')) definer = readDefiner(tokens);
    else if (tokens.isWord('ALGORITHM')) {
      tokens.next();
      tokens.next();
      tokens.next();
    } else if (tokens.isWord('SQL')) {
      tokens.next();
      tokens.next();
      tokens.next();
    } else if (tokens.type === 'word' && MODIFIERS.has(tokens.raw.toUpperCase())) tokens.next();
    else break;
  }
  let what = `${verb} ${synonym(takeWord(tokens))}`;
  if (what.endsWith(' PACKAGE')) skipWords(tokens, new Set(['BODY']));
  if (tokens.isWord('IF')) isNew = false;
  skipWords(tokens, new Set(['IF', 'NOT', 'EXISTS']));
  if (what === 'ALTER DATABASE' && tokens.type === 'word' && DATABASE_OPTIONS.has(tokens.raw.toUpperCase())) {
    return { what, names: [], isNew };
  }
  const names = LISTS.has(what) ? nameList(tokens) : oneName(tokens);
  if (ON_TABLE.has(what)) {
    while (!tokens.isEnd() && !tokens.isWord('ON')) tokens.next();
    tokens.next();
    const table = readName(tokens);
    if (table === undefined) return { what, names: undefined, definer, isNew };
    names?.push(table);
  }
  // a function from a library: an object of the whole server, not a stored function
  if (what === 'CREATE FUNCTION' && tokens.isWord('RETURNS')) {
    tokens.next();
    tokens.next();
    if (tokens.isWord('SONAME')) what = 'CREATE FUNCTION … SONAME';
  }
  return { what, names, definer, isNew };
}

function oneName(tokens: Tokens): ObjectName[] | undefined {
  const name = readName(tokens);
  return name === undefined ? undefined : [name];
}

/**
 * Reads names up to the statement's end. Between a name and the next comma, anything may follow (`t` READ LOCAL, `u`
 * WRITE).
 */
function nameList(tokens: Tokens): ObjectName[] | undefined {
  const names: ObjectName[] = [];
  while (!tokens.isEnd()) {
    const name = readName(tokens);
    if (name === undefined) return undefined;
    names.push(name);
    while (!tokens.isEnd() && !tokens.isPunctuation(',')) tokens.next();
    tokens.next();
  }
  return names;
}

function takeWord(tokens: Tokens): string {
  const word = tokens.type === 'word' ? tokens.raw.toUpperCase() : '?';
  tokens.next();
  return word;
}

function skipWords(tokens: Tokens, words: ReadonlySet<string>): void {
  while (tokens.type === 'word' && words.has(tokens.raw.toUpperCase())) tokens.next();
}

function synonym(word: string): string {
  return SYNONYMS[word] ?? word;
}
