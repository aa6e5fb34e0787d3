import { PlainLexer } from '../sql/lexer.ts';
import { Unaccepted } from './refusal.ts';

const CONSTANTS = new Set(['null', 'true', 'false', 'default']);

/**
 * Checks that an INSERT has the form that pg_dump writes (dumpTableData_insert): only constants, no functions, no
 * subqueries.
 * @param statement begins with INSERT
 * @returns the number of its rows
 * @throws Unaccepted
 */
export function checkInsert(statement: Buffer, backslashes: boolean): number {
  return new Walk(statement, backslashes, 'the INSERT has something other than constants in it').insert();
}

/**
 * The same for a COPY: its rows must follow in the dump itself, not come from a file or program.
 * @throws Unaccepted
 */
export function checkCopy(statement: Buffer, backslashes: boolean): void {
  new Walk(statement, backslashes, 'the COPY does not take its rows from the dump').copy();
}

/** A statement may be long, so it is read token by token, and no token is kept. */
class Walk {
  readonly #tokens: PlainLexer;
  readonly #otherwise: string;
  #text = '';
  #ended = false;

  /** @param otherwise the error for a statement that differs */
  constructor(statement: Buffer, backslashes: boolean, otherwise: string) {
    this.#tokens = new PlainLexer(statement, backslashes);
    this.#otherwise = otherwise;
    this.#advance();
  }

  insert(): number {
    let count = 0;
    this.#expect('insert', 'into');
    this.#table();
    if (this.#takes('overriding')) {
      if (!this.#takes('user')) this.#expect('system');
      this.#expect('value');
    }
    if (this.#takes('default')) {
      this.#expect('values');
      count = 1;
    } else {
      this.#expect('values');
      do {
        this.#row();
        count += 1;
      } while (this.#takes(','));
    }
    if (this.#takes('on')) this.#expect('conflict', 'do', 'nothing');
    this.#end();
    return count;
  }

  copy(): void {
    this.#expect('copy');
    this.#table();
    this.#expect('from', 'stdin');
    this.#end();
  }

  #end(): void {
    this.#expect(';');
    if (!this.#ended) throw this.#odd();
  }

  /** Reads the table's name, and its columns if they are named. */
  #table(): void {
    this.#identifier();
    while (this.#takes('.')) this.#identifier();
    if (!this.#takes('(')) return;
    do this.#identifier();
    while (this.#takes(','));
    this.#expect(')');
  }

  #row(): void {
    this.#expect('(');
    do this.#constant();
    while (this.#takes(','));
    this.#expect(')');
  }

  #constant(): void {
    if (this.#takes('-') || this.#takes('+')) {
      if (this.#tokens.kind !== 'number') throw this.#odd();
    } else if (this.#tokens.kind === 'word') {
      if (!CONSTANTS.has(this.#text)) throw this.#odd();
    } else if (this.#tokens.kind !== 'string' && this.#tokens.kind !== 'number') throw this.#odd();
    this.#advance();
  }

  #identifier(): void {
    const { kind } = this.#tokens;
    if (this.#ended || (kind !== 'word' && kind !== 'name')) throw this.#odd();
    this.#advance();
  }

  #takes(text: string): boolean {
    if (this.#ended || this.#text !== text) return false;
    this.#advance();
    return true;
  }

  #expect(...texts: string[]): void {
    for (const text of texts) if (!this.#takes(text)) throw this.#odd();
  }

  /**
   * The text is empty for everything except key words and symbols, so that a name or a string is never taken for one.
   */
  #advance(): void {
    this.#ended = !this.#tokens.next(true);
    const { kind } = this.#tokens;
    this.#text = !this.#ended && (kind === 'word' || kind === 'symbol') ? this.#tokens.text() : '';
  }

  #odd(): Unaccepted {
    return new Unaccepted(`${this.#otherwise}, or is not as pg_dump writes it`);
  }
}
