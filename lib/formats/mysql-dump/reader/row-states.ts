/**
 * A state table that distinguishes `INSERT … VALUES (literal, …), …` from any other statement, byte by byte, while the
 * reader reads it anyway: reading all rows a second time would take as long again. If it doesn't recognise rows as
 * literal, that isn't a fault yet: the judge then reads the rows token by token. The head is anything up to the bare
 * word VALUES. A row's values are strings, numbers, hex numbers, NULL, and strings preceded by `_binary` or another
 * character set, `x` or `b`. The reader handles strings, and passes them here as one byte.
 */

/** Outside the code of literal rows. */
export const OFF = 0;
/** Before VALUES. A word may begin here. */
export const HEAD = 1 << 8;
/** Before VALUES, in or after another word or name. */
export const HEAD_NAME = 2 << 8;
/** In the word VALUES: after V, VA, … VALUES. */
const IN_VALUES = 3 << 8;
const STEP = 1 << 8;
const AFTER_WORD = IN_VALUES + 5 * STEP;
/** After VALUES, before the first row. The states from here on are those of rows. */
export const FIRST_ROW = 9 << 8;
const BEFORE_ROW = 10 << 8;
export const BEFORE_VALUE = 11 << 8;
export const NUMBER = 12 << 8;
const EXPONENT = 13 << 8;
/** In the word NULL: after N, NU, NUL. */
const IN_NULL = 14 << 8;
/** After a string. Another string may follow directly, because a doubled quote ends one string and starts the next. */
export const AFTER_STRING = 17 << 8;
/** In the name of a character set, then after it; also after `x` or `b`. */
const INTRODUCER = 18 << 8;
const AFTER_INTRODUCER = 19 << 8;
const PREFIX = 20 << 8;
export const AFTER_ROW = 21 << 8;
const AFTER_VALUE = 22 << 8;
const AFTER_POINT = 23 << 8;
/** In a number after 0x, which is most of a dump with --hex-blob. */
export const HEX = 24 << 8;
const STATES = 25;

/** From here on, the values aren't states, but actions for a byte. */
export const FIRST_SPECIAL = 0xff00;
/** A string or quoted name begins. */
export const STRING = 0xff00;
/** A minus, or a comment. */
export const MINUS = 0xff01;
/** The delimiter after a row. */
export const END = 0xff02;
/** The end of a line, which the state treats as a space. */
export const LINE = 0xff03;
/** The end of the word VALUES. */
export const ROWS_BEGIN = 0xff04;
/** The end of a row, which counts the row. */
export const ROW_END = 0xff05;
const UNKNOWN = 0xffff;

/** The next state, or the action, by state and byte. A state is the index of its first byte. */
export const ROW_STATES = new Uint16Array(STATES << 8).fill(UNKNOWN);
/** Whether a byte ends a hex number. */
export const NO_HEX_DIGIT = new Uint8Array(256).fill(1);

/** Whether a statement of literal rows may end here. */
export function isComplete(state: number): boolean {
  return state === AFTER_ROW;
}

function on(state: number, bytes: string, next: number): void {
  for (const char of bytes) ROW_STATES[state | char.charCodeAt(0)] = next;
}

const SPACE = ' \t\r';
const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS = LOWER + LOWER.toUpperCase();
const STRING_QUOTES = '\'"';

// the head: its words, names and columns
for (const state of [HEAD, HEAD_NAME, ...'VALUES'.split('').map((_, index) => IN_VALUES + index * STEP)]) {
  on(state, `${LETTERS + DIGITS}_$`, HEAD_NAME);
  on(state, `${SPACE}(),`, HEAD);
  on(state, '`', STRING);
}
'VALUES'.split('').forEach((letter, index) => {
  on(index === 0 ? HEAD : IN_VALUES + (index - 1) * STEP, letter + letter.toLowerCase(), IN_VALUES + index * STEP);
});
on(AFTER_WORD, `${SPACE}\n`, ROWS_BEGIN);
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
on(NUMBER, DIGITS, NUMBER);
on(NUMBER, 'x', HEX);
on(HEX, `${DIGITS}abcdefABCDEF`, HEX);
for (const char of `${DIGITS}abcdefABCDEF`) NO_HEX_DIGIT[char.charCodeAt(0)] = 0;
on(NUMBER, '.', AFTER_POINT);
on(AFTER_POINT, DIGITS, NUMBER);
on(NUMBER, 'eE', EXPONENT);
on(EXPONENT, `${DIGITS}+`, NUMBER);
on(EXPONENT, '-', MINUS);
on(IN_NULL, 'U', IN_NULL + STEP);
on(IN_NULL + STEP, 'L', IN_NULL + 2 * STEP);
on(IN_NULL + 2 * STEP, 'L', AFTER_VALUE);
on(INTRODUCER, LOWER + DIGITS, INTRODUCER);
on(INTRODUCER, SPACE, AFTER_INTRODUCER);
on(AFTER_INTRODUCER, SPACE, AFTER_INTRODUCER);
for (const state of [INTRODUCER, AFTER_INTRODUCER, PREFIX]) on(state, STRING_QUOTES, STRING);
on(AFTER_STRING, STRING_QUOTES, STRING);
for (const state of [NUMBER, HEX, AFTER_VALUE, AFTER_STRING]) {
  on(state, SPACE, state === AFTER_STRING ? AFTER_STRING : AFTER_VALUE);
  on(state, ',', BEFORE_VALUE);
  on(state, ')', ROW_END);
}
on(AFTER_ROW, SPACE, AFTER_ROW);
on(AFTER_ROW, ',', BEFORE_ROW);
on(AFTER_ROW, ';', END);

// the same as before the space, except that a word has ended
for (let state = HEAD; state < ROW_STATES.length; state += STEP) {
  if (ROW_STATES[state | 0x20] !== UNKNOWN && state !== AFTER_WORD) on(state, '\n', LINE);
}
