import { BACKSLASH, NEWLINE } from '../reader/bytes.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

/**
 * The edits that remove each backslash directly before a line end in a string. The server ignores such a backslash and
 * keeps the line end, but MariaDB's client with --binary-mode replaces it with a NUL, in the text of a routine.
 */
export function escapedNewlines(statement: SqlStatement): Edit[] {
  const edits: Edit[] = [];
  if (!statement.hasEscapedNewline) return edits;
  const tokens = new Tokens(statement);
  while (tokens.next() !== 'end') {
    if (tokens.type !== 'string') continue;
    for (let at = tokens.start; at < tokens.end; at++) {
      if (tokens.bytes[at] !== BACKSLASH) continue;
      if (tokens.bytes[at + 1] === NEWLINE) edits.push({ start: at, end: at + 1, replacement: '' });
      at++;
    }
  }
  return edits;
}
