/** Bytes that have a meaning in SQL, and small functions for reading them. */
export const NEWLINE = 0x0a;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const SINGLE_QUOTE = 0x27;
export const OPENING = 0x28;
export const STAR = 0x2a;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const SLASH = 0x2f;
export const BACKSLASH = 0x5c;
export const BACKTICK = 0x60;
const BANG = 0x21;
const LETTER_M = 0x4d;

/** The white space of the clients' isspace: space, \t, \n, \v, \f, \r. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** The number of newlines in [from, to). */
export function countNewlines(buf: Buffer, from: number, to: number): number {
  // indexOf on the whole would search beyond `to`, and many small ranges in one long line would take quadratic time.
  let count = 0;
  for (let at = from; at < to; at++) if (buf[at] === NEWLINE) count++;
  return count;
}

/**
 * The length of the mark that opens an executable comment at `pos` (`/*!` or MariaDB's own `/*M!`); 0 if there is none.
 */
export function executableCommentMark(buf: Buffer, pos: number): number {
  if (buf[pos] !== SLASH || buf[pos + 1] !== STAR) return 0;
  if (buf[pos + 2] === BANG) return 3;
  return buf[pos + 2] === LETTER_M && buf[pos + 3] === BANG ? 4 : 0;
}

/**
 * Whether a comment up to the end of the line starts at `pos`: `#`, or `--` followed by white space, NUL or the end.
 */
export function isLineComment(buf: Buffer, pos: number): boolean {
  if (buf[pos] === HASH) return true;
  if (buf[pos] !== DASH || buf[pos + 1] !== DASH) return false;
  const third = buf[pos + 2];
  return third === undefined || third === 0 || isSpace(third);
}
