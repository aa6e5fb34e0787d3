/** What each byte means in the reader's inner loops. */
import { BACKSLASH, BACKTICK, DASH, DOUBLE_QUOTE, HASH, NEWLINE, SINGLE_QUOTE, SLASH } from './bytes.ts';

export const NOTHING = 0;
/** A line end, which is counted. */
export const LINE_END = 1;
export const QUOTE = 2;
/** Something may start here: a comment, the delimiter, or an escape. */
export const LOOK = 3;

/** Whether none of four bytes in a row has a meaning. `pos + 4` must not be after the end. */
export function nothingInFour(table: Uint8Array, buf: Buffer, pos: number): boolean {
  const seen =
    (table[buf[pos] as number] as number) |
    (table[buf[pos + 1] as number] as number) |
    (table[buf[pos + 2] as number] as number) |
    (table[buf[pos + 3] as number] as number);
  return seen === NOTHING;
}

function tableOf(meanings: [bytes: number[], meaning: number][]): Uint8Array {
  const table = new Uint8Array(256).fill(NOTHING);
  for (const [bytes, meaning] of meanings) for (const at of bytes) table[at] = meaning;
  return table;
}

const QUOTES = [SINGLE_QUOTE, DOUBLE_QUOTE, BACKTICK];
/** Inside of a string without escapes, or a quoted identifier. */
export const PLAIN_STRING = tableOf([
  [[NEWLINE], LINE_END],
  [QUOTES, QUOTE],
]);
export const ESCAPED_STRING = tableOf([
  [[NEWLINE], LINE_END],
  [QUOTES, QUOTE],
  [[BACKSLASH], LOOK],
]);

/** Outside of strings and comments. */
export function codeTable(delimiter: Buffer): Uint8Array {
  return tableOf([
    [[NEWLINE], LINE_END],
    [QUOTES, QUOTE],
    [[HASH, DASH, SLASH, BACKSLASH, delimiter[0] as number], LOOK],
  ]);
}
