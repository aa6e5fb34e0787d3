import * as byte from './bytes.ts';
import { executableCommentMark, isDigit, isLineComment, isSpace } from './bytes.ts';
import { ESCAPED_STRING, nothingInFour, PLAIN_STRING } from './scan-tables.ts';
import type { SqlMode, SqlStatement } from './statement.ts';

/** `identifier` is a quoted one; a bare one is a `word`, as is each keyword. `@` comes alone, `@@` as one
 * `punctuation`; a number ends at its point. */
export type TokenType = 'word' | 'identifier' | 'string' | 'number' | 'punctuation' | 'end';

/** Letters, digits, `_`, `$` and everything above ASCII: what a bare identifier is made of. */
const WORD = new Uint8Array(256);
for (let at = 0; at < 256; at++) {
  const char = String.fromCharCode(at);
  WORD[at] = at >= 0x80 || /[\w$]/.test(char) ? 1 : 0;
}

/**
 * Reads the tokens of one statement, without copying: `next` moves on, `type`, `start` and `end` say what stands there.
 * White space and comments are skipped. Executable comments are transparent: what is inside comes as if it stood bare,
 * and `commentStart` tells where the surrounding one begins. With `executable: 'skip'` they are skipped as a server
 * does that is too old for them.
 */
export class Tokens {
  readonly bytes: Buffer;
  readonly #limit: number;
  readonly #mode: SqlMode;
  readonly #skipExecutable: boolean;
  type: TokenType = 'end';
  start: number;
  end: number;
  /** Start of the executable comment around this token, -1 outside of one. */
  commentStart = -1;
  /** Whether an executable comment has come by. */
  sawExecutable = false;

  constructor(statement: SqlStatement, options: { executable?: 'read' | 'skip'; from?: number } = {}) {
    this.bytes = statement.bytes;
    this.start = options.from ?? statement.textStart;
    this.end = this.start;
    this.#limit = statement.textEnd;
    this.#mode = statement.mode;
    this.#skipExecutable = options.executable === 'skip';
  }

  /** Moves to the next token and says its type. */
  next(): TokenType {
    const pos = this.#skipToToken(this.end);
    this.start = pos;
    if (pos >= this.#limit) {
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
      this.end = pos + (first === 0x40 && this.bytes[pos + 1] === 0x40 ? 2 : 1);
    }
    return this.type;
  }

  /** The token as it stands. */
  get raw(): string {
    return this.bytes.toString('latin1', this.start, this.end);
  }

  /** Whether this is the bare word `upper` (given in upper case). */
  isWord(upper: string): boolean {
    return this.type === 'word' && this.end - this.start === upper.length && this.raw.toUpperCase() === upper;
  }

  isPunctuation(char: string): boolean {
    const sameLength = this.end - this.start === char.length; // all of them differ in the first byte or the length
    return this.type === 'punctuation' && sameLength && this.bytes[this.start] === char.charCodeAt(0);
  }

  /** A method, since a compiler believes that a property does not change with `next`. */
  isEnd(): boolean {
    return this.type === 'end';
  }

  /** Whether this can be (part of) a name. */
  get isName(): boolean {
    return this.type === 'word' || this.type === 'identifier';
  }

  /** A name's or string's value, its quotes and escapes undone. */
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

  /** Past a plain comment, or past an executable one's mark and version. */
  #skipComment(start: number): number {
    const mark = executableCommentMark(this.bytes, start);
    if (mark > 0) this.sawExecutable = true;
    if (mark === 0 || this.#skipExecutable) {
      const close = this.bytes.indexOf('*/', start + 2);
      return close < 0 ? this.#limit : close + 2;
    }
    this.commentStart = start;
    let pos = start + mark;
    while (isDigit(this.bytes[pos]) && pos < start + mark + 6) pos++;
    return pos;
  }
}
