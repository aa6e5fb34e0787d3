import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

/** Other names of one engine. */
const ALIASES: Record<string, string> = { HEAP: 'MEMORY', NDB: 'NDBCLUSTER', MERGE: 'MRG_MYISAM' };

/** The engine's name in SHOW ENGINES, in upper case. */
export function engineOf(name: string): string {
  const upper = name.toUpperCase();
  return ALIASES[upper] ?? upper;
}

/**
 * The edits that change a table to InnoDB if the target doesn't have its engine. Unless NO_ENGINE_SUBSTITUTION is set,
 * a server does that by itself without reporting it, and dumps don't set it.
 * @param hasEngine called with a name in upper case
 */
export function missingEngines(
  statement: SqlStatement,
  hasEngine: (name: string) => boolean,
): { engine: string; edits: Edit[] } | undefined {
  const tokens = new Tokens(statement);
  const edits: Edit[] = [];
  let missing: string | undefined;
  while (tokens.next() !== 'end') {
    if (!tokens.isWord('ENGINE')) continue;
    tokens.next();
    if (tokens.isPunctuation('=')) tokens.next();
    if (!tokens.isName) continue;
    const engine = tokens.value.toUpperCase();
    if (hasEngine(engineOf(engine))) continue;
    missing = engine;
    edits.push({ start: tokens.start, end: tokens.end, replacement: 'InnoDB' });
  }
  return missing === undefined ? undefined : { engine: missing, edits };
}

/**
 * The edits that remove DATA DIRECTORY and INDEX DIRECTORY from a CREATE TABLE. They name a directory on the server
 * that was backed up. On the target, it would be outside the database, and MySQL requires the FILE privilege for it.
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
