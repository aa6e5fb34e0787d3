import type { Edit } from '../rewrite/edits.ts';
import { readSet } from './settings.ts';
import { DUMP_SQL_MODE, type SqlMode, type SqlStatement } from './statement.ts';
import { Tokens } from './tokens.ts';

/** Modes that include ANSI_QUOTES: MySQL's (`--compatible=ansi`), and those of MariaDB alone. */
const ANSI_QUOTES = ['ANSI_QUOTES', 'ANSI', 'ORACLE', 'MSSQL', 'DB2', 'MAXDB', 'POSTGRESQL'];

/** A longer SET isn't read here, because the judge refuses it. */
export const MAX_SET_BYTES = 4096;

/**
 * Tracks how the session reads quotes, from one SET to the next. A dump sets sql_mode to a literal, or back to a
 * variable in which it saved the mode. The judge refuses other ways to set it.
 */
export class SqlModes {
  current: SqlMode = DUMP_SQL_MODE;
  readonly #saved = new Map<string, SqlMode>();

  /** Takes the next statement. */
  follow(statement: SqlStatement): void {
    // Most statements are INSERTs.
    if (statement.literalFrom >= 0 || statement.textEnd - statement.textStart > MAX_SET_BYTES) return;
    const tokens = new Tokens(statement);
    tokens.next();
    if (!tokens.isWord('SET')) return;
    tokens.next();
    const assignments = readSet(tokens);
    if (!Array.isArray(assignments)) return;
    for (const one of assignments) {
      if (one.kind === 'save' && one.of === 'SQL_MODE') this.#saved.set(one.user, this.current);
      else if (one.kind === 'saved' && one.name === 'SQL_MODE') {
        this.current = this.#saved.get(one.user) ?? DUMP_SQL_MODE;
      } else if (one.kind === 'value' && one.name === 'SQL_MODE') this.current = modeOf(one.value ?? '');
    }
  }
}

function modeOf(value: string): SqlMode {
  const modes = value.toUpperCase().split(',');
  const backslashEscapes = !modes.includes('NO_BACKSLASH_ESCAPES');
  const ansiQuotes = ANSI_QUOTES.some((one) => modes.includes(one));
  return backslashEscapes && !ansiQuotes ? DUMP_SQL_MODE : { backslashEscapes, ansiQuotes };
}

/** MySQL 8 no longer has it (ERROR 1231), but dumps of 5.7 and of MariaDB set it. It only affected GRANT. */
const NO_AUTO_CREATE_USER = 'NO_AUTO_CREATE_USER';

/** The edits that remove NO_AUTO_CREATE_USER from the sql_mode in a SET statement. */
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
