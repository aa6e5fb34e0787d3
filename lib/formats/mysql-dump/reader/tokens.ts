import * as byte from './bytes.ts';
import { executableCommentMark, isDigit, isLineComment, isSpace } from './bytes.ts';
import type { Reading, VersionComment } from './readings.ts';
import { ESCAPED_STRING, nothingInFour, PLAIN_STRING } from './scan-tables.ts';
import type { SqlMode, SqlStatement } from './statement.ts';

/**
 * `identifier` is a quoted one. A bare identifier is a `word`, and so is each keyword. `@` is a token of its own, and
 * `@@` is one `punctuation`. A number ends at its decimal point.
 */
export type TokenType = 'word' | 'identifier' | 'string' | 'number' | 'punctuation' | 'end';

const SEMICOLON = 0x3b;
const MOST_VERSION_DIGITS = 6;
/** The length of `/*M!`. */
const MARIADB_MARK = 4;

/** Letters, digits, `_`, `$` and everything above ASCII: the characters of a bare identifier. */
const WORD = new Uint8Array(256);
for (let at = 0; at < 256; at++) {
  const char = String.fromCharCode(at);
  WORD[at] = at >= 0x80 || /[\w$]/.test(char) ? 1 : 0;
}

/**
 * Reads the tokens of one statement, without copying: `next` moves on; `type`, `start` and `end` describe the current
 * token. White space and comments are skipped. The content of an executable comment is read as if it weren't in a
 * comment, and `commentStart` says where the comment begins. With a `reading`, the comments that it doesn't run are
 * skipped, as a server would skip them.
 */
export class Tokens {
  readonly bytes: Buffer;
  readonly #limit: number;
  readonly #mode: SqlMode;
  readonly #reading: Reading | undefined;
  type: TokenType = 'end';
  start: number;
  end: number;
  /** The start of the executable comment around this token; -1 outside one. */
  commentStart = -1;
  /** The executable comments so far. */
  readonly versionComments: VersionComment[] = [];
  /** What servers may read differently from this class. */
  fault: string | undefined;

  constructor(statement: SqlStatement, options: { reading?: Reading | undefined; from?: number } = {}) {
    this.bytes = statement.bytes;
    this.start = options.from ?? statement.textStart;
    this.end = this.start;
    this.#limit = statement.textEnd;
    this.#mode = statement.mode;
    this.#reading = options.reading;
  }

  /** Moves to the next token and returns its type. */
  next(): TokenType {
    const pos = this.#skipToToken(this.end);
    this.start = pos;
    if (pos >= this.#limit) {
      if (this.commentStart >= 0) this.fault ??= 'a comment without an end';
      this.start = this.#limit;
      this.end = this.#limit;
      this.type = 'end';
      return this.type;
    }
    const first = this.bytes[pos] as number;
    if (first === byte.SINGLE_QUOTE) this.#quoted('string', first, this.#mode.backslashEscapes);
    else if (first === byte.BACKTICK) this.#quoted('identifier', first, false);
    else if (first === byte.DOUBLE_QUOTE) {
      if (this.#mode.ansiQuotes) this.#quoted('identifier', first, false);
      else this.#quoted('string', first, this.#mode.backslashEscapes);
    } else if (WORD[first] === 1) this.#word(isDigit(first) ? 'number' : 'word');
    else {
      this.type = 'punctuation';
      // the server sees a delimiter, whatever the client's delimiter is
      if (first === SEMICOLON) this.fault ??= 'a second statement';
      else if (first < 0x20 || first === 0x7f) this.fault ??= 'a control character outside of a string';
      this.end = pos + (first === 0x40 && this.bytes[pos + 1] === 0x40 ? 2 : 1);
    }
    return this.type;
  }

  /** The token exactly as written. */
  get raw(): string {
    return this.bytes.toString('latin1', this.start, this.end);
  }

  /** Whether this is the bare word `upper` (given in upper case). */
  isWord(upper: string): boolean {
    return this.type === 'word' && this.end - this.start === upper.length && this.raw.toUpperCase() === upper;
  }

  isPunctuation(char: string): boolean {
    const sameLength = this.end - this.start === char.length; // they all differ in the first byte or the length
    return this.type === 'punctuation' && sameLength && this.bytes[this.start] === char.charCodeAt(0);
  }

  /** A method, because the compiler assumes that `next` doesn't change a property. */
  isEnd(): boolean {
    return this.type === 'end';
  }

  /** Whether this can be a name, or part of one. */
  get isName(): boolean {
    return this.type === 'word' || this.type === 'identifier';
  }

  /** A name's or string's value, without its quotes and escapes. */
  get value(): string {
    if (this.type !== 'identifier' && this.type !== 'string') return this.bytes.toString('utf8', this.start, this.end);
    const quote = this.bytes.toString('latin1', this.start, this.start + 1);
    const inner = this.bytes.toString('utf8', this.start + 1, this.end - 1).replaceAll(quote + quote, quote);
    return this.type === 'string' && this.#mode.backslashEscapes ? inner.replace(/\\(.)/gs, '$1') : inner;
  }

  #word(type: TokenType): void {
    let pos = this.start;
    while (pos < this.#limit && WORD[this.bytes[pos] as number] === 1) pos++;
    this.type = type;
    this.end = pos;
  }

  #quoted(type: TokenType, quote: number, escapes: boolean): void {
    const bytes = this.bytes;
    const limit = this.#limit;
    const table = escapes ? ESCAPED_STRING : PLAIN_STRING;
    let pos = this.start + 1;
    while (pos < limit) {
      while (pos + 4 <= limit && nothingInFour(table, bytes, pos)) pos += 4;
      const at = bytes[pos] as number;
      if (at === byte.BACKSLASH && escapes) pos++;
      else if (at === quote) {
        if (bytes[pos + 1] !== quote || pos + 1 >= limit) break;
        pos++;
      }
      pos++;
    }
    this.type = type;
    this.end = Math.min(pos + 1, limit);
  }

  #skipToToken(from: number): number {
    const bytes = this.bytes;
    let pos = from;
    for (;;) {
      const at = bytes[pos];
      if (pos >= this.#limit) return pos;
      if (isSpace(at)) pos++;
      else if (at === byte.STAR && bytes[pos + 1] === byte.SLASH && this.commentStart >= 0) {
        this.commentStart = -1;
        pos += 2;
      } else if (at === byte.SLASH && bytes[pos + 1] === byte.STAR) pos = this.#skipComment(pos);
      else if ((at === byte.DASH || at === byte.HASH) && isLineComment(bytes, pos)) {
        const newline = bytes.indexOf(byte.NEWLINE, pos);
        pos = newline < 0 ? this.#limit : newline;
      } else return pos;
    }
  }

  /**
   * Moves past a plain comment, past an executable comment that is skipped, or past the mark and version of one that is
   * run.
   */
  #skipComment(start: number): number {
    const mark = executableCommentMark(this.bytes, start);
    if (mark === 0) {
      const close = this.bytes.indexOf('*/', start + 2);
      return close < 0 || close >= this.#limit ? this.#unclosed() : close + 2;
    }
    let pos = start + mark;
    while (isDigit(this.bytes[pos]) && pos < start + mark + MOST_VERSION_DIGITS + 1) pos++;
    const digits = pos - start - mark;
    // with another number of digits, some servers read the digits as part of the statement
    if (digits !== 0 && digits !== 5 && digits !== MOST_VERSION_DIGITS) this.fault ??= 'a comment for no version';
    const version = Number(this.bytes.toString('latin1', start + mark, pos));
    const comment = { mariadbOnly: mark === MARIADB_MARK, version };
    this.versionComments.push(comment);
    if (this.#reading !== undefined && !this.#reading(comment)) return this.#skipExecutable(pos);
    if (this.commentStart >= 0) this.fault ??= 'an executable comment in another one';
    this.commentStart = start;
    return pos;
  }

  /** Servers allow one level of nested comments in an executable comment that they skip. */
  #skipExecutable(from: number): number {
    const bytes = this.bytes;
    let nested = false;
    for (let pos = from; pos + 1 < this.#limit; pos++) {
      if (bytes[pos] === byte.STAR && bytes[pos + 1] === byte.SLASH) {
        pos++;
        if (!nested) return pos + 1;
        nested = false;
      } else if (!nested && bytes[pos] === byte.SLASH && bytes[pos + 1] === byte.STAR) {
        pos++;
        nested = true;
      }
    }
    return this.#unclosed();
  }

  #unclosed(): number {
    this.fault ??= 'a comment without an end';
    return this.#limit;
  }
}
