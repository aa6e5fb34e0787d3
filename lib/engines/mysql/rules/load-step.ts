import { readHead } from '../../../formats/mysql-dump/judge/statement-head.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { Tokens } from '../../../formats/mysql-dump/reader/tokens.ts';
import { type SplitTable, splitTable } from '../../../formats/mysql-dump/rewrite/split-table.ts';

/**
 * What a statement means for a load with several sessions.
 * - `nothing`: it only has comments.
 * - `setting`: it changes the session, so every session that reads the following statements needs it.
 * - `commit`: it is about transactions, which mariadb-dump puts around a table's rows. With several sessions, each
 *   INSERT is a transaction.
 * - `drop`: it drops a table that is recreated, and affects nothing else.
 * - `create`, `rows`, `keys` (DISABLE or ENABLE KEYS), `lock`, `unlock`: it belongs to one table.
 * - `object`: a sequence, or a table that isn't split. It needs what comes before it in the dump.
 * - `other`: it isn't known to be harmless.
 */
export type LoadStep =
  | { kind: 'nothing' | 'commit' | 'unlock' }
  | { kind: 'setting'; of: 'character set' | 'checks' | 'anything' }
  | { kind: 'drop' | 'rows' | 'keys' | 'lock'; names: string[] }
  | { kind: 'create'; table: SplitTable }
  | { kind: 'object'; what: string; table?: string | undefined }
  | { kind: 'other'; what: string };

/**
 * What a piece means for the session of the connection's own user. That user creates everything with a definer, because
 * the user who loads the rows is dropped after the load, and has no rights for it.
 * - `setting`: this session needs the same settings as the others for what follows.
 * - `placeholder`: a view that needs nothing of what comes before it, or the drop of one (MySQL only lets a SYSTEM_USER
 *   drop another SYSTEM_USER's view).
 * - `definition`: another view, a routine or event, or the drop of one.
 * - `trigger`
 */
export type DefinitionStep = { kind: 'setting' | 'placeholder' | 'definition' } | { kind: 'trigger'; table: string };

const DEFINITIONS = new Set([
  'ALTER DATABASE', // everything that follows is created with this collation of the database
  'CREATE EVENT',
  'CREATE FUNCTION',
  'CREATE LIBRARY',
  'CREATE PACKAGE',
  'CREATE PROCEDURE',
  'DROP EVENT',
  'DROP FUNCTION',
  'DROP LIBRARY',
  'DROP PACKAGE',
  'DROP PROCEDURE',
  'DROP TRIGGER',
]);

/** Classifies a piece as it will be sent; undefined if it is about tables and rows. */
export function definitionStep(statement: SqlStatement): DefinitionStep | undefined {
  // Most statements are INSERTs, which are recognised by their first letter.
  const first = statement.bytes[statement.textStart];
  if (statement.kind !== 'statement' || first === 0x49 || first === 0x69) return undefined;
  const tokens = new Tokens(statement);
  const { what, names } = readHead(tokens);
  if (what === 'SET') return { kind: 'setting' };
  if (what === 'DROP VIEW') return { kind: 'placeholder' };
  if (what === 'CREATE VIEW') return { kind: readsNothing(tokens) ? 'placeholder' : 'definition' };
  if (what === 'CREATE TRIGGER') return { kind: 'trigger', table: names?.[1]?.name ?? '' };
  return DEFINITIONS.has(what) ? { kind: 'definition' } : undefined;
}

const OBJECTS = new Set([
  'ALTER SEQUENCE',
  'ANALYZE TABLE',
  'CREATE SEQUENCE',
  'DO SETVAL',
  'DROP SEQUENCE',
  'SELECT SETVAL',
]);
/** The only position in which ON DUPLICATE KEY UPDATE can be. */
const CLAUSE_BYTES = 1024;

/**
 * Classifies a piece as it will be sent, which is after the filter.
 * @param needKeyOf see `splitTable`, as for keepUnique.
 */
export function loadStep(statement: SqlStatement, needKeyOf: (table: string) => boolean, keepUnique = false): LoadStep {
  if (statement.kind === 'delimiter-command') return { kind: 'setting', of: 'anything' };
  if (statement.kind !== 'statement') return { kind: 'nothing' };
  const tokens = new Tokens(statement);
  const { what, names: found } = readHead(tokens);
  const names = found?.map(({ name }) => name) ?? [];
  const [first] = names;
  switch (what) {
    case '':
      return { kind: 'nothing' };
    case 'SET':
      return settingOf(statement.text.toString('latin1').toUpperCase());
    case 'COMMIT':
      return { kind: 'commit' };
    case 'DROP TABLE':
      return { kind: 'drop', names };
    case 'CREATE TABLE': {
      const table = splitTable(statement, needKeyOf, keepUnique);
      if (table !== undefined) return { kind: 'create', table };
      // from here on, MySQL doesn't create a table that this refers to unless the table has the key for that
      return has(tokens, 'REFERENCES')
        ? { kind: 'other', what: `${what} … REFERENCES` }
        : { kind: 'object', what, table: first };
    }
    case 'INSERT':
      return first !== undefined && isPlainInsert(statement) ? { kind: 'rows', names } : { kind: 'other', what };
    case 'ALTER TABLE':
      return tokens.isWord('DISABLE') || tokens.isWord('ENABLE') ? { kind: 'keys', names } : { kind: 'other', what };
    case 'LOCK TABLES':
      return { kind: 'lock', names };
    case 'UNLOCK TABLES':
      return { kind: 'unlock' };
    default:
      return OBJECTS.has(what) ? { kind: 'object', what } : { kind: 'other', what };
  }
}

/**
 * The settings that a dump's beginning must have if its tables are to be loaded in parts: only then may foreign keys
 * come in any order.
 */
const NEEDED = [/\bFOREIGN_KEY_CHECKS\s*=\s*0/, /\bUNIQUE_CHECKS\s*=\s*0/, /[^@_]\bSQL_MODE\s*=\s*'/];

/** Whether these settings are the beginning of a dump by mysqldump or mariadb-dump. */
export function isKnownHead(settings: readonly Buffer[]): boolean {
  const text = settings.map((one) => one.toString('latin1').toUpperCase()).join('\n');
  return NEEDED.every((pattern) => pattern.test(text));
}

function settingOf(text: string): LoadStep {
  if (text.includes('SELECT')) return { kind: 'other', what: 'SET … SELECT' };
  if (text.includes('AUTOCOMMIT')) return { kind: 'commit' };
  if (/FOREIGN_KEY_CHECKS|UNIQUE_CHECKS|@OLD_SQL_MODE/.test(text)) return { kind: 'setting', of: 'checks' };
  return { kind: 'setting', of: text.includes('CHARACTER_SET_CLIENT') ? 'character set' : 'anything' };
}

/** Whether the bare word occurs in the rest. */
function has(tokens: Tokens, word: string): boolean {
  for (; !tokens.isEnd(); tokens.next()) if (tokens.isWord(word)) return true;
  return false;
}

/** mysqldump writes `CREATE VIEW v AS SELECT 1 AS a, …` if other views may need the view before it is created. */
function readsNothing(tokens: Tokens): boolean {
  for (; !tokens.isEnd(); tokens.next()) {
    if (tokens.isWord('FROM') || tokens.isPunctuation('(')) return false;
  }
  return true;
}

/** `INSERT INTO t [(…)] VALUES …` in which no row depends on another. */
function isPlainInsert(statement: SqlStatement): boolean {
  const tokens = new Tokens(statement);
  tokens.next();
  tokens.next();
  if (!tokens.isWord('INTO')) return false;
  while (!tokens.isWord('VALUES')) {
    if (tokens.next() === 'end' || tokens.isWord('SELECT')) return false;
  }
  const tail = statement.text.subarray(-CLAUSE_BYTES).toString('latin1');
  return !/\bON\s+DUPLICATE\s+KEY\b/i.test(tail);
}
