import { DecompressError } from '../../../errors/errors.ts';
import { PlainLexer } from '../sql/lexer.ts';
import { PlainJudge, type Verdict } from './judge.ts';
import { notAccepted, Unaccepted } from './refusal.ts';

/** A piece of a plain SQL dump, in order. Its bytes are valid until the next piece is requested. */
export type PlainPiece =
  | { kind: 'statement'; verdict: Exclude<Verdict, { action: 'leave out' }>; bytes: Buffer; line: number }
  | { kind: 'left out'; note: string; line: number }
  /** Rows of the preceding COPY: some of its bytes, and the number of rows that end in them. */
  | { kind: 'rows'; bytes: Buffer; count: number }
  | { kind: 'end of rows' };

type Rows = Pick<Extract<PlainPiece, { kind: 'rows' }>, 'bytes' | 'count'>;

/** An INSERT with a large value may be long. The rows of a COPY are never held. */
const LONGEST_STATEMENT = 64 * 1024 * 1024;
const LONGEST_COMMAND = 4096;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const END_OF_ROWS = Buffer.from('\n\\.');
/** `\n\.\r`, of which the last bytes may not have arrived yet. */
const KEPT_OF_ROWS = 4;

/**
 * Splits a plain SQL dump into statements and rows, and checks each statement before it is returned. Push the whole
 * dump in chunks of any size, take all pieces of each, then call `end`. Takes linear time, and as much memory as the
 * longest statement. A statement ends as in psql: at a semicolon outside parentheses and BEGIN ATOMIC bodies. Security
 * doesn't depend on this rule, because each piece is checked and sent separately, and the server refuses a message with
 * two statements.
 */
export class PlainDump {
  readonly #judge = new PlainJudge();
  readonly #noted = new Set<string>();
  /** Received bytes that haven't been returned. Only the first part of the memory is in use. */
  #memory: Buffer = Buffer.alloc(64 * 1024);
  readonly #lexer = new PlainLexer(this.#memory.subarray(0, 0), false);
  /** Where the statement begins, once it has begun. */
  #start: number | undefined;
  /** The position up to which lines have been counted, and the line there. */
  #counted = 0;
  #line = 1;
  /** The statement's first words, and its depth of parentheses and function bodies. */
  #words: string[] = [];
  #word = '';
  #isRoutine = false;
  #depth = 0;
  #bodies = 0;
  /** `copy line` is the rest of the line on which a COPY ends. */
  #place: 'code' | 'copy line' | 'rows' = 'code';
  #isFirst = true;

  /** @throws RestoreError that names the line that isn't accepted */
  *push(chunk: Buffer): Generator<PlainPiece> {
    this.#append(chunk);
    if (this.#isFirst && !this.#skipMark(false)) return;
    yield* this.#follow(false);
    this.#settle();
  }

  /** @throws DecompressError if the dump ends too early; RestoreError as for `push` */
  *end(): Generator<PlainPiece> {
    this.#skipMark(true);
    yield* this.#follow(true);
    if (this.#place !== 'code' || this.#start !== undefined || this.#lexer.isOpen) {
      throw new DecompressError(
        `the dump ends half-way, in what starts on line ${this.#lineAt(this.#start ?? this.#counted)}`,
        {
          hint: 'Restore another backup of this database, and make a new one: this one holds only a part of it.',
        },
      );
    }
    try {
      this.#judge.end();
    } catch (error) {
      throw this.#refusal(error, this.#counted);
    }
  }

  *#follow(isLast: boolean): Generator<PlainPiece> {
    for (;;) {
      if (this.#place === 'code') {
        const piece = this.#code(isLast);
        if (piece === undefined) return;
        yield* piece;
      } else if (this.#place === 'copy line') {
        if (!this.#copyLine()) return;
      } else {
        const { bytes, count, ended } = this.#rows(isLast);
        if (bytes.length > 0) yield { kind: 'rows', bytes, count };
        if (!ended) return;
        yield { kind: 'end of rows' };
      }
    }
  }

  /**
   * Continues to the end of a statement or command.
   * @returns undefined if more bytes are needed.
   */
  #code(isLast: boolean): PlainPiece[] | undefined {
    const lexer = this.#lexer;
    try {
      while (lexer.next(isLast)) {
        if (lexer.kind === 'symbol' && lexer.text() === '\\') return this.#command(isLast);
        this.#start ??= lexer.start;
        if (this.#isEnd()) return this.#statement(lexer.end);
      }
      // a longer statement is here without its end
      if (this.#length - (this.#start ?? lexer.openFrom) > LONGEST_STATEMENT) throw tooLong();
      return undefined;
    } catch (error) {
      throw this.#refusal(error, this.#start ?? lexer.at);
    }
  }

  get #length(): number {
    return this.#lexer.bytes.length;
  }

  /** Whether this token ends the statement. Tracks what the token opens and closes. */
  #isEnd(): boolean {
    const lexer = this.#lexer;
    if (lexer.kind === 'symbol') {
      const symbol = lexer.text();
      if (symbol === '(') this.#depth += 1;
      else if (symbol === ')') this.#depth -= 1;
      return symbol === ';' && this.#depth <= 0 && this.#bodies === 0;
    }
    if (this.#words.length >= 4 && !this.#isRoutine) return false;
    const word = lexer.kind === 'word' ? lexer.text() : '';
    if (this.#words.length < 4) {
      this.#words.push(word);
      this.#isRoutine =
        this.#words[0] === 'create' && (this.#words.includes('function') || this.#words.includes('procedure'));
    } else if (this.#depth === 0) this.#body(word);
    this.#word = word;
    return false;
  }

  #body(word: string): void {
    if (word === 'atomic' && this.#word === 'begin' && this.#bodies === 0) this.#bodies = 1;
    else if (word === 'case' && this.#bodies > 0) this.#bodies += 1;
    else if (word === 'end' && this.#bodies > 0) this.#bodies -= 1;
  }

  #statement(end: number): PlainPiece[] {
    const start = this.#start as number;
    const bytes = this.#lexer.bytes.subarray(start, end);
    const line = this.#lineAt(start);
    if (bytes.length > LONGEST_STATEMENT) throw tooLong();
    if (bytes.includes(0)) throw new Unaccepted('it has a NUL byte in it');
    const verdict = this.#judge.judge(bytes, this.#lexer.backslashes);
    this.#begin();
    if (verdict.action === 'leave out') return this.#leftOut(verdict.note, line);
    if (verdict.action === 'rows') this.#place = 'copy line';
    else if (verdict.setting?.name === 'standard_conforming_strings') {
      this.#lexer.backslashes = verdict.setting.value === 'off';
    }
    return [{ kind: 'statement', verdict, bytes, line }];
  }

  /** One line in the log for each kind of note. */
  #leftOut(note: string | undefined, line: number): PlainPiece[] {
    if (note === undefined || this.#noted.has(note)) return [];
    this.#noted.add(note);
    return [{ kind: 'left out', note, line }];
  }

  /** Reads psql's command at this backslash, up to the end of its line. */
  #command(isLast: boolean): PlainPiece[] | undefined {
    const { bytes, start } = this.#lexer;
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 && isLast ? bytes.length : newline;
    if (end < 0 && bytes.length - start <= LONGEST_COMMAND) {
      this.#lexer.skipTo(start);
      return undefined;
    }
    const command = bytes.toString('latin1', start, end < 0 ? bytes.length : end);
    if (this.#start !== undefined) throw new Unaccepted(`it contains the psql command ${/^\S*/.exec(command)?.[0]}`);
    const verdict = this.#judge.command(command);
    const line = this.#lineAt(start);
    this.#lexer.skipTo(end);
    return this.#leftOut(verdict.action === 'leave out' ? verdict.note : undefined, line);
  }

  #copyLine(): boolean {
    const { bytes, at } = this.#lexer;
    let next = at;
    while (bytes[next] === 32 || bytes[next] === CARRIAGE_RETURN) next++;
    const byte = bytes[next];
    if (byte === undefined) return false;
    if (byte !== NEWLINE) throw this.#refusal(new Unaccepted('it has text after a COPY'), next);
    // keep the newline, because the end of the rows is recognised after one
    this.#lexer.skipTo(next);
    this.#place = 'rows';
    this.#isFirstRow = true;
    return true;
  }

  /** Whether the newline before the first row hasn't been returned yet. */
  #isFirstRow = false;

  /** The rows received so far, without the newline before them and without the line `\.`. */
  #rows(isLast: boolean): Rows & { ended: boolean } {
    const { bytes, at } = this.#lexer;
    let search = at;
    for (;;) {
      const found = bytes.indexOf(END_OF_ROWS, search);
      if (found < 0) break;
      let end = found + END_OF_ROWS.length;
      if (bytes[end] === CARRIAGE_RETURN) end += 1;
      if (bytes[end] === NEWLINE || (end >= bytes.length && isLast)) {
        // the newline before the end mark belongs to the last row
        const rows = this.#takeRows(at, found + 1);
        this.#lexer.skipTo(end);
        this.#place = 'code';
        return { ...rows, ended: true };
      }
      if (end >= bytes.length && !isLast) return { ...this.#takeRows(at, found), ended: false };
      search = found + 1;
    }
    return { ...this.#takeRows(at, Math.max(at, bytes.length - KEPT_OF_ROWS)), ended: false };
  }

  #takeRows(from: number, to: number): Rows {
    const { bytes } = this.#lexer;
    const first = this.#isFirstRow && to > from ? from + 1 : from;
    if (to > from) this.#isFirstRow = false;
    const rows = bytes.subarray(first, to);
    const zero = rows.indexOf(0);
    if (zero >= 0) throw this.#refusal(new Unaccepted('the rows have a NUL byte in them'), first + zero);
    this.#lexer.skipTo(to);
    // each row is a line
    const line = this.#lineAt(first);
    return { bytes: rows, count: this.#lineAt(to) - line };
  }

  #begin(): void {
    this.#start = undefined;
    this.#words = [];
    this.#isRoutine = false;
    this.#depth = 0;
    this.#bodies = 0;
  }

  /** The line of a position. Positions must not decrease from call to call. */
  #lineAt(place: number): number {
    // search no further: searching for a newline after the position each time would take quadratic time
    const passed = this.#lexer.bytes.subarray(this.#counted, Math.max(this.#counted, place));
    for (let at = passed.indexOf(NEWLINE); at >= 0; at = passed.indexOf(NEWLINE, at + 1)) this.#line += 1;
    this.#counted += passed.length;
    return this.#line;
  }

  #refusal(error: unknown, place: number): unknown {
    return error instanceof Unaccepted ? notAccepted(this.#lineAt(place), error) : error;
  }

  #skipMark(isLast: boolean): boolean {
    const { bytes } = this.#lexer;
    if (!this.#isFirst) return true;
    if (bytes.length < BYTE_ORDER_MARK.length && !isLast) return false;
    this.#isFirst = false;
    if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) this.#lexer.skipTo(BYTE_ORDER_MARK.length);
    return true;
  }

  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#memory.length) {
      const memory = Buffer.allocUnsafe(Math.max(length, 2 * this.#memory.length));
      this.#lexer.bytes.copy(memory);
      this.#memory = memory;
    }
    chunk.copy(this.#memory, this.#length);
    this.#lexer.bytes = this.#memory.subarray(0, length);
  }

  /** Frees what was returned. */
  #settle(): void {
    const gone = this.#start ?? this.#lexer.openFrom;
    if (gone === 0) return;
    this.#lineAt(gone);
    this.#memory.copyWithin(0, gone, this.#length);
    this.#lexer.bytes = this.#memory.subarray(0, this.#length - gone);
    this.#lexer.shift(gone);
    this.#counted -= gone;
    if (this.#start !== undefined) this.#start -= gone;
  }
}

function tooLong(): Unaccepted {
  return new Unaccepted(
    `it is longer than ${LONGEST_STATEMENT / 1024 / 1024} MiB`,
    'Make the dump again without --inserts: COPY has no such limit.',
  );
}
