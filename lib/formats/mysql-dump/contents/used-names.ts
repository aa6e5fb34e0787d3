/**
 * The names that the body of a view, routine, trigger or event uses, as far as its tokens show: names in the position
 * of a table, calls, and sequences. Tables can't be distinguished from temporary tables that the body creates. If a
 * string is run as a statement, its names aren't seen.
 */
import type { UsedName } from '../../dump-contents.ts';
import type { Tokens } from '../reader/tokens.ts';

/** Words that may come between a verb and its table. */
const BEFORE_TABLE = new Set(
  'LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK IGNORE INTO TEMPORARY TABLE IF NOT EXISTS ONLY LATERAL'.split(' '),
);
/** Words that end a list of tables at the same depth of parentheses. */
const END_TABLES = new Set(
  (
    'WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT SET SELECT VALUES VALUE WINDOW FOR INTO PROCEDURE LOCK DO THEN ' +
    'ELSE END RETURN BEGIN CALL RETURNING'
  ).split(' '),
);
/** Functions that have a FROM in their parentheses. */
const WITH_FROM = new Set('EXTRACT SUBSTRING SUBSTR MID TRIM POSITION'.split(' '));
const OF_SEQUENCE = new Set('NEXTVAL LASTVAL SETVAL'.split(' '));
/** Verbs that are also names of functions. */
const ALSO_FUNCTIONS = new Set('INSERT REPLACE TRUNCATE'.split(' '));
/** After one of these words, a name with a parenthesis after it isn't a function. */
const BEFORE_NO_FUNCTION = new Set('AS KEY INDEX CONSTRAINT TABLE PARTITION WITH RECURSIVE'.split(' '));

interface Depth {
  /** Whether another table follows a comma. */
  isList: boolean;
  /** Whether FROM doesn't mean a table. */
  isPlain: boolean;
  /** The name before the parenthesis, if there is one. */
  named: string | undefined;
}

export interface UsedNames {
  used: UsedName[];
  /** Whether a name is called without a schema. Such a call may be to a built-in function. */
  called: string[];
}

/** Reads from the current token to the statement's end. */
export function readUsedNames(tokens: Tokens): UsedNames {
  return new Reader(tokens).read();
}

class Reader {
  readonly #tokens: Tokens;
  readonly #used = new Map<string, UsedName>();
  readonly #called = new Set<string>();
  /** Names that WITH defines. */
  readonly #local = new Set<string>();
  readonly #depths: Depth[] = [];
  #depth: Depth = { isList: false, isPlain: false, named: undefined };
  #expects: UsedName['kind'] | undefined;
  /** The bare word before the current token, in capitals; empty if there is none. */
  #before = '';
  #beforeThat = '';
  /** The name that ended just before the current token. */
  #name: string | undefined;
  /** The name before an AS. */
  #asName: string | undefined;
  /** The verb of the current statement. */
  #isFetch = false;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  read(): UsedNames {
    const tokens = this.#tokens;
    while (!tokens.isEnd()) {
      if (tokens.type === 'punctuation') this.#punctuation();
      else if (tokens.isName) this.#word();
      else {
        this.#expects = undefined;
        this.#past('');
      }
    }
    const used = [...this.#used.values()].filter(({ schema, name }) => schema !== null || !this.#local.has(name));
    return { used, called: [...this.#called] };
  }

  #punctuation(): void {
    const tokens = this.#tokens;
    if (tokens.isPunctuation('(')) {
      if (this.#asName !== undefined) this.#local.add(this.#asName);
      // INSERT(a, 1, 2, b) and REPLACE(a, b, c) are functions
      const isNested = this.#expects === 'relation' && !ALSO_FUNCTIONS.has(this.#before);
      if (!isNested) this.#expects = undefined;
      this.#depths.push(this.#depth);
      this.#depth = { isList: isNested, isPlain: WITH_FROM.has(this.#before), named: this.#name };
      if (OF_SEQUENCE.has(this.#before)) this.#expects = 'relation';
      this.#past('');
    } else if (tokens.isPunctuation(')')) {
      const { named } = this.#depth;
      this.#depth = this.#depths.pop() ?? { isList: false, isPlain: false, named: undefined };
      this.#expects = undefined;
      this.#past('');
      this.#name = named;
    } else {
      const isNext = tokens.isPunctuation(',') && this.#depth.isList;
      if (tokens.isPunctuation(';')) {
        this.#depth.isList = false;
        this.#isFetch = false;
      }
      this.#expects = isNext ? 'relation' : undefined;
      this.#past('');
    }
  }

  /** Takes a word or a quoted name. */
  #word(): void {
    const tokens = this.#tokens;
    const word = tokens.type === 'word' ? tokens.raw.toUpperCase() : '';
    if (this.#expects !== undefined && BEFORE_TABLE.has(word)) this.#past(word);
    else if (this.#expects !== undefined && !(word === 'SELECT' || word === 'WITH' || word === 'VALUES')) {
      this.#take(this.#expects);
    } else if (word === 'AS') {
      const name = this.#name;
      this.#past(word);
      this.#asName = name;
    } else if (word !== '' && this.#keyword(word)) this.#past(word);
    else this.#other(word);
  }

  /**
   * Takes a word after which a table or routine is named, or that ends a list of tables. @returns whether it is such a
   * word
   */
  #keyword(word: string): boolean {
    const before = this.#before;
    this.#expects = undefined;
    switch (word) {
      case 'FROM':
        if (this.#depth.isPlain || this.#isFetch) return true;
        this.#depth.isList = true;
        this.#expects = 'relation';
        return true;
      case 'JOIN':
      case 'STRAIGHT_JOIN':
        // USE INDEX FOR JOIN; SELECT STRAIGHT_JOIN
        if (before !== 'FOR' && before !== 'SELECT') this.#expects = 'relation';
        return true;
      case 'UPDATE':
        if (before === 'KEY' || before === 'FOR' || before === 'ON') return true;
        this.#depth.isList = true;
        this.#expects = 'relation';
        return true;
      case 'INSERT':
      case 'REPLACE':
      case 'TRUNCATE':
        if (before !== 'OR') this.#expects = 'relation';
        return true;
      case 'TABLE':
      case 'REFERENCES':
        this.#expects = 'relation';
        return true;
      case 'CALL':
        this.#depth.isList = false;
        this.#expects = 'routine';
        return true;
      case 'FETCH':
        this.#isFetch = true;
        return true;
      case 'FOR':
        // Reads the name in NEXT VALUE FOR, which is a sequence.
        if (before === 'VALUE' && /^(NEXT|PREVIOUS)$/.test(this.#beforeThat)) this.#expects = 'relation';
        this.#depth.isList = false;
        return true;
      default:
        if (!END_TABLES.has(word)) return false;
        this.#depth.isList = false;
        return true;
    }
  }

  /** Reads a name in a position in which a table or routine is expected. */
  #take(kind: UsedName['kind']): void {
    const before = this.#before;
    const { schema, name, isQuoted } = this.#readName();
    this.#expects = undefined;
    const isCall = this.#tokens.isPunctuation('(');
    const isInsert = before === 'INTO' || before === 'INSERT' || before === 'REPLACE' || before === 'IGNORE';
    const isMade = before === 'TABLE' || before === 'EXISTS' || before === 'REFERENCES';
    this.#name = name;
    if (kind === 'routine') this.#add('routine', schema, name);
    // a function that returns a table, such as JSON_TABLE
    else if (name === '' || (isCall && !isQuoted && schema === null && !isInsert && !isMade)) return;
    else if (schema !== null || name.toUpperCase() !== 'DUAL') this.#add('relation', schema, name);
  }

  #other(word: string): void {
    const before = this.#before;
    const { schema, name, isQuoted } = this.#readName();
    if (this.#tokens.isPunctuation('(') && !BEFORE_NO_FUNCTION.has(before)) {
      if (isQuoted || schema !== null) this.#add('routine', schema, name);
      else this.#called.add(name);
    }
    this.#beforeThat = before;
    this.#before = schema === null ? word : '';
    this.#name = name;
  }

  /** Reads `name` or `schema.name`, and moves past it. If a name has more parts, the last dot separates the two. */
  #readName(): { schema: string | null; name: string; isQuoted: boolean } {
    const tokens = this.#tokens;
    let schema: string | null = null;
    let name = tokens.value;
    let isQuoted = tokens.type === 'identifier';
    this.#past('');
    while (tokens.isPunctuation('.')) {
      tokens.next();
      if (!tokens.isName) break;
      schema = name;
      name = tokens.value;
      isQuoted ||= tokens.type === 'identifier';
      tokens.next();
    }
    return { schema, name, isQuoted };
  }

  #add(kind: UsedName['kind'], schema: string | null, name: string): void {
    this.#used.set(JSON.stringify([kind, schema, name]), { kind, schema, name });
  }

  #past(word: string): void {
    this.#beforeThat = this.#before;
    this.#before = word;
    this.#name = undefined;
    this.#asName = undefined;
    this.#tokens.next();
  }
}
