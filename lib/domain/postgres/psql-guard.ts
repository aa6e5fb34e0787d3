import { RestoreError } from '../errors.ts';

/**
 * psql carries out meta-commands wherever a backslash stands outside of quotes, comments and COPY data: `\!` runs a
 * shell, `\connect` goes to another database. A dump of one database has none but `\restrict` and `\unrestrict` (pg_dump
 * since August 2025), which forbid all others in between. So the text is followed by PostgreSQL's lexical rules
 * (manual, "Lexical Structure"), and any other backslash ends the restore.
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
  /** Lines up to one that is `\.` alone. */
  | { in: 'copy-data' }
  /** The rest of a `\restrict` line. */
  | { in: 'allowed-command' };

const ALLOWED_COMMAND = /^\\(un)?restrict(?=\s)/;
/** What is looked ahead for at most: a dollar quote's tag is an identifier, a command's name is short. */
const LOOK_AHEAD = 80;
const COPY_FROM_STDIN = /^COPY\s[\s\S]*\sFROM\s+stdin\b/i;
const KEPT_OF_STATEMENT = 64 * 1024;

/** Follows a plain SQL dump in chunks of any size. @throws RestoreError at a meta-command. */
export class PsqlGuard {
  #place: Place = { in: 'code' };
  #rest = '';
  #statement = '';
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
    let at = 0;
    while (text.length - at > leave) at = this.#step(text, at);
    this.#rest = text.slice(at);
    return Buffer.from(text.slice(0, at), 'latin1');
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
      case 'allowed-command':
        return this.#until(text, at, '\n');
      case 'comment':
        return this.#comment(text, at, this.#place);
      case 'copy-data':
        return this.#until(text, at, '\n\\.');
    }
  }

  #code(text: string, at: number): number {
    const char = text[at] as string;
    const next = text[at + 1];
    if (char === '\\') {
      const command = text.slice(at, at + LOOK_AHEAD);
      if (!ALLOWED_COMMAND.test(command)) throw this.#refusal(command);
      this.#place = { in: 'allowed-command' };
      return at + 1;
    }
    if (char === '-' && next === '-') {
      this.#place = { in: 'line-comment' };
      return at + 2;
    }
    if (char === '/' && next === '*') {
      this.#place = { in: 'comment', depth: 1 };
      return at + 2;
    }
    if (char === "'" || char === '"') {
      const escapes = char === "'" && /(^|[^\w$])E$/i.test(this.#statement);
      this.#place = { in: 'quoted', quote: char, escapes };
    } else if (char === '$' && !/[\w$]$/.test(this.#statement)) {
      const tag = /^\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(text.slice(at, at + LOOK_AHEAD))?.[0];
      if (tag !== undefined) {
        this.#place = { in: 'dollar-quoted', tag };
        return at + tag.length;
      }
    } else if (char === ';') {
      if (COPY_FROM_STDIN.test(this.#statement)) this.#place = { in: 'copy-data' };
      this.#statement = '';
      return at + 1;
    }
    if (char === '\n') this.#line += 1;
    if (this.#statement !== '' || /\S/.test(char)) this.#keep(char);
    return at + 1;
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
    }
    return next;
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
    if (this.#statement.length < KEPT_OF_STATEMENT) this.#statement += char;
  }

  #countLines(text: string, from: number, to: number): void {
    for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) this.#line += 1;
  }

  #refusal(command: string): RestoreError {
    const name = /^\\\S*/.exec(command)?.[0] ?? '\\';
    return new RestoreError(
      `line ${this.#line}: the dump has the psql command ${name}, which could reach outside the target`,
      {
        hint: 'Restore a dump as pg_dump wrote it, of one database and without --create.',
      },
    );
  }
}
