/** What the judge looks at of a statement. */
import { PlainLexer, type TokenKind } from '../sql/lexer.ts';
import { Unaccepted } from './refusal.ts';

export interface Token {
  kind: TokenKind;
  /** Of a long one its first 256 bytes; of a word in lower case. */
  text: string;
}

export interface Outline {
  /** The first HEAD_TOKENS tokens. */
  head: Token[];
  /** The words outside of parentheses. */
  words: Set<string>;
  /** The last tokens, at most TAIL_TOKENS, the semicolon left out. */
  tail: string[];
  /** How many tokens there are, the semicolon left out. */
  count: number;
  /** The words or strings behind each LANGUAGE, and the strings behind each AS: of a function there is one of each. */
  languages: string[];
  sources: string[];
}

const HEAD_TOKENS = 400;
const TAIL_TOKENS = 3;

/** @throws Unaccepted if the statement does not end in a semicolon */
export function outline(statement: Buffer, backslashes: boolean): Outline {
  const lexer = new PlainLexer(statement, backslashes);
  const found: Outline = { head: [], words: new Set(), tail: [], count: -1, languages: [], sources: [] };
  let depth = 0;
  let previous = '';
  while (lexer.next(true)) {
    const { kind } = lexer;
    const text = lexer.text();
    found.count += 1;
    if (found.head.length < HEAD_TOKENS) found.head.push({ kind, text });
    found.tail.push(text);
    if (found.tail.length > TAIL_TOKENS + 1) found.tail.shift();
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (kind === 'word' && depth === 0) found.words.add(text);
    if (kind !== 'symbol' && previous === 'language') found.languages.push(text);
    if (kind === 'string' && previous === 'as') found.sources.push(text);
    previous = kind === 'word' ? text : '';
  }
  if (lexer.isOpen || found.tail.pop() !== ';') throw new Unaccepted('it has no end');
  return found;
}
