import { RestoreError } from '../../../errors/errors.ts';
import type { SqlStatement } from '../reader/statement.ts';
import type { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

export interface Column {
  name: string;
  generated: boolean;
  /** The columns that an INSERT without a list of columns leaves out. */
  invisible: boolean;
}

/**
 * Words other than a column's name with which a part of a table's definition may start. Without quotes, they are
 * reserved words or followed by KEY.
 */
const NO_COLUMN = new Set(
  'PRIMARY KEY UNIQUE INDEX FULLTEXT SPATIAL VECTOR CONSTRAINT CHECK FOREIGN PERIOD LIKE'.split(' '),
);

/** The columns of a CREATE TABLE, read from after the table's name. None if it has no definitions. */
export function readColumns(tokens: Tokens): Column[] {
  const columns: Column[] = [];
  if (!tokens.isPunctuation('(')) return columns;
  let column: Column | undefined;
  let afterAs = false;
  let atStart = true;
  for (let depth = 1; depth > 0 && tokens.next() !== 'end'; ) {
    if (tokens.isPunctuation('(')) {
      // `GENERATED ALWAYS AS (…)` or `AS (…)`; system versioning's `AS ROW START` has no parenthesis
      if (depth === 1 && afterAs && column !== undefined) column.generated = true;
      depth++;
    } else if (tokens.isPunctuation(')')) depth--;
    else if (depth === 1 && tokens.isPunctuation(',')) {
      atStart = true;
      column = undefined;
      continue;
    } else if (depth === 1 && atStart && tokens.isName) {
      const isColumn = tokens.type === 'identifier' || !NO_COLUMN.has(tokens.raw.toUpperCase());
      column = isColumn ? { name: tokens.value, generated: false, invisible: false } : undefined;
      if (column !== undefined) columns.push(column);
    } else if (depth === 1 && column !== undefined && tokens.isWord('INVISIBLE')) column.invisible = true;
    atStart = false;
    afterAs = depth === 1 && tokens.isWord('AS');
  }
  return columns;
}

/**
 * The edits that replace each value of a generated column with DEFAULT, in an INSERT or REPLACE … VALUES that is read
 * from after the table's name. MySQL accepts nothing else for such a column (ERROR 3105), but mariadb-dump writes the
 * values.
 */
export function defaultsForGenerated(tokens: Tokens, columns: readonly Column[], statement: SqlStatement): Edit[] {
  const written = tokens.isPunctuation('(') ? readColumnList(tokens, columns) : columns.filter((one) => !one.invisible);
  const edits: Edit[] = [];
  if (!written.some((column) => column?.generated)) return edits;
  if (!tokens.isWord('VALUES') && !tokens.isWord('VALUE')) return edits;
  while (tokens.next() !== 'end') {
    if (tokens.isPunctuation(',')) continue;
    if (!tokens.isPunctuation('(')) return edits; // ON DUPLICATE KEY UPDATE …
    const count = readRow(tokens, written, edits);
    if (count === written.length) continue;
    throw new RestoreError(
      `line ${statement.line}: a row of ${count} values for a table of ${written.length} columns, some of them generated`,
      { hint: 'Restore another backup: this dump contradicts itself.' },
    );
  }
  return edits;
}

/** Reads one row, from its opening to its closing parenthesis. Returns its number of values. */
function readRow(tokens: Tokens, written: readonly (Column | undefined)[], edits: Edit[]): number {
  let ordinal = 0;
  let start = -1;
  let end = -1;
  let isDefault = false;
  for (let depth = 1; depth > 0 && tokens.next() !== 'end'; ) {
    const char = tokens.type === 'punctuation' ? tokens.bytes[tokens.start] : 0;
    if (char === 0x28) depth++;
    else if (char === 0x29) depth--;
    if (depth === 0 || (depth === 1 && char === 0x2c)) {
      if (written[ordinal]?.generated && !isDefault) edits.push({ start, end, replacement: 'DEFAULT' });
      ordinal++;
      start = -1;
    } else {
      isDefault = start < 0 && tokens.isWord('DEFAULT');
      if (start < 0) start = tokens.start;
      end = tokens.end;
    }
  }
  return ordinal;
}

/** Reads the columns in `(a, b)`, from its opening parenthesis to after its closing one. */
function readColumnList(tokens: Tokens, columns: readonly Column[]): (Column | undefined)[] {
  const list: (Column | undefined)[] = [];
  while (tokens.next() !== 'end' && !tokens.isPunctuation(')')) {
    if (!tokens.isName) continue;
    const name = tokens.value.toLowerCase();
    list.push(columns.find((column) => column.name.toLowerCase() === name));
  }
  tokens.next();
  return list;
}
