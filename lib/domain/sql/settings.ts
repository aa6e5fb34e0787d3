import type { Tokens } from './tokens.ts';
import type { Verdict } from './verdict.ts';

const GLOBAL_SCOPES = new Set(['GLOBAL', 'PERSIST', 'PERSIST_ONLY']);
const SESSION_SCOPES = new Set(['SESSION', 'LOCAL']);
/** Forms of SET that are no assignment: accounts and roles, and MariaDB's SET STATEMENT, which runs another one. */
const OTHER_FORMS = new Set(['PASSWORD', 'DEFAULT', 'ROLE', 'RESOURCE', 'STATEMENT']);

/** mysqldump sets it, and keeps the value before in a variable, around a dump that has a GTID_PURGED. */
const LOG_BIN: Verdict = {
  action: 'leave out',
  what: 'SET SQL_LOG_BIN',
  why: "it would keep the restore out of the binary log, and so from the server's replicas",
};
const PASS: Verdict = { action: 'pass' };

/** Judges a SET from the token after SET on, reading to its end. */
export function judgeSet(tokens: Tokens): Verdict {
  while (!tokens.isEnd()) {
    const verdict = judgeAssignment(tokens);
    if (verdict.action !== 'pass') return verdict;
    skipPastComma(tokens);
  }
  return PASS;
}

function judgeAssignment(tokens: Tokens): Verdict {
  if (tokens.isPunctuation('@')) {
    tokens.next();
    const name = tokens.value;
    return name.toUpperCase() === 'MYSQLDUMP_TEMP_LOG_BIN' ? LOG_BIN : PASS;
  }
  const system = tokens.isPunctuation('@@');
  if (system) tokens.next();
  let scope = tokens.isName ? tokens.value.toUpperCase() : '';
  if (!system && OTHER_FORMS.has(scope)) return { action: 'refuse', what: `SET ${scope}`, why: 'server' };
  if (GLOBAL_SCOPES.has(scope) || SESSION_SCOPES.has(scope)) {
    tokens.next();
    if (tokens.isPunctuation('.')) tokens.next();
  } else scope = '';
  const name = tokens.value.toUpperCase();
  const shown = system ? `@@${scope}${scope && '.'}${name}` : `${scope}${scope && ' '}${name}`;
  if (GLOBAL_SCOPES.has(scope)) {
    return { action: 'leave out', what: `SET ${shown}`, why: 'it would change the whole server' };
  }
  return name === 'SQL_LOG_BIN' ? LOG_BIN : PASS;
}

function skipPastComma(tokens: Tokens): void {
  let depth = 0;
  while (tokens.next() !== 'end') {
    if (tokens.isPunctuation('(')) depth++;
    else if (tokens.isPunctuation(')')) depth--;
    else if (depth === 0 && tokens.isPunctuation(',')) {
      tokens.next();
      return;
    }
  }
}
