import { RestoreError } from '../errors.ts';

/**
 * psql carries out meta-commands wherever a backslash stands outside of quotes, comments and COPY data: `\!` runs a
 * shell, `\connect` goes to another database. A dump of one database has none but `\restrict` and `\unrestrict` (pg_dump
 * since August 2025), which forbid all others in between. So the text is followed by PostgreSQL's lexical rules
 * (manual, "Lexical Structure"), and any other backslash ends the restore.
 *
 * pg_dump puts BEGIN and COMMIT around large objects. These are left out: the COMMIT would end the one transaction that the
 * whole dump is, and an error behind it would take nothing back.
 */
export async function* refuseMetaCommands(dump: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const guard = new PsqlGuard();
  for await (const chunk of dump) yield guard.push(chunk);
  yield guard.end();
}

type Place =
  | { in: 'code' }
  /** `'…'`, `"…"`; a backslash escapes only in E'…'. */
  | { in: 'quoted'; quote: string; escapes: boolean }
  | { in: 'dollar-quoted'; tag: string }
  | { in: 'line-comment' }
  | { in: 'comment'; depth: number }
  /** The rest of the line that a COPY ends on. */
  | { in: 'copy-line' }
  /** Lines up to one that is `\.` alone. */
  | { in: 'copy-data'; atLineStart: boolean };

/** With a token as pg_dump makes it, and nothing more on the line: psql would carry out backticks and further commands. */
const ALLOWED_COMMAND = /^\\(un)?restrict [A-Za-z0-9]+\r?\n/;
const TRANSACTION = /^(BEGIN|COMMIT)(?:[ \t]+(?:WORK|TRANSACTION))?[ \t]*;/i;
/** What is looked ahead for at most: a dollar quote's tag is an identifier, a token has 63 characters. */
const LOOK_AHEAD = 160;
const COPY_FROM_STDIN = /^COPY\s[\s\S]*\sFROM\s+stdin\b/i;
const KEPT_OF_STATEMENT = 64 * 1024;
const KEPT_BEFORE = 256;
const HINT = 'Restore a dump as pg_dump wrote it, of one database and without --create.';
const WORD = /[\w$\x80-\xff]/;
/** All that COPY's text format writes behind a backslash. */
const COPY_ESCAPE = /^\\[bfnrtvN\\]/;
const COPY_END = /^\\\.(\r?\n|\r?$)/;
/** A quoted name stands here as `""`, since its text is not kept. */
const SETS_STRINGS = /^(RE)?SET\s+((SESSION|LOCAL)\s+)?(""|standard_conforming_strings\b)/i;
const STRINGS_VALUE = /^SET\s+((SESSION|LOCAL)\s+)?standard_conforming_strings\s*(=|\bTO\b)\s*(on|off)\s*$/i;

/** Follows a plain SQL dump in chunks of any size. @throws RestoreError at a meta-command. */
export class PsqlGuard {
  #place: Place = { in: 'code' };
  #rest = '';
  /** The code of the statement so far, up to KEPT_OF_STATEMENT: the text in quotes and the comments left out. */
  #statement = '';
  /** The last of the code, at least KEPT_BEFORE characters where there are as many. */
  #before = '';
  /** Of the string that ended last: whether only whitespace has come since, and a line break in it. */
  #lastString = { escapes: false, isNear: false, brokenOff: false };
  /** Whether a backslash escapes in plain '…' too, as with standard_conforming_strings = off. */
  #backslashes = false;
  #line = 1;
  #ending = false;

  /** Returns what has been looked at by now, of this chunk and the ones before. */
  push(chunk: Buffer): Buffer {
    // latin1: a character a byte, and no byte of UTF-8's longer ones looks like one of those that matter
    this.#rest += chunk.toString('latin1');
    return this.#follow(LOOK_AHEAD);
  }

  /** Looks at what is left, and returns it. */
  end(): Buffer {
    this.#ending = true;
    return this.#follow(0);
  }

  #follow(leave: number): Buffer {
    const text = this.#rest;
    let passed = '';
    let from = 0;
    let at = 0;
    while (text.length - at > leave) {
      const leftOut = this.#transactionAt(text, at);
      if (leftOut > 0) {
        passed += text.slice(from, at);
        from = at + leftOut;
      }
      at = leftOut > 0 ? from : this.#step(text, at);
    }
    this.#rest = text.slice(at);
    return Buffer.from(passed + text.slice(from, at), 'latin1');
  }

  /** The length of the BEGIN or COMMIT that stands here, with its semicolon; 0 where there is none. */
  #transactionAt(text: string, at: number): number {
    if (this.#place.in !== 'code' || this.#statement !== '' || !/[bc]/i.test(text[at] as string)) return 0;
    return TRANSACTION.exec(text.slice(at, at + LOOK_AHEAD))?.[0].length ?? 0;
  }

  /** The place after the piece of text at `at`. */
  #step(text: string, at: number): number {
    switch (this.#place.in) {
      case 'code':
        return this.#code(text, at);
      case 'quoted':
        return this.#quoted(text, at, this.#place);
      case 'dollar-quoted':
        return this.#until(text, at, this.#place.tag);
      case 'line-comment':
        return this.#lineComment(text, at);
      case 'comment':
        return this.#comment(text, at, this.#place);
      case 'copy-line':
        return this.#copyLine(text, at);
      case 'copy-data':
        return this.#copyData(text, at, this.#place);
    }
  }

  #code(text: string, at: number): number {
    const char = text[at] as string;
    const next = text[at + 1];
    if (char === '\\') {
      const command = text.slice(at, at + LOOK_AHEAD);
      const allowed = ALLOWED_COMMAND.exec(command)?.[0];
      if (allowed === undefined) throw this.#commandRefusal(command);
      this.#line += 1;
      return at + allowed.length;
    }
    if (char === '-' && next === '-') {
      this.#place = { in: 'line-comment' };
      return at + 2;
    }
    if (char === '/' && next === '*') {
      this.#place = { in: 'comment', depth: 1 };
      if (this.#statement !== '') this.#keep('/'); // it keeps apart what stands before and behind it
      return at + 2;
    }
    if (char === "'" || char === '"') {
      this.#place = { in: 'quoted', quote: char, escapes: char === "'" && this.#escapes() };
    } else if (char === '$') {
      const tag = /^\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(text.slice(at, at + LOOK_AHEAD))?.[0];
      if (tag !== undefined && this.#wordBefore() === '') {
        this.#place = { in: 'dollar-quoted', tag };
        this.#keep('$');
        return at + tag.length;
      }
    } else if (char === ';') {
      this.#endStatement();
      return at + 1;
    }
    if (char === '\n') this.#line += 1;
    this.#keep(char);
    return at + 1;
  }

  #endStatement(): void {
    if (COPY_FROM_STDIN.test(this.#statement)) this.#place = { in: 'copy-line' };
    if (SETS_STRINGS.test(this.#statement)) {
      const value = STRINGS_VALUE.exec(this.#statement)?.[4];
      if (value === undefined) throw this.#refusal('it changes standard_conforming_strings');
      this.#backslashes = value.toLowerCase() === 'off';
    }
    this.#statement = '';
    this.#before = '';
    this.#lastString.isNear = false;
  }

  /** Whether a backslash escapes in the string that begins here. */
  #escapes(): boolean {
    const { isNear, brokenOff, escapes } = this.#lastString;
    // the server takes it for more of the same string, psql for a new one
    if (isNear && brokenOff && (escapes || this.#backslashes))
      throw this.#refusal('it goes on with an E string on another line');
    const word = this.#wordBefore();
    if (/^e$/i.test(word)) return true;
    return this.#backslashes && !/^[bx]$/i.test(word) && !/U&$/i.test(this.#before);
  }

  /** The identifier or key word that ends right here. Where versions differ in what they take a number's end for, none is let pass. */
  #wordBefore(): string {
    let from = this.#before.length;
    while (from > 0 && WORD.test(this.#before[from - 1] as string)) from -= 1;
    const word = this.#before.slice(from);
    if (/^[\d$]/.test(word)) throw this.#refusal('it has a quote right behind a number');
    return word;
  }

  #quoted(text: string, at: number, { quote, escapes }: Extract<Place, { in: 'quoted' }>): number {
    let end = at;
    while (end < text.length && text[end] !== quote && !(escapes && text[end] === '\\')) end += 1;
    const isLast = end === text.length - 1 && !this.#ending; // what it means shows with the next character
    const to = isLast ? end : end + (text[end] === '\\' || text[end + 1] === quote ? 2 : 1);
    const next = Math.min(text.length, to);
    this.#countLines(text, at, next);
    if (end < text.length && to === end + 1) {
      this.#place = { in: 'code' };
      this.#keep(quote);
      if (quote === "'") this.#lastString = { escapes, isNear: true, brokenOff: false };
    }
    return next;
  }

  /** psql takes a carriage return for its end too. */
  #lineComment(text: string, at: number): number {
    let end = at;
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end += 1;
    if (end < text.length) this.#place = { in: 'code' }; // which counts the line
    return end;
  }

  /** psql would carry out what stands here once the rows are over. */
  #copyLine(text: string, at: number): number {
    const char = text[at] as string;
    if (char === '\n') {
      this.#line += 1;
      this.#place = { in: 'copy-data', atLineStart: true };
    } else if (char === '\\') throw this.#commandRefusal(text.slice(at, at + LOOK_AHEAD));
    else if (!/\s/.test(char)) throw this.#refusal('it has text behind a COPY');
    return at + 1;
  }

  /**
   * psql may not agree that these are rows (it ends a statement outside of parentheses only), so no backslash passes but
   * COPY's own.
   */
  #copyData(text: string, at: number, { atLineStart }: Extract<Place, { in: 'copy-data' }>): number {
    if (text[at] !== '\\') {
      const found = text.indexOf('\\', at);
      const end = found < 0 ? text.length : found;
      this.#countLines(text, at, end);
      this.#place = { in: 'copy-data', atLineStart: text[end - 1] === '\n' };
      return end;
    }
    const here = text.slice(at, at + LOOK_AHEAD);
    const end = atLineStart && COPY_END.exec(here)?.[0];
    if (end) {
      this.#place = { in: 'code' };
      this.#countLines(text, at, at + end.length);
      return at + end.length;
    }
    if (here !== '\\' && !COPY_ESCAPE.test(here)) throw this.#commandRefusal(here);
    this.#place = { in: 'copy-data', atLineStart: false };
    return Math.min(text.length, at + 2);
  }

  #comment(text: string, at: number, { depth }: Extract<Place, { in: 'comment' }>): number {
    const pair = text.slice(at, at + 2);
    if (pair === '/*') this.#place = { in: 'comment', depth: depth + 1 };
    else if (pair === '*/') this.#place = depth === 1 ? { in: 'code' } : { in: 'comment', depth: depth - 1 };
    else {
      this.#countLines(text, at, at + 1);
      return at + 1;
    }
    return at + 2;
  }

  /** To the end of `mark`; where it is not there yet, as far as it cannot have begun. */
  #until(text: string, at: number, mark: string): number {
    const found = text.indexOf(mark, at);
    const end = found < 0 ? Math.max(at + 1, text.length - mark.length + 1) : found + mark.length;
    this.#countLines(text, at, end);
    if (found >= 0) this.#place = { in: 'code' };
    return end;
  }

  #keep(char: string): void {
    const isSpace = /\s/.test(char);
    if (!isSpace) this.#lastString.isNear = false;
    if (char === '\n' || char === '\r') this.#lastString.brokenOff = true;
    if (this.#statement === '' && isSpace) return;
    if (this.#statement.length < KEPT_OF_STATEMENT) this.#statement += char;
    this.#before += char;
    if (this.#before.length > 2 * KEPT_BEFORE) this.#before = this.#before.slice(-KEPT_BEFORE);
  }

  #countLines(text: string, from: number, to: number): void {
    for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) this.#line += 1;
  }

  #commandRefusal(command: string): RestoreError {
    const name = /^\\\S*/.exec(command)?.[0] ?? '\\';
    return new RestoreError(
      `line ${this.#line}: the dump has the psql command ${name}, which could reach outside the target`,
      { hint: HINT },
    );
  }

  /** For what psql could read in another way than this does, and take for a command. */
  #refusal(what: string): RestoreError {
    return new RestoreError(`line ${this.#line}: the dump is not as pg_dump writes it: ${what}`, { hint: HINT });
  }
}
