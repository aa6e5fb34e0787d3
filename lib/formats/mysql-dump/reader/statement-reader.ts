import { RestoreError } from '../../../errors/errors.ts';
import * as byte from './bytes.ts';
import { countNewlines, executableCommentMark, isLineComment, isSpace } from './bytes.ts';
import { commandAt, delimiterArgument } from './client-command.ts';
import {
  AFTER_ROW,
  AFTER_STRING,
  BEFORE_VALUE,
  END,
  FIRST_ROW,
  FIRST_SPECIAL,
  HEAD,
  HEAD_NAME,
  HEX,
  isComplete,
  LINE,
  MINUS,
  NO_HEX_DIGIT,
  NUMBER,
  OFF,
  ROW_END,
  ROW_STATES,
  ROWS_BEGIN,
  STRING,
} from './row-states.ts';
import {
  codeTable,
  ESCAPED_STRING,
  LINE_END,
  LOOK,
  NOTHING,
  nothingInFour,
  PLAIN_STRING,
  QUOTE,
} from './scan-tables.ts';
import { SqlModes } from './sql-mode.ts';
import { type PieceKind, SqlStatement } from './statement.ts';
import { toolLine, toolLineFault } from './tool-line.ts';

/** MySQL's and MariaDB's largest max_allowed_packet: no server accepts a longer statement. */
const MAX_STATEMENT_BYTES = 1024 ** 3;
const SEMICOLON = 0x3b;
/** What mysqldump writes directly after a routine or trigger, and after an event. */
const AFTER_BODY = ['DELIMITER ;', '/*!50003 SET time_zone             = @saved_time_zone */'];
const LETTER_I = 0x69;
const LETTER_R = 0x72;
/** A DELIMITER line and the sandbox comment are read as a whole, so each has to end within this many bytes. */
const MAX_COMMAND_BYTES = 4096;
/** Enough bytes to recognise what starts at a byte: `/*M!999999\` and `delimiter ` are the longest. */
const LOOKAHEAD_BYTES = 16;

/** What surrounds the next byte. Until a statement's text has started, comments belong to the leading part. */
type State = 'leading' | 'code' | 'string' | 'line comment' | 'comment';

/**
 * Cuts a dump by mysqldump or mariadb-dump into its statements, as the `mysql` and `mariadb` clients do with
 * --binary-mode (compared with those of MariaDB 10.11 and MySQL 9.7). Feed it chunks cut anywhere with `push` (it keeps views
 * of them: do not overwrite a chunk afterwards), then call `end`. Memory: the longest statement, twice.
 *
 * Surprising rules:
 * - The delimiter ends a statement inside executable comments (`/*!`, `/*M!`) too; that is why dump tools put
 *   DELIMITER around triggers. In all other ways, the content of these comments is code.
 * - A doubled quote is read as the end of one string and the start of the next, which cuts at the same places.
 * - Quotes are read as the dump's own `SET sql_mode` says, since it restores each routine's: NO_BACKSLASH_ESCAPES and
 *   ANSI_QUOTES among them. A server-wide NO_BACKSLASH_ESCAPES can be ignored: dump tools set the mode first thing.
 * - A body that ends in a line comment ends there, although the clients take its delimiter for a part of the comment. So
 *   only a statement that is sent to the server by itself may end this way; the judge checks that.
 * - The clients differ about DELIMITER on a line that has something before it, and about client commands (`\g`) in
 *   code. No dump tool writes either, so both cause a RestoreError.
 */
export class StatementReader {
  readonly #maxBytes: number;
  #state: State = 'leading';
  #quote = 0;
  #delimiter: Buffer = Buffer.from(';');
  #codeTable = codeTable(this.#delimiter);
  readonly #sqlModes = new SqlModes();
  #line = 1;
  /** Whether there is only white space so far on this line. Only tracked in the leading part. */
  #atLineStart = true;
  /** The bytes of the current piece from earlier chunks. */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  /** Where the text starts in the current piece; -1 in the leading part. */
  #textStart = -1;
  #textLine = 1;
  /** Where the current piece starts. */
  #pieceLine = 1;
  #hasEscapedNewline = false;
  #endsInLineComment = false;
  /**
   * The state of recognising the current statement as an INSERT of literal rows, and where in the piece its rows begin.
   */
  #rowState = OFF;
  #rowsFrom = -1;
  /** The number of these rows that have ended. */
  #rowCount = 0;
  /** The last bytes of the previous chunk, which can't be understood without the next chunk. */
  #carry: Buffer = Buffer.alloc(0);

  // Used for the current scan:
  #buf: Buffer = this.#carry;
  #pieceStart = 0;
  #final = false;
  #starved = false;
  #pieces: SqlStatement[] = [];

  constructor(options: { maxStatementBytes?: number } = {}) {
    this.#maxBytes = options.maxStatementBytes ?? MAX_STATEMENT_BYTES;
  }

  /** The pieces that end in this chunk. Throws RestoreError for anything that a dump doesn't contain. */
  push(chunk: Buffer): SqlStatement[] {
    return this.#scan(this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]), false);
  }

  /** The last pieces. Throws RestoreError if the dump ends within a statement, a string or a comment. */
  end(): SqlStatement[] {
    const pieces = this.#scan(this.#carry, true);
    const complete = this.#textStart < 0 && this.#state !== 'comment' && this.#carry.length === 0;
    if (!complete) {
      const inside = this.#state === 'string' || this.#state === 'comment' ? this.#state : 'statement';
      const line = this.#textStart < 0 ? this.#line : this.#textLine;
      const said = toolLine(Buffer.concat([...this.#parts, this.#carry]));
      if (said !== undefined) {
        const { message, hint } = toolLineFault(said);
        throw new RestoreError(`line ${line}: ${message}`, { hint });
      }
      throw new RestoreError(`the dump ends in the middle of a ${inside} (line ${line})`, {
        hint: 'Restore another backup: the dump was cut off, or the tool that wrote it died half-way.',
      });
    }
    if (this.#partsBytes > 0) {
      this.#textStart = this.#partsBytes;
      this.#textLine = this.#line;
      this.#finish('trailer', 0, 0);
    }
    return pieces;
  }

  #scan(buf: Buffer, final: boolean): SqlStatement[] {
    this.#buf = buf;
    this.#pieceStart = 0;
    this.#final = final;
    this.#starved = false;
    this.#pieces = [];
    let pos = 0;
    while (pos < buf.length && !this.#starved) {
      if (this.#state === 'code') pos = this.#code(pos);
      else if (this.#state === 'string') pos = this.#string(pos);
      else if (this.#state === 'leading') pos = this.#leading(pos);
      else if (this.#state === 'comment') pos = this.#comment(pos);
      else pos = this.#lineComment(pos);
    }
    if (pos > this.#pieceStart) {
      this.#parts.push(buf.subarray(this.#pieceStart, pos));
      this.#partsBytes += pos - this.#pieceStart;
      this.#checkSize(this.#partsBytes);
    }
    this.#carry = buf.subarray(pos);
    return this.#pieces;
  }

  /** Nearly all bytes of a dump go through this method and `#string`, so both check four bytes at once if possible. */
  #code(start: number): number {
    let pos = this.#rowState === OFF ? start : this.#rows(start);
    if (this.#starved || !this.#isInCode()) return pos;
    const buf = this.#buf;
    const length = buf.length;
    const table = this.#codeTable;
    while (pos < length) {
      const meaning = table[buf[pos] as number] as number;
      if (meaning === NOTHING) {
        pos++;
        while (pos + 4 <= length && nothingInFour(table, buf, pos)) pos += 4;
        continue;
      }
      if (meaning === LINE_END) this.#line++;
      else if (meaning === QUOTE) {
        this.#quote = buf[pos] as number;
        pos = this.#string(pos + 1);
        if (this.#state === 'string') return pos;
        continue;
      } else {
        if (this.#tooShort(pos)) return pos;
        if (this.#isDelimiter(pos)) return this.#finish('statement', pos, pos + this.#delimiter.length);
        const comment = this.#commentStart(pos);
        if (comment > 0) return pos + comment;
        if (buf[pos] === byte.BACKSLASH) this.#refuseClientCommand(buf[pos + 1]);
      }
      pos++;
    }
    return pos;
  }

  /**
   * Reads the code of an INSERT as long as it consists of literal rows; strings are read as elsewhere. Returns the
   * position at which `#code` has to continue, with the row state OFF, or the end of the statement or the chunk.
   */
  #rows(start: number): number {
    const buf = this.#buf;
    const length = buf.length;
    const table = ROW_STATES;
    let pos = start;
    let state = this.#rowState;
    while (pos < length) {
      let next = table[state | (buf[pos] as number)] as number;
      while (next < FIRST_SPECIAL) {
        state = next;
        pos++;
        if (state === HEX) while (pos + 4 <= length && nothingInFour(NO_HEX_DIGIT, buf, pos)) pos += 4;
        if (pos === length) break;
        next = table[state | (buf[pos] as number)] as number;
      }
      if (pos === length) break;
      if (next === ROW_END) {
        this.#rowCount++;
        // in the form of the dump tools, the next row follows directly
        const isFollowed = pos + 3 <= length && buf[pos + 1] === byte.COMMA && buf[pos + 2] === byte.OPENING;
        state = isFollowed ? BEFORE_VALUE : AFTER_ROW;
        pos += isFollowed ? 3 : 1;
        continue;
      }
      const at = buf[pos] as number;
      if (next === STRING) {
        if (at === byte.DOUBLE_QUOTE && this.#sqlModes.current.ansiQuotes && state >= FIRST_ROW) break;
        state = state < FIRST_ROW ? HEAD_NAME : AFTER_STRING;
        this.#rowState = state;
        this.#quote = at;
        pos = this.#string(pos + 1);
        if (this.#state === 'string') return pos;
        continue;
      }
      if (next === MINUS) {
        if (pos + 1 === length && !this.#final) {
          this.#rowState = state;
          this.#starved = true;
          return pos;
        }
        if (buf[pos + 1] === byte.DASH) break;
        state = NUMBER;
        pos++;
        continue;
      }
      if (next === LINE || next === ROWS_BEGIN) {
        if (next === ROWS_BEGIN) this.#rowsFrom = this.#partsBytes + pos - this.#pieceStart;
        if (at === byte.NEWLINE) this.#line++;
        state = next === LINE ? (table[state | 0x20] as number) : FIRST_ROW;
        pos++;
        continue;
      }
      if (next === END) {
        this.#rowState = state;
        return this.#finish('statement', pos, pos + 1);
      }
      break;
    }
    this.#rowState = pos < length ? OFF : state;
    return pos;
  }

  /** Reads from within a string to after its end, or to the end of the chunk (the state says which). */
  #string(start: number): number {
    const buf = this.#buf;
    const length = buf.length;
    const quote = this.#quote;
    const escapes =
      this.#sqlModes.current.backslashEscapes &&
      (quote === byte.SINGLE_QUOTE || (quote === byte.DOUBLE_QUOTE && !this.#sqlModes.current.ansiQuotes));
    const table = escapes ? ESCAPED_STRING : PLAIN_STRING;
    let pos = start;
    while (pos < length) {
      while (pos + 4 <= length && nothingInFour(table, buf, pos)) pos += 4;
      const meaning = pos < length ? (table[buf[pos] as number] as number) : NOTHING;
      if (meaning === LINE_END) this.#line++;
      else if (meaning === QUOTE && buf[pos] === quote) {
        this.#state = 'code';
        return pos + 1;
      } else if (meaning === LOOK) {
        if (pos + 1 === length) {
          this.#starved = true;
          break;
        }
        pos++;
        if (buf[pos] === byte.NEWLINE) {
          this.#line++;
          this.#hasEscapedNewline = true;
        }
      }
      if (pos < length) pos++;
    }
    this.#state = 'string';
    return pos;
  }

  #leading(start: number): number {
    const buf = this.#buf;
    let pos = start;
    for (; isSpace(buf[pos]); pos++) {
      if (buf[pos] !== byte.NEWLINE) continue;
      this.#line++;
      this.#atLineStart = true;
    }
    if (pos === buf.length || this.#tooShort(pos)) return pos;
    const delimited = this.#isDelimiter(pos);
    const comment = delimited ? 0 : this.#commentStart(pos);
    if (comment > 0) {
      this.#atLineStart = false;
      return pos + comment;
    }
    const command = delimited ? undefined : commandAt(buf, pos);
    if (command !== undefined) return this.#command(command, pos);
    this.#startText(pos);
    return pos;
  }

  /** A method, because the compiler assumes that a call doesn't change the state. */
  #isInCode(): boolean {
    return this.#state === 'code';
  }

  #lineComment(pos: number): number {
    const newline = this.#buf.indexOf(byte.NEWLINE, pos);
    const mayHoldEnd = this.#textStart >= 0 && this.#delimiter.length > 1;
    if (newline < 0) {
      if (!mayHoldEnd || this.#final) return this.#buf.length;
      this.#starved = true;
      return Math.max(pos, this.#buf.length - this.#delimiter.length);
    }
    if (mayHoldEnd && this.#endsAt(newline, pos)) {
      if (this.#starved) return Math.max(pos, newline - this.#delimiter.length);
      this.#endsInLineComment = true;
      return this.#finish('statement', newline - this.#delimiter.length, newline);
    }
    this.#state = this.#textStart < 0 ? 'leading' : 'code';
    return newline;
  }

  /**
   * Whether a routine or trigger ends with the line comment before this line end: mysqldump writes the delimiter
   * directly after a body whose last line is a comment, so it becomes part of the comment. The next line shows that.
   * Starved if the next chunk is needed.
   */
  #endsAt(newline: number, from: number): boolean {
    const textEnd = newline - this.#delimiter.length;
    if (textEnd < from || !this.#isDelimiter(textEnd)) return false;
    const ends = AFTER_BODY.map((line) => {
      const next = this.#buf.toString('latin1', newline + 1, newline + 1 + line.length);
      return next === line ? 'here' : line.startsWith(next) && !this.#final ? 'perhaps' : 'not here';
    });
    if (ends.includes('here')) return true;
    this.#starved = ends.includes('perhaps');
    return this.#starved;
  }

  #comment(pos: number): number {
    const close = this.#buf.indexOf('*/', pos);
    // As long as its end hasn't come, everything is comment, except a last byte that may be half of a mark.
    const last = this.#buf.at(-1);
    const isHalf = pos < this.#buf.length && (last === byte.STAR || last === byte.SLASH);
    const end = close >= 0 ? close + 2 : this.#buf.length - (isHalf ? 1 : 0);
    const inner = this.#textStart < 0 ? this.#buf.indexOf('/*', pos) : -1;
    if (inner >= 0 && inner < (close >= 0 ? close : end)) {
      // if it contains `/*!`, the clients don't see the delimiter that follows, and wait for more
      throw new RestoreError(
        `line ${this.#line + countNewlines(this.#buf, pos, inner)}: a comment in another one: not accepted, since no dump tool writes one here`,
      );
    }
    this.#line += countNewlines(this.#buf, pos, end);
    if (close >= 0) this.#state = this.#textStart < 0 ? 'leading' : 'code';
    else this.#starved = true;
    return end;
  }

  /** A client command, which is a piece of its own. */
  #command(kind: 'delimiter-command' | 'sandbox-comment', pos: number): number {
    const found = this.#buf.indexOf(kind === 'sandbox-comment' ? '*/' : '\n', pos);
    const tooLong = (found < 0 ? this.#buf.length : found) - pos > MAX_COMMAND_BYTES;
    if (tooLong || (kind === 'delimiter-command' && !this.#atLineStart)) {
      throw new RestoreError(
        `line ${this.#line}: a client command (DELIMITER or \\-): not accepted, since no dump tool writes one here`,
      );
    }
    if (found < 0 && !(this.#final && kind === 'delimiter-command')) {
      this.#starved = true;
      return pos;
    }
    const end = found < 0 ? this.#buf.length : kind === 'sandbox-comment' ? found + 2 : found;
    this.#startText(pos);
    this.#line += countNewlines(this.#buf, pos, end);
    if (kind === 'delimiter-command') {
      this.#delimiter = delimiterArgument(this.#buf.subarray(pos + 'delimiter'.length, end), this.#line);
      this.#codeTable = codeTable(this.#delimiter);
    }
    return this.#finish(kind, end, end);
  }

  #startText(pos: number): void {
    this.#textStart = this.#partsBytes + pos - this.#pieceStart;
    this.#textLine = this.#line;
    this.#state = 'code';
    this.#rowCount = 0;
    const first = (this.#buf[pos] as number) | 0x20;
    const mayBeRows = (first === LETTER_I || first === LETTER_R) && this.#delimiter.length === 1;
    this.#rowState = mayBeRows && this.#delimiter[0] === SEMICOLON ? HEAD : OFF;
  }

  /** Ends the current piece at `end`, and its text at `textEnd`. Returns `end`. */
  #finish(kind: PieceKind, textEnd: number, end: number): number {
    this.#checkSize(this.#partsBytes + end - this.#pieceStart);
    const tail = this.#buf.subarray(this.#pieceStart, end);
    const length = this.#partsBytes + tail.length;
    const isLiteral = isComplete(this.#rowState);
    const piece = new SqlStatement({
      kind,
      parts: [...this.#parts, tail],
      textStart: this.#textStart,
      textEnd: length - (end - textEnd),
      line: this.#textLine,
      firstLine: this.#pieceLine,
      lastLine: this.#line,
      mode: this.#sqlModes.current,
      hasEscapedNewline: this.#hasEscapedNewline,
      endsInLineComment: this.#endsInLineComment,
      literalFrom: isLiteral ? this.#rowsFrom : -1,
      literalRows: isLiteral ? this.#rowCount : 0,
    });
    if (kind === 'statement') this.#sqlModes.follow(piece);
    this.#pieces.push(piece);
    this.#parts = [];
    this.#partsBytes = 0;
    this.#pieceStart = end;
    this.#textStart = -1;
    this.#pieceLine = this.#line;
    this.#hasEscapedNewline = false;
    this.#endsInLineComment = false;
    this.#rowState = OFF;
    this.#atLineStart = false;
    this.#state = 'leading';
    return end;
  }

  /** Enters the plain comment at `pos`. Returns the length of its mark; 0 if there is none. */
  #commentStart(pos: number): number {
    if (isLineComment(this.#buf, pos)) {
      this.#state = 'line comment';
      return 1;
    }
    if (this.#buf[pos] !== byte.SLASH || this.#buf[pos + 1] !== byte.STAR) return 0;
    if (executableCommentMark(this.#buf, pos) > 0) return 0;
    this.#state = 'comment';
    return 2;
  }

  /** Whether there are too few bytes to recognise what starts at `pos`, so that the next chunk is needed. */
  #tooShort(pos: number): boolean {
    if (this.#final || pos + Math.max(LOOKAHEAD_BYTES, this.#delimiter.length) <= this.#buf.length) return false;
    // The usual delimiter never needs a second byte. Without this check, each chunk that ends with one would wait.
    if (this.#delimiter.length === 1 && this.#buf[pos] === this.#delimiter[0]) return false;
    this.#starved = true;
    return true;
  }

  #isDelimiter(pos: number): boolean {
    const delimiter = this.#delimiter;
    for (let i = 0; i < delimiter.length; i++) if (this.#buf[pos + i] !== delimiter[i]) return false;
    return true;
  }

  #refuseClientCommand(next: number | undefined): void {
    if (next === 0x4e) return; // MariaDB reads \N as NULL
    throw new RestoreError(
      `line ${this.#line}: a backslash outside of a string (a command to the client?): not accepted`,
    );
  }

  #checkSize(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw new RestoreError(`a statement of more than ${this.#maxBytes} bytes (line ${this.#textLine})`, {
      hint: 'No server takes it (max_allowed_packet ends at 1 GiB): dump again with a lower net-buffer-length.',
    });
  }
}
