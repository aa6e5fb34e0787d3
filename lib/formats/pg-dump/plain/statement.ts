/** The parts of a statement that the judge examines. */
import { PlainLexer, type TokenKind } from '../sql/lexer.ts';
import { Unaccepted } from './refusal.ts';

export interface Token {
  kind: TokenKind;
  /** The statement, or the first 256 bytes of a long one. Words are in lower case. */
  text: string;
}

export interface Outline {
  /** The first HEAD_TOKENS tokens. */
  head: Token[];
  /** The words outside parentheses. */
  words: Set<string>;
  /** The last tokens, at most TAIL_TOKENS, without the semicolon. */
  tail: string[];
  /** The number of tokens, without the semicolon. */
  count: number;
  /** The words or strings after each LANGUAGE, and the strings after each AS. A function has one of each. */
  languages: string[];
  sources: string[];
}

const HEAD_TOKENS = 400;
const TAIL_TOKENS = 3;

/** @throws Unaccepted if the statement doesn't end with a semicolon */
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
