import type { Edit } from './edits.ts';
import { DUMP_SQL_MODE, type SqlMode, type SqlStatement } from './statement.ts';
import { Tokens } from './tokens.ts';

/** Modes that bring ANSI_QUOTES with them: MySQL's (`--compatible=ansi`), and those that only MariaDB has. */
const ANSI_QUOTES = ['ANSI_QUOTES', 'ANSI', 'ORACLE', 'MSSQL', 'DB2', 'MAXDB', 'POSTGRESQL'];

/**
 * How quotes are read after this statement, undefined when it does not set sql_mode. Dumps set it to a literal, or back
 * to a variable that they saved it in before; what was saved is the dump's own mode.
 */
export function sqlModeAfter(statement: SqlStatement): SqlMode | undefined {
  // Most statements are INSERTs, and go by their first letter.
  const first = statement.bytes[statement.textStart];
  if (first === 0x49 || first === 0x69) return undefined;
  const tokens = new Tokens(statement);
  tokens.next();
  if (!tokens.isWord('SET')) return undefined;
  let mode: SqlMode | undefined;
  while (tokens.next() !== 'end') {
    if (!tokens.isWord('SQL_MODE')) continue;
    tokens.next();
    if (tokens.isPunctuation(':')) tokens.next();
    if (!tokens.isPunctuation('=')) continue;
    const modes = tokens.next() === 'string' ? tokens.value.toUpperCase().split(',') : [];
    const backslashEscapes = !modes.includes('NO_BACKSLASH_ESCAPES');
    const ansiQuotes = ANSI_QUOTES.some((one) => modes.includes(one));
    mode = backslashEscapes && !ansiQuotes ? DUMP_SQL_MODE : { backslashEscapes, ansiQuotes };
  }
  return mode;
}

/** Gone from MySQL 8 (ERROR 1231), though dumps of 5.7 and of MariaDB set it. It was about GRANT alone. */
const NO_AUTO_CREATE_USER = 'NO_AUTO_CREATE_USER';

/** The edits that take NO_AUTO_CREATE_USER out of the sql_mode that a SET statement sets. */
export function withoutAutoCreateUser(statement: SqlStatement): Edit[] {
  const edits: Edit[] = [];
  if (!statement.text.includes(NO_AUTO_CREATE_USER)) return edits;
  const tokens = new Tokens(statement);
  while (tokens.next() !== 'end') {
    if (!tokens.isWord('SQL_MODE')) continue;
    tokens.next();
    if (!tokens.isPunctuation('=') || tokens.next() !== 'string') continue;
    const kept = tokens.value.split(',').filter((mode) => mode.toUpperCase() !== NO_AUTO_CREATE_USER);
    edits.push({ start: tokens.start, end: tokens.end, replacement: `'${kept.join(',')}'` });
  }
  return edits;
}
