/**
 * SQL as PostgreSQL's own scanner cuts it up (`scan.l`, 13 to 17), for judging statements before a server sees them. Where
 * the scanner and this file could differ, the text is refused: so what is one token here is never several there.
 */

export interface SqlToken {
  /**
   * `word` is an identifier or keyword without quotes, `quoted` one in double quotes; `string` any literal in single
   * quotes or dollars; `symbol` one character of punctuation or of an operator.
   */
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol';
  /** Of a word: in lower case. Of a quoted identifier: without its quotes. Of a string: empty. */
  readonly value: string;
}

export interface SqlText {
  /** Without their semicolons; empty statements are left out. */
  readonly statements: readonly (readonly SqlToken[])[];
  /** The same statements as they stand in the text. */
  readonly texts: readonly string[];
  readonly hasComments: boolean;
}

/** Why a text can't be judged. */
export class UnreadableSql extends Error {}

// Every pattern is sticky: it matches at `lastIndex` or not at all.
const SPACE = /[ \t\n\r\f]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9]+/y;
const PARAMETER = /\$[0-9]+/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const SYMBOL = /[-+*/<>=~!@#%^&|`?,()[\].;:]/y;
/** Between two parts of one literal: a line break, and comments only before it or on lines of their own. */
const CONTINUATION = /(?:[ \t\f]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f]|--[^\n\r]*[\n\r])*(?=')/y;

class Scanner {
  readonly #text: string;
  readonly #standardStrings: boolean;
  #at = 0;
  hasComments = false;

  get at(): number {
    return this.#at;
  }

  constructor(text: string, standardStrings: boolean) {
    this.#text = text;
    this.#standardStrings = standardStrings;
  }

  /** @returns undefined at the end of the text. @throws UnreadableSql */
  next(): SqlToken | undefined {
    this.#skip();
    const text = this.#text;
    if (this.#at >= text.length) return undefined;
    const first = text[this.#at] as string;
    if (first === "'") return this.#string(!this.#standardStrings);
    if (first === '"') return { kind: 'quoted', value: this.#quoted('"', false).replaceAll('""', '"') };
    if (first === '$') return this.#dollar();
    const word = this.#match(WORD);
    if (word !== undefined) return this.#word(word);
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', value: number };
    return { kind: 'symbol', value: this.#take(SYMBOL, 'a character that SQL has no use for') };
  }

  #word(word: string): SqlToken {
    const following = this.#text[this.#at];
    if (following === "'" && word.length === 1) {
      if (/[eE]/.test(word)) return this.#string(true);
      if (/[bBxX]/.test(word)) return this.#string(false);
      if (/[nN]/.test(word)) return this.#string(!this.#standardStrings);
    }
    if (following === '&' && /^[uU]$/.test(word) && /^&['"]/.test(this.#text.slice(this.#at, this.#at + 2))) {
      throw new UnreadableSql('it has names or strings with Unicode escapes (U&)');
    }
    return { kind: 'word', value: word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) };
  }

  #string(hasEscapes: boolean): SqlToken {
    let between: string | undefined;
    do {
      this.#quoted("'", hasEscapes);
      between = this.#match(CONTINUATION);
      if (between?.includes('--')) this.hasComments = true;
    } while (between !== undefined);
    return { kind: 'string', value: '' };
  }

  /**
   * What stands between two quotes. Two quotes in a row stand for one; a backslash takes the next character with it where
   * there are escapes. No pattern does this: a string may have megabytes, for which one would run out of stack.
   */
  #quoted(quote: '"' | "'", hasEscapes: boolean): string {
    const text = this.#text;
    const start = this.#at + 1;
    const mark = hasEscapes ? /['\\]/g : undefined;
    for (let at = start; ; at += 2) {
      if (mark === undefined) at = text.indexOf(quote, at);
      else {
        mark.lastIndex = at;
        at = mark.exec(text)?.index ?? -1;
      }
      if (at < 0) throw new UnreadableSql(`what begins with ${quote} at character ${start - 1} has no end`);
      if (text[at] === '\\' || text[at + 1] === quote) continue;
      this.#at = at + 1;
      return text.slice(start, at);
    }
  }

  #dollar(): SqlToken {
    const parameter = this.#match(PARAMETER);
    if (parameter !== undefined) return { kind: 'parameter', value: parameter };
    const quote = this.#take(DOLLAR_QUOTE, 'a dollar sign');
    const end = this.#text.indexOf(quote, this.#at);
    if (end < 0) throw new UnreadableSql(`a string that begins with ${quote} has no end`);
    this.#at = end + quote.length;
    return { kind: 'string', value: '' };
  }

  #skip(): void {
    for (;;) {
      if (this.#match(SPACE) !== undefined) continue;
      const isComment = this.#match(LINE_COMMENT) !== undefined || this.#blockComment();
      if (!isComment) return;
      this.hasComments = true;
    }
  }

  /** Block comments nest. */
  #blockComment(): boolean {
    const text = this.#text;
    if (!text.startsWith('/*', this.#at)) return false;
    let depth = 0;
    const mark = /\/\*|\*\//g;
    mark.lastIndex = this.#at;
    for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
      depth += found[0] === '/*' ? 1 : -1;
      if (depth > 0) continue;
      this.#at = mark.lastIndex;
      return true;
    }
    throw new UnreadableSql('a comment has no end');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #take(pattern: RegExp, what: string): string {
    const found = this.#match(pattern);
    if (found === undefined) throw new UnreadableSql(`${what} at character ${this.#at} can't be read`);
    return found;
  }
}

export function isWord(token: SqlToken | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.value);
}

export function isSymbol(token: SqlToken | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}

/** Whether the statement so far makes a routine, whose body may be statements between BEGIN ATOMIC and END. */
function makesRoutine(statement: readonly SqlToken[]): boolean {
  const at = isWord(statement[1], 'or') && isWord(statement[2], 'replace') ? 3 : 1;
  return isWord(statement[0], 'create') && isWord(statement[at], 'function', 'procedure');
}

/**
 * Cuts a text into statements as the server does. A semicolon in parentheses (the actions of a rule) or in the body of a
 * routine ends none. Such a body ends with the first END that follows a semicolon or ATOMIC: the END of a CASE, or a
 * column of that name, never does.
 *
 * @param standardStrings the session's `standard_conforming_strings`
 * @throws UnreadableSql
 */
export function readSql(text: string, standardStrings = true): SqlText {
  if (text.includes('\0')) throw new UnreadableSql('it has a zero byte');
  const scanner = new Scanner(text, standardStrings);
  const statements: SqlToken[][] = [];
  const texts: string[] = [];
  let start = 0;
  let statement: SqlToken[] = [];
  let depth = 0;
  let inBody = false;
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    const before = statement.at(-1);
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
    if (depth < 0) throw new UnreadableSql('its parentheses do not match');
    if (depth === 0 && inBody) {
      if (isWord(token, 'end') && (isSymbol(before, ';') || isWord(before, 'atomic'))) inBody = false;
    } else if (depth === 0 && isWord(token, 'atomic') && isWord(before, 'begin') && makesRoutine(statement)) {
      inBody = true;
    } else if (depth === 0 && isSymbol(token, ';')) {
      if (statement.length > 0) {
        statements.push(statement);
        texts.push(text.slice(start, scanner.at - 1).trim());
      }
      statement = [];
      start = scanner.at;
      continue;
    }
    statement.push(token);
  }
  if (depth !== 0) throw new UnreadableSql('its parentheses do not match');
  if (inBody) throw new UnreadableSql('the body of a routine has no end');
  if (statement.length > 0) {
    statements.push(statement);
    texts.push(text.slice(start).trim());
  }
  return { statements, texts, hasComments: scanner.hasComments };
}
