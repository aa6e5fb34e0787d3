import type { Tokens, TokenType } from '../reader/tokens.ts';

/**
 * Functions on literals that tools write into rows. All of them are built into every supported server, so that none can
 * be a function of the dump's own:
 * - UNHEX, FROM_BASE64: DBeaver, HeidiSQL and others for binary values; mysqldump and mariadb-dump write 0x…
 *   (--hex-blob).
 * - ST_GeomFromText, ST_GeomFromWKB: MySQL Workbench, phpMyAdmin; the dump tools write the bytes.
 * - CONVERT(… USING …), CAST(… AS …): mydumper, for JSON.
 */
const FUNCTIONS = new Set('UNHEX FROM_BASE64 ST_GEOMFROMTEXT ST_GEOMFROMWKB CONVERT CAST'.split(' '));
const CONSTANTS = new Set(['NULL', 'TRUE', 'FALSE']);
/** Prefixes of strings: bits, hex, or the national character set. */
const PREFIXES = new Set(['B', 'X', 'N']);
/** A string's character set: `_binary` as written by mysqldump and mariadb-dump. */
const INTRODUCER = /^_[a-z][a-z0-9]*$/i;

export interface RowsFound {
  fault: string | undefined;
  /** Whether a value is missing, so that the column's default applies. */
  hasDefault: boolean;
  /** How many rows there are. */
  count: number;
}

/**
 * Reads `(…), (…)` to the statement's end.
 * @returns the first part that isn't a literal value, if there is one.
 */
export function readRows(tokens: Tokens): RowsFound {
  const found: RowsFound = { fault: undefined, hasDefault: false, count: 0 };
  for (;;) {
    if (!tokens.isPunctuation('(')) return { ...found, fault: 'rows that are not literal' };
    tokens.next();
    if (!tokens.isPunctuation(')')) {
      for (;;) {
        found.fault = valueFault(tokens, found);
        if (found.fault !== undefined) return found;
        if (tokens.isPunctuation(')')) break;
        if (!tokens.isPunctuation(',')) return { ...found, fault: 'a value that is not a literal' };
        tokens.next();
      }
    } else found.hasDefault = true;
    found.count++;
    tokens.next();
    if (tokens.isEnd()) return found;
    if (!tokens.isPunctuation(','))
      return { ...found, fault: tokens.type === 'word' ? wordsAfter(tokens) : 'more than rows' };
    tokens.next();
  }
}

/** Reads one value, and moves past it. */
function valueFault(tokens: Tokens, found: RowsFound): string | undefined {
  if (tokens.type === 'string') {
    while (tokens.type === 'string') tokens.next();
    return undefined;
  }
  if (tokens.type !== 'word') return numberFault(tokens);
  const word = tokens.raw.toUpperCase();
  const { end } = tokens;
  const following: TokenType = tokens.next();
  if (CONSTANTS.has(word)) return undefined;
  if (word === 'DEFAULT') {
    found.hasDefault = true;
    return tokens.isPunctuation('(') ? 'DEFAULT (…)' : undefined;
  }
  if (INTRODUCER.test(word) || (PREFIXES.has(word) && tokens.start === end)) {
    if (following !== 'string' && following !== 'number') return `a value that is not a literal (${word})`;
    return valueFault(tokens, found);
  }
  if (tokens.isPunctuation('('))
    return FUNCTIONS.has(word) ? argumentsFault(tokens, found) : `a call of ${shown(word)}`;
  return word === 'SELECT' ? word : `a value that is not a literal (${shown(word)})`;
}

function numberFault(tokens: Tokens): string | undefined {
  let count = 0;
  const isPart = () =>
    tokens.type === 'number' || tokens.isPunctuation('-') || tokens.isPunctuation('+') || tokens.isPunctuation('.');
  for (; isPart(); tokens.next()) count++;
  if (count > 0) return undefined;
  return tokens.isPunctuation('(') ? 'an expression in parentheses' : 'a value that is not a literal';
}

/** `(value, …)`, also `(value USING character_set)` and `(value AS type)`. */
function argumentsFault(tokens: Tokens, found: RowsFound): string | undefined {
  for (;;) {
    tokens.next();
    const fault = valueFault(tokens, found);
    if (fault !== undefined) return fault;
    if (tokens.isWord('USING') || tokens.isWord('AS')) {
      tokens.next();
      while (tokens.type === 'word') tokens.next();
    }
    if (tokens.isPunctuation(')')) {
      tokens.next();
      return undefined;
    }
    if (!tokens.isPunctuation(',')) return 'a value that is not a literal';
  }
}

function wordsAfter(tokens: Tokens): string {
  return tokens.isWord('ON') ? 'ON DUPLICATE KEY UPDATE' : shown(tokens.raw.toUpperCase());
}

/** The part of a word that may appear in a log. A word may be anything. */
function shown(word: string): string {
  return /^\w{1,64}$/.test(word) ? word : '…';
}
