import { Unaccepted } from '../plain/refusal.ts';

/**
 * `word`: a key word or a bare name. `name`: in double quotes. `string`: of any kind, including its prefix (`E`, `B`,
 * `X`, `U&`) or its dollar quotes. `param`: `$1`. `symbol`: any other byte that isn't whitespace.
 */
export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'param' | 'symbol';

type Mode =
  | { in: 'code' | 'line comment' | 'word' | 'number' | 'param' }
  | { in: 'comment'; depth: number }
  | { in: 'quoted'; quote: number; escapes: boolean }
  | { in: 'dollar quotes'; mark: Buffer };

type Step = 'token' | 'more' | 'again';

const CODE: Mode = { in: 'code' };
const LONGEST_WORD = 1024;
const [QUOTE, DOUBLE_QUOTE, BACKSLASH, DOLLAR, DASH, SLASH, STAR, AMPERSAND] = [...Buffer.from(`'"\\$-/*&`)] as [
  ...[number, number, number, number, number, number, number, number],
];
const NEWLINE = 10;
const VERTICAL_TAB = 11;
/** Each byte as a character, because most tokens of an INSERT are symbols. */
const SYMBOLS = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
const CARRIAGE_RETURN = 13;

const isSpace = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13 && byte !== VERTICAL_TAB);
const isDigit = (byte: number) => byte >= 48 && byte <= 57;
const isLetter = (byte: number) =>
  (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte === 95 || byte >= 128;
const isE = (byte: number | undefined) => byte === 101 || byte === 69;

/**
 * Reads PostgreSQL's tokens (see scan.l, 13 to 18) from bytes that may still grow: from a plain SQL dump, or from a
 * text in an archive. It continues where it stopped, so that the time is linear however the bytes are split. It relies
 * on bytes below 0x80 always being ASCII, which is true for every encoding that a server can have.
 */
export class PlainLexer {
  bytes: Buffer;
  kind: TokenKind = 'symbol';
  /** The start and end of the last token. */
  start = 0;
  end = 0;
  /** Whether a backslash escapes in plain `'…'` too: standard_conforming_strings is off. */
  backslashes: boolean;
  hasComments = false;
  #at: number;
  #mode: Mode = CODE;
  #last = { isNear: false, brokenOff: false, escapes: false };

  constructor(bytes: Buffer, backslashes: boolean, at = 0) {
    this.bytes = bytes;
    this.backslashes = backslashes;
    this.#at = at;
  }

  /** Where to continue. */
  get at(): number {
    return this.#at;
  }

  /** Whether it is in a token or a block comment that hasn't ended yet. */
  get isOpen(): boolean {
    return this.#mode.in !== 'code' && this.#mode.in !== 'line comment';
  }

  /** The bytes before this position are no longer needed, because no open token contains them. */
  get openFrom(): number {
    return this.isOpen && this.#mode.in !== 'comment' ? this.start : this.#at;
  }

  /** The token as Latin-1, with one character per byte; only the first bytes of a long one. Words are in lower case. */
  text(most = 256): string {
    if (this.kind === 'symbol') return SYMBOLS[this.bytes[this.start] as number] as string;
    const text = this.bytes.toString('latin1', this.start, Math.min(this.end, this.start + most));
    return this.kind === 'word' ? text.toLowerCase() : text;
  }

  /** Call this after the first `count` bytes have been removed. */
  shift(count: number): void {
    this.start -= count;
    this.end -= count;
    this.#at -= count;
  }

  /** Continues after something that isn't a token. */
  skipTo(at: number): void {
    this.#at = at;
  }

  /**
   * Finds the next token.
   * @param isLast whether these are the last bytes.
   * @returns false if more bytes are needed
   * @throws Unaccepted for text that PostgreSQL versions read differently
   */
  next(isLast: boolean): boolean {
    for (;;) {
      const step = this.#step(isLast);
      if (step !== 'again') return step === 'token';
    }
  }

  #step(isLast: boolean): Step {
    switch (this.#mode.in) {
      case 'code':
        return this.#code(isLast);
      case 'line comment':
        return this.#lineComment();
      case 'comment':
        return this.#comment(this.#mode, isLast);
      case 'quoted':
        return this.#quoted(this.#mode, isLast);
      case 'dollar quotes':
        return this.#dollarQuoted(this.#mode.mark);
      case 'word':
        return this.#word(isLast);
      case 'number':
      case 'param':
        return this.#number(isLast);
    }
  }

  #code(isLast: boolean): Step {
    const { bytes } = this;
    while (this.#at < bytes.length && isSpace(bytes[this.#at] as number)) {
      const byte = bytes[this.#at++];
      if (byte === NEWLINE || byte === CARRIAGE_RETURN) this.#last.brokenOff = true;
    }
    const at = this.#at;
    if (at >= bytes.length) return 'more';
    const byte = bytes[at] as number;
    const next = bytes[at + 1];
    // up to two more bytes show what begins here
    if (next === undefined && !isLast) return 'more';
    if (byte === DASH && next === DASH) return this.#enterComment({ in: 'line comment' }, at + 2);
    if (byte === SLASH && next === STAR) return this.#enterComment({ in: 'comment', depth: 1 }, at + 2);
    // white space since PostgreSQL 16
    if (byte === VERTICAL_TAB) throw unclear('a vertical tab');
    this.start = at;
    if (byte === QUOTE) return this.#string(at + 1, this.backslashes);
    if (byte === DOUBLE_QUOTE) return this.#name(at + 1);
    if (byte === DOLLAR) return this.#dollar(isLast);
    if (isDigit(byte) || (byte === 46 && next !== undefined && isDigit(next))) {
      this.kind = 'number';
      return this.#enter({ in: 'number' }, at + 1);
    }
    if (isLetter(byte)) return this.#letter(byte, isLast);
    this.kind = 'symbol';
    return this.#token(at + 1);
  }

  /** A word, or the prefix of a string or name. */
  #letter(byte: number, isLast: boolean): Step {
    const at = this.#at;
    const next = this.bytes[at + 1];
    const letter = String.fromCharCode(byte).toLowerCase();
    if (next === QUOTE && letter === 'e') return this.#string(at + 2, true);
    if (next === QUOTE && (letter === 'b' || letter === 'x')) return this.#string(at + 2, false);
    if (next === AMPERSAND && letter === 'u') {
      const third = this.bytes[at + 2];
      if (third === undefined && !isLast) return 'more';
      if (third === QUOTE) return this.#string(at + 3, false);
      if (third === DOUBLE_QUOTE) return this.#name(at + 3);
    }
    this.kind = 'word';
    return this.#enter({ in: 'word' }, at + 1);
  }

  #enter(mode: Mode, at: number): 'again' {
    this.#mode = mode;
    this.#at = at;
    return 'again';
  }

  #enterComment(mode: Mode, at: number): 'again' {
    this.hasComments = true;
    return this.#enter(mode, at);
  }

  #token(end: number): 'token' {
    this.#mode = CODE;
    this.#at = end;
    this.end = end;
    if (this.kind !== 'string') this.#last.isNear = false;
    return 'token';
  }

  #string(at: number, escapes: boolean): Step {
    const { isNear, brokenOff, escapes: before } = this.#last;
    // for the server, this continues the same string, and backslashes mean the same as at the string's beginning
    if (isNear && brokenOff && before !== escapes) throw unclear('a string that continues on another line');
    this.kind = 'string';
    this.#last = { isNear: false, brokenOff: false, escapes };
    return this.#enter({ in: 'quoted', quote: QUOTE, escapes }, at);
  }

  #name(at: number): Step {
    this.kind = 'name';
    return this.#enter({ in: 'quoted', quote: DOUBLE_QUOTE, escapes: false }, at);
  }

  #quoted({ quote, escapes }: Extract<Mode, { in: 'quoted' }>, isLast: boolean): Step {
    const { bytes } = this;
    for (;;) {
      const at = escapes ? this.#quoteOrBackslash(quote) : bytes.indexOf(quote, this.#at);
      if (at < 0) {
        this.#at = bytes.length;
        return 'more';
      }
      this.#at = at;
      const next = bytes[at + 1];
      if (next === undefined && !isLast) return 'more';
      if (bytes[at] === BACKSLASH) {
        if (next === undefined) return 'more';
        this.#at = at + 2;
      } else if (next === quote) this.#at = at + 2;
      else {
        if (quote === QUOTE) this.#last = { isNear: true, brokenOff: false, escapes };
        return this.#token(at + 1);
      }
    }
  }

  #quoteOrBackslash(quote: number): number {
    const { bytes } = this;
    for (let at = this.#at; at < bytes.length; at++) if (bytes[at] === quote || bytes[at] === BACKSLASH) return at;
    return -1;
  }

  #dollar(isLast: boolean): Step {
    const { bytes } = this;
    const from = this.#at;
    const first = bytes[from + 1];
    if (first !== undefined && isDigit(first)) {
      this.kind = 'param';
      return this.#enter({ in: 'param' }, from + 2);
    }
    let at = from + 1;
    while (at < bytes.length && (isLetter(bytes[at] as number) || (at > from + 1 && isDigit(bytes[at] as number))))
      at++;
    if (at - from > LONGEST_WORD) throw unclear('a dollar quote with a long tag');
    if (at >= bytes.length && !isLast) return 'more';
    if (bytes[at] !== DOLLAR) {
      this.kind = 'symbol';
      return this.#token(from + 1);
    }
    this.kind = 'string';
    // a copy, because the bytes may move
    return this.#enter({ in: 'dollar quotes', mark: Buffer.from(bytes.subarray(from, at + 1)) }, at + 1);
  }

  #dollarQuoted(mark: Buffer): Step {
    const found = this.bytes.indexOf(mark, this.#at);
    if (found >= 0) {
      this.#last.isNear = false;
      return this.#token(found + mark.length);
    }
    this.#at = Math.max(this.#at, this.bytes.length - mark.length + 1);
    return 'more';
  }

  #word(isLast: boolean): Step {
    const { bytes } = this;
    let at = this.#at;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (!isLetter(byte) && !isDigit(byte) && byte !== DOLLAR) break;
      at++;
    }
    this.#at = at;
    if (at - this.start > LONGEST_WORD) throw unclear(`a word of more than ${LONGEST_WORD} bytes`);
    return at >= bytes.length && !isLast ? 'more' : this.#token(at);
  }

  #number(isLast: boolean): Step {
    const { bytes } = this;
    const isParam = this.#mode.in === 'param';
    let at = this.#at;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      const isSign = (byte === 43 || byte === DASH) && isE(bytes[at - 1]);
      if (!isDigit(byte) && (isParam || (byte !== 46 && !isE(byte) && !isSign))) break;
      at++;
    }
    this.#at = at;
    const next = bytes[at];
    if (next === undefined && !isLast) return 'more';
    if (next !== undefined && (isLetter(next) || next === QUOTE || next === DOLLAR))
      throw unclear('text directly after a number');
    return this.#token(at);
  }

  #lineComment(): Step {
    const { bytes } = this;
    while (this.#at < bytes.length && bytes[this.#at] !== NEWLINE && bytes[this.#at] !== CARRIAGE_RETURN) this.#at++;
    return this.#at >= bytes.length ? 'more' : this.#enter(CODE, this.#at);
  }

  #comment(mode: Extract<Mode, { in: 'comment' }>, isLast: boolean): Step {
    const { bytes } = this;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at];
      const next = bytes[this.#at + 1];
      if ((byte === SLASH || byte === STAR) && next === undefined && !isLast) return 'more';
      if (byte === SLASH && next === STAR) {
        mode.depth += 1;
        this.#at += 2;
      } else if (byte === STAR && next === SLASH) {
        mode.depth -= 1;
        this.#at += 2;
        if (mode.depth === 0) return this.#enter(CODE, this.#at);
      } else {
        this.#at += 1;
      }
    }
    return 'more';
  }
}

function unclear(what: string): Unaccepted {
  return new Unaccepted(`it has ${what}, which pg_dump does not write`);
}
