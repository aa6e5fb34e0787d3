/**
 * Splits short SQL texts into statements and tokens, to check them before a server gets them. If the server and this
 * file might disagree about a text, the text is refused. So one token here is never several tokens for the server.
 */

import { Unaccepted } from '../plain/refusal.ts';
import { PlainLexer, type TokenKind } from './lexer.ts';

export interface SqlToken {
  readonly kind: TokenKind;
  /** A word in lower case; a name without its quotes; empty for a string. */
  readonly value: string;
}

export interface SqlText {
  /** Without their semicolons; empty statements are left out. */
  readonly statements: readonly (readonly SqlToken[])[];
  /** The same statements as written in the text. */
  readonly texts: readonly string[];
  readonly hasComments: boolean;
}

/** The characters of punctuation and operators. */
const SYMBOLS = new Set('-+*/<>=~!@#%^&|`?,()[].;:');

function tokenAt({ bytes, kind, start, end }: PlainLexer): SqlToken {
  if (kind === 'string' || kind === 'name') {
    if (/^u&/i.test(bytes.toString('latin1', start, start + 2)))
      throw new Unaccepted('it has names or strings with Unicode escapes (U&)');
    return { kind, value: kind === 'string' ? '' : bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"') };
  }
  const text = bytes.toString('utf8', start, end);
  if (kind === 'symbol' && !SYMBOLS.has(text)) throw new Unaccepted(`"${text}" at byte ${start} can't be read`);
  return { kind, value: kind === 'word' ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text };
}

export function isWord(token: SqlToken | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.value);
}

export function isSymbol(token: SqlToken | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}

/** Whether the statement so far creates a routine, whose body may contain statements between BEGIN ATOMIC and END. */
function makesRoutine(statement: readonly SqlToken[]): boolean {
  const at = isWord(statement[1], 'or') && isWord(statement[2], 'replace') ? 3 : 1;
  return isWord(statement[0], 'create') && isWord(statement[at], 'function', 'procedure');
}

/**
 * Splits a text into statements as the server does. A semicolon in parentheses (the actions of a rule) or in the body
 * of a routine doesn't end a statement. Such a body ends at the first END that follows a semicolon or ATOMIC. The END
 * of a CASE, or a column with that name, never does.
 * @param standardStrings the session's `standard_conforming_strings`
 * @throws Unaccepted
 */
export function readSql(text: string, standardStrings = true): SqlText {
  if (text.includes('\0')) throw new Unaccepted('it has a zero byte');
  const bytes = Buffer.from(text);
  const lexer = new PlainLexer(bytes, !standardStrings);
  const statements: SqlToken[][] = [];
  const texts: string[] = [];
  let start = 0;
  let statement: SqlToken[] = [];
  let depth = 0;
  let inBody = false;
  const endAt = (end: number) => {
    if (statement.length > 0) {
      statements.push(statement);
      texts.push(bytes.toString('utf8', start, end).trim());
    }
    statement = [];
  };
  while (lexer.next(true)) {
    const token = tokenAt(lexer);
    const before = statement.at(-1);
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
    if (depth < 0) throw new Unaccepted('its parentheses do not match');
    if (depth === 0 && inBody) {
      if (isWord(token, 'end') && (isSymbol(before, ';') || isWord(before, 'atomic'))) inBody = false;
    } else if (depth === 0 && isWord(token, 'atomic') && isWord(before, 'begin') && makesRoutine(statement)) {
      inBody = true;
    } else if (depth === 0 && isSymbol(token, ';')) {
      endAt(lexer.start);
      start = lexer.end;
      continue;
    }
    statement.push(token);
  }
  if (lexer.isOpen) throw new Unaccepted('a string, a name or a comment has no end');
  if (depth !== 0) throw new Unaccepted('its parentheses do not match');
  if (inBody) throw new Unaccepted('the body of a routine has no end');
  endAt(bytes.length);
  return { statements, texts, hasComments: lexer.hasComments };
}
