/**
 * A table of states that tells `INSERT … VALUES (literal, …), …` from any other statement, byte by byte, as the reader
 * goes over it anyway: a second look at all rows would take as long again. What it does not know for literal rows is no
 * fault yet: the judge then reads the rows by their tokens.
 *
 * The head is anything up to the bare word VALUES. A row's values are strings, numbers, hex numbers, NULL, and strings
 * with `_binary` or another character set, `x` or `b` before them. Strings are the reader's, and come as one byte.
 */

/** Not, or not any more, the code of literal rows. */
export const OFF = 0;
/** Before VALUES, where a word may begin. */
export const HEAD = 1;
/** Before VALUES, in or after another word or name. */
export const HEAD_NAME = 2;
/** In the word VALUES: after V, VA, … VALUES. */
const IN_VALUES = 3;
const AFTER_WORD = IN_VALUES + 5;
/** After VALUES, before the first row. States from here on are those of rows. */
export const FIRST_ROW = 9;
const BEFORE_ROW = 10;
const BEFORE_VALUE = 11;
export const NUMBER = 12;
const EXPONENT = 13;
/** In the word NULL: after N, NU, NUL. */
const IN_NULL = 14;
/** After a string: another one may follow, as a doubled quote is the end of one and the start of the next. */
export const AFTER_STRING = 17;
/** In the name of a character set, then after it; after `x` or `b`. */
const INTRODUCER = 18;
const AFTER_INTRODUCER = 19;
const PREFIX = 20;
const AFTER_ROW = 21;
const AFTER_VALUE = 22;
const AFTER_POINT = 23;
const STATES = 24;

/** From here on no states, but what has to be done at a byte. */
export const FIRST_SPECIAL = 250;
/** A string or quoted name begins. */
export const STRING = 250;
/** A minus, or a comment. */
export const MINUS = 251;
/** The delimiter after a row. */
export const END = 252;
const UNKNOWN = 255;

/** The next state, or what is to be done, by state and byte. */
export const ROW_STATES = new Uint8Array(STATES << 8).fill(UNKNOWN);

/** Whether the statement may end here as one of literal rows. */
export function isComplete(state: number): boolean {
  return state === AFTER_ROW;
}

function on(state: number, bytes: string, next: number): void {
  for (const char of bytes) ROW_STATES[(state << 8) | char.charCodeAt(0)] = next;
}

const SPACE = ' \t\n\r';
const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS = LOWER + LOWER.toUpperCase();
const STRING_QUOTES = '\'"';

// a head: its words, names and columns
for (const state of [HEAD, HEAD_NAME, ...'VALUES'.split('').map((_, index) => IN_VALUES + index)]) {
  on(state, `${LETTERS + DIGITS}_$`, HEAD_NAME);
  on(state, `${SPACE}(),`, HEAD);
  on(state, '`', STRING);
}
'VALUES'.split('').forEach((letter, index) => {
  on(index === 0 ? HEAD : IN_VALUES + index - 1, letter + letter.toLowerCase(), IN_VALUES + index);
});
on(AFTER_WORD, SPACE, FIRST_ROW);
on(AFTER_WORD, '(', UNKNOWN);
on(FIRST_ROW, SPACE, BEFORE_ROW);
for (const state of [FIRST_ROW, BEFORE_ROW]) on(state, '(', BEFORE_VALUE);
on(BEFORE_ROW, SPACE, BEFORE_ROW);

on(BEFORE_VALUE, SPACE, BEFORE_VALUE);
on(BEFORE_VALUE, STRING_QUOTES, STRING);
on(BEFORE_VALUE, DIGITS, NUMBER);
on(BEFORE_VALUE, '.', AFTER_POINT);
on(BEFORE_VALUE, '-', MINUS);
on(BEFORE_VALUE, 'N', IN_NULL);
on(BEFORE_VALUE, '_', INTRODUCER);
on(BEFORE_VALUE, 'xXbB', PREFIX);
on(NUMBER, `${DIGITS}xabcdfABCDF`, NUMBER);
on(NUMBER, '.', AFTER_POINT);
on(AFTER_POINT, DIGITS, NUMBER);
on(NUMBER, 'eE', EXPONENT);
on(EXPONENT, `${DIGITS}abcdefABCDEF+`, NUMBER);
on(EXPONENT, '-', MINUS);
on(IN_NULL, 'U', IN_NULL + 1);
on(IN_NULL + 1, 'L', IN_NULL + 2);
on(IN_NULL + 2, 'L', AFTER_VALUE);
on(INTRODUCER, LOWER + DIGITS, INTRODUCER);
on(INTRODUCER, SPACE, AFTER_INTRODUCER);
on(AFTER_INTRODUCER, SPACE, AFTER_INTRODUCER);
for (const state of [INTRODUCER, AFTER_INTRODUCER, PREFIX]) on(state, STRING_QUOTES, STRING);
on(AFTER_STRING, STRING_QUOTES, STRING);
for (const state of [NUMBER, EXPONENT, AFTER_VALUE, AFTER_STRING]) {
  on(state, SPACE, state === AFTER_STRING ? AFTER_STRING : AFTER_VALUE);
  on(state, ',', BEFORE_VALUE);
  on(state, ')', AFTER_ROW);
}
on(AFTER_ROW, SPACE, AFTER_ROW);
on(AFTER_ROW, ',', BEFORE_ROW);
on(AFTER_ROW, ';', END);
