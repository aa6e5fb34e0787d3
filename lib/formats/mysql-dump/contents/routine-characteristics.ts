/** What a stored function says of itself between the type that it returns and its body. */
import type { Tokens } from '../reader/tokens.ts';

/**
 * Whether it says that it is DETERMINISTIC, NO SQL or READS SQL DATA: servers with a binary log refuse others, unless
 * log_bin_trust_function_creators is on.
 * @param tokens on the first one after the function's name
 */
export function isSafeToLog(tokens: Tokens): boolean {
  let hasType = false;
  let before = '';
  for (let depth = 0; !tokens.isEnd(); tokens.next()) {
    if (tokens.isPunctuation('(')) depth++;
    else if (tokens.isPunctuation(')')) depth--;
    if (depth > 0) continue;
    const word = tokens.type === 'word' ? tokens.raw.toUpperCase() : '';
    // in MariaDB's sql_mode ORACLE, the type stands behind RETURN, too
    if (word === 'BEGIN' || (word === 'RETURN' && hasType)) return false;
    if (word === 'RETURN' || word === 'RETURNS') hasType = true;
    if (word === 'DETERMINISTIC' && before !== 'NOT') return true;
    if (word === 'SQL' && (before === 'NO' || before === 'READS')) return true;
    before = word;
  }
  return false;
}
