import { isSpace } from '../reader/bytes.ts';
import type { Tokens } from '../reader/tokens.ts';
import type { Edit } from '../rewrite/edits.ts';

/** The `DEFINER=account` in the head of a view, trigger, event or routine. */
export interface Definer {
  user: string;
  host: string;
  /** The range to cut to remove it. It includes the executable comment around it if nothing else is in the comment. */
  removal: Edit;
}

/**
 * Reads the clause from the word DEFINER on and moves past it. Undefined for CURRENT_USER and CURRENT_ROLE, which name
 * no account and mean the same as no clause. A missing host means `%`, as for the servers.
 */
export function readDefiner(tokens: Tokens): Definer | undefined {
  const { start, commentStart } = tokens;
  tokens.next();
  if (!tokens.isPunctuation('=')) return undefined;
  tokens.next();
  const isCurrent = tokens.isWord('CURRENT_USER') || tokens.isWord('CURRENT_ROLE');
  const user = tokens.value;
  let host = '%';
  let { end } = tokens;
  tokens.next();
  if (isCurrent) {
    if (tokens.isPunctuation('(')) {
      tokens.next();
      tokens.next();
    }
    return undefined;
  }
  if (tokens.isPunctuation('@')) {
    tokens.next();
    host = tokens.value;
    end = tokens.end;
    const quoted = tokens.type === 'identifier' || tokens.type === 'string';
    tokens.next();
    // hosts without quotes: db-1.example.org, 10.0.0.1
    const goesOn = () =>
      tokens.isPunctuation('.') || tokens.isPunctuation('-') || tokens.isName || tokens.type === 'number';
    while (!quoted && tokens.start === end && goesOn()) {
      host += tokens.value;
      end = tokens.end;
      tokens.next();
    }
  }
  return { user, host, removal: { ...removalRange(tokens.bytes, start, end, commentStart), replacement: '' } };
}

function removalRange(bytes: Buffer, start: number, end: number, commentStart: number): { start: number; end: number } {
  let after = end;
  while (isSpace(bytes[after])) after++;
  if (commentStart < 0) return { start, end: after };
  const mark = bytes.toString('latin1', commentStart, start);
  const closes = bytes.toString('latin1', after, after + 2) === '*/';
  return closes && /^\/\*M?!\d*\s*$/.test(mark) ? { start: commentStart, end: after + 2 } : { start, end };
}
