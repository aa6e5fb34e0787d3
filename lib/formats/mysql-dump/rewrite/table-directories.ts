import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

/**
 * The edits that remove DATA DIRECTORY and INDEX DIRECTORY from a CREATE TABLE: they name a directory on the server
 * that was backed up. On the target, it would be outside the database, and MySQL requires the FILE right for it.
 */
export function tableDirectories(statement: SqlStatement): Edit[] {
  const edits: Edit[] = [];
  if (!/directory/i.test(statement.text.toString('latin1'))) return edits;
  const tokens = new Tokens(statement);
  while (tokens.next() !== 'end') {
    if (!tokens.isWord('DATA') && !tokens.isWord('INDEX')) continue;
    const { start } = tokens;
    tokens.next();
    if (!tokens.isWord('DIRECTORY')) continue;
    tokens.next();
    if (tokens.isPunctuation('=')) tokens.next();
    if (tokens.type === 'string') edits.push({ start, end: tokens.end, replacement: '' });
  }
  return edits;
}
