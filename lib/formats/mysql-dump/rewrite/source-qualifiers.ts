/**
 * Finds where an object's definition names databases. In a copy under another name, the source's own name has to become
 * the copy's: otherwise, a trigger that writes to `shop.log` would keep writing to the live original. Strings are never
 * changed.
 */

import { quoteName } from '../reader/names.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens, type TokenType } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

export interface SourceQualifiers {
  /** One for each position that names the source. */
  edits: Edit[];
  /** The source's name is in a position in which it may also be an alias, so it isn't changed. */
  isDoubtful: boolean;
  /** The source's name is in a string, followed by a dot: the string is probably SQL that the object builds as text. */
  isInText: boolean;
  /** Databases other than the source and the target that it certainly names. */
  others: string[];
}

interface Token {
  type: TokenType;
  start: number;
  end: number;
  /** A name's value; otherwise the text in upper case. */
  text: string;
}

/** After these words, a name with a dot is that of a table or a routine, and the part before the dot is a database. */
const BEFORE_OBJECT = new Set(
  'FROM JOIN STRAIGHT_JOIN TABLE EXISTS CALL REFERENCES VIEW TRIGGER EVENT PROCEDURE FUNCTION SEQUENCE NEXTVAL LASTVAL SETVAL'.split(
    ' ',
  ),
);
const BEFORE_INTO = new Set('INSERT REPLACE IGNORE DELAYED LOW_PRIORITY HIGH_PRIORITY'.split(' '));
/** A trigger's names for its rows. */
const ROWS = new Set(['NEW', 'OLD']);

/** For a statement that defines a table, view, routine, trigger, event or sequence. */
export function sourceQualifiers(statement: SqlStatement, source: string, target: string): SourceQualifiers {
  const tokens = tokensOf(statement);
  const isName = (token: Token | undefined) => token?.type === 'word' || token?.type === 'identifier';
  const isDot = (token: Token | undefined) => token?.text === '.';
  /** Whether it is the first part of a name with a dot. */
  const begins = (at: number) => isName(tokens[at]) && isDot(tokens[at + 1]) && !isDot(tokens[at - 1]);
  const isBare = tokens.some(
    (token, at) => isName(token) && token.text === source && !isDot(tokens[at + 1]) && !isDot(tokens[at - 1]),
  );
  const edits: Edit[] = [];
  const others = new Set<string>();
  let isDoubtful = false;
  tokens.forEach((token, at) => {
    if (!begins(at)) return;
    const isCertain = namesDatabase(tokens, at);
    if (token.text === source) {
      if (isCertain || !isBare) edits.push({ start: token.start, end: token.end, replacement: quoteName(target) });
      else isDoubtful = true;
    } else if (isCertain && token.text !== target && !ROWS.has(token.text.toUpperCase())) others.add(token.text);
  });
  const isInText = tokens.some(({ type, text }) => type === 'string' && holdsQualifier(text, source));
  return { edits, isDoubtful, isInText, others: [...others] };
}

/** Whether the first part of the name that begins here is certainly a database, and not an alias. */
function namesDatabase(tokens: readonly Token[], at: number): boolean {
  const isThreeParts = tokens[at + 3]?.text === '.';
  const isCalled = tokens[at + 3]?.text === '(' && tokens[at + 3]?.type === 'punctuation';
  if (isThreeParts || isCalled) return true;
  let before = at - 1;
  while (tokens[before]?.text === '(') before--;
  const word = tokens[before]?.type === 'word' ? (tokens[before]?.text.toUpperCase() ?? '') : '';
  const wordBefore = tokens[before - 1]?.text.toUpperCase() ?? '';
  if (word === 'INTO') return BEFORE_INTO.has(wordBefore);
  // not ON DUPLICATE KEY UPDATE, and not a foreign key's ON UPDATE
  if (word === 'UPDATE') return wordBefore !== 'KEY' && wordBefore !== 'ON';
  // CREATE TRIGGER … INSERT ON table
  if (word === 'ON') return /^(INSERT|UPDATE|DELETE)$/.test(wordBefore) && at < FIRST_WORDS;
  return BEFORE_OBJECT.has(word);
}

/** A trigger's table is named among its first tokens. */
const FIRST_WORDS = 30;

function tokensOf(statement: SqlStatement): Token[] {
  const reader = new Tokens(statement);
  const tokens: Token[] = [];
  while (reader.next() !== 'end') {
    const { type, start, end } = reader;
    tokens.push({ type, start, end, text: type === 'punctuation' ? reader.raw : reader.value });
  }
  return tokens;
}

/** Whether a text contains the name, bare or in backticks, right before a dot. */
function holdsQualifier(text: string, name: string): boolean {
  if (text.includes(`${quoteName(name)}.`)) return true;
  for (let at = text.indexOf(`${name}.`); at >= 0; at = text.indexOf(`${name}.`, at + 1)) {
    if (at === 0 || !/[\w$]/.test(text[at - 1] as string)) return true;
  }
  return false;
}

/**
 * Disables an event in a copy: otherwise, the original and the copy would both do the same work.
 * @returns no edit if the event is already disabled.
 */
export function disabledEvent(statement: SqlStatement): Edit[] {
  const tokens = tokensOf(statement);
  const isWord = (at: number, word: string) => tokens[at]?.type === 'word' && tokens[at]?.text.toUpperCase() === word;
  const schedule = tokens.findIndex((_, at) => isWord(at, 'SCHEDULE'));
  const body = tokens.findIndex((_, at) => at > schedule && isWord(at, 'DO'));
  if (schedule < 0 || body < 0) return [];
  const head = tokens.slice(0, body);
  if (head.some((_, at) => at > schedule && isWord(at, 'DISABLE'))) return [];
  const enable = head.findIndex((_, at) => at > schedule && isWord(at, 'ENABLE'));
  const place = tokens[enable >= 0 ? enable : commentOf(tokens, schedule, body)] as Token;
  return enable >= 0
    ? [{ start: place.start, end: place.end, replacement: 'DISABLE' }]
    : [{ start: place.start, end: place.start, replacement: 'DISABLE ' }];
}

/** ENABLE or DISABLE comes before an event's COMMENT, which comes before DO. */
function commentOf(tokens: readonly Token[], schedule: number, body: number): number {
  const comment = tokens.findIndex(
    ({ type, text }, at) =>
      at > schedule &&
      at < body &&
      type === 'word' &&
      text.toUpperCase() === 'COMMENT' &&
      tokens[at + 1]?.type === 'string',
  );
  return comment < 0 ? body : comment;
}
