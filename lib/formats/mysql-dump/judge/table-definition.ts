import type { Tokens } from '../reader/tokens.ts';

/**
 * Checks the definitions of tables and keys. Anything that they evaluate while rows are loaded may only consist of
 * built-in functions of the row's own values. Servers themselves refuse subqueries, stored functions and loadable
 * functions there.
 */

/**
 * Engines that store a table's rows in the database itself. Other engines access files, other tables or other servers.
 */
const ENGINES = new Set(
  'INNODB MYISAM MEMORY HEAP CSV ARCHIVE BLACKHOLE ARIA ROCKSDB TOKUDB NDB NDBCLUSTER SEQUENCE'.split(' '),
);
/** Built-in functions that read files, wait or lock, and functions of a well-known library that runs programs. */
const FUNCTIONS_REFUSED = new Set(
  (
    'LOAD_FILE SLEEP BENCHMARK GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS MASTER_POS_WAIT MASTER_GTID_WAIT ' +
    'SOURCE_POS_WAIT WAIT_FOR_EXECUTED_GTID_SET SETVAL SYS_EXEC SYS_EVAL SYS_GET SYS_SET'
  ).split(' '),
);
/** What ALTER TABLE … ADD may add. */
const ADDED = new Set('CONSTRAINT KEY INDEX UNIQUE PRIMARY FULLTEXT SPATIAL FOREIGN CHECK'.split(' '));
const NO_COLUMN = new Set([...ADDED, 'PERIOD', 'VECTOR']);

/** The result: what isn't accepted, and the columns whose default isn't, in lower case. */
export interface Definition {
  fault: string | undefined;
  defaults: Map<string, string>;
}

/** Reads a statement, from after its head to its end. */
export function readTableDefinition(tokens: Tokens, isTable: boolean): Definition {
  const defaults = new Map<string, string>();
  const scan = new DefinitionScan(tokens);
  let column: string | undefined;
  let atStart = false;
  for (; !tokens.isEnd(); tokens.next()) {
    const { depth } = scan;
    if (isTable && depth === 1 && column !== undefined && tokens.isWord('DEFAULT') && !atStart) {
      scan.take();
      tokens.next();
      const fault = scan.takeValue();
      if (fault !== undefined) defaults.set(column, fault);
      if (tokens.isEnd()) break;
    }
    const isNew = isTable && depth === 1 && atStart;
    if (isNew) {
      const isColumn = tokens.type === 'identifier' || (tokens.isName && !NO_COLUMN.has(tokens.raw.toUpperCase()));
      column = isColumn ? tokens.value.toLowerCase() : undefined;
    }
    const fault = (isTable && likeFault(tokens, depth, atStart)) || scan.take(isNew);
    if (fault) return { fault, defaults };
    atStart = scan.depth === 1 && (depth === 0 || tokens.isPunctuation(','));
    if (scan.depth === 0) column = undefined;
  }
  return { fault: undefined, defaults };
}

function likeFault(tokens: Tokens, depth: number, atStart: boolean): string | undefined {
  return tokens.isWord('LIKE') && (depth === 0 || (depth === 1 && atStart)) ? 'LIKE' : undefined;
}

/** The forms of ALTER TABLE in dumps: they switch keys off and on, and add keys and constraints. */
export function alterTableFault(tokens: Tokens): string | undefined {
  if (tokens.isWord('DISABLE') || tokens.isWord('ENABLE')) {
    tokens.next();
    if (!tokens.isWord('KEYS')) return tokens.raw.toUpperCase().slice(0, 20);
    tokens.next();
    return tokens.isEnd() ? undefined : 'more than KEYS';
  }
  const scan = new DefinitionScan(tokens);
  for (let atStart = true; !tokens.isEnd(); tokens.next()) {
    if (atStart) {
      if (!tokens.isWord('ADD')) return tokens.type === 'word' ? tokens.raw.toUpperCase() : 'an unknown change';
      tokens.next();
      if (tokens.type !== 'word' || !ADDED.has(tokens.raw.toUpperCase()))
        return 'ADD of neither a key nor a constraint';
    }
    const fault = scan.take();
    if (fault !== undefined) return fault;
    atStart = scan.depth === 0 && tokens.isPunctuation(',');
  }
  return undefined;
}

/** Looks at one token after the other. */
class DefinitionScan {
  readonly #tokens: Tokens;
  depth = 0;
  #before: 'name' | 'word' | 'engine' | 'values' | 'other' = 'other';
  #word = '';
  /**
   * A quoted name followed by a parenthesis, inside another parenthesis. It is either a column with the length of a key
   * part, or a function.
   */
  #mayCall = false;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /**
   * Takes the current token.
   * @param isName whether this token is certainly a name.
   * @returns what isn't accepted.
   */
  take(isName = false): string | undefined {
    const tokens = this.#tokens;
    if (this.#mayCall && tokens.type !== 'number') return `a call of ${this.#word}`;
    this.#mayCall = false;
    if (tokens.type === 'punctuation') return this.#punctuation();
    if (this.#before === 'engine') return this.#engine();
    const afterValues = this.#word === 'VALUES';
    this.#before = tokens.type === 'identifier' ? 'name' : 'other';
    this.#word = tokens.type === 'identifier' ? 'a quoted name' : '';
    if (tokens.type !== 'word') return undefined;
    const word = tokens.raw.toUpperCase();
    if (word.startsWith('$')) return 'a name that begins with $';
    this.#before = 'word';
    this.#word = word;
    if (isName) return undefined;
    if (word === 'SELECT' || word === 'TABLE') return word;
    if (word === 'ROW' && afterValues) return 'VALUES ROW';
    if (this.depth === 0 && (word === 'CONNECTION' || word === 'UNION')) return word;
    if (word === 'ENGINE') this.#before = 'engine';
    return undefined;
  }

  /**
   * Takes a value or expression: a token, and the parentheses after it.
   * @returns what isn't accepted.
   */
  takeValue(): string | undefined {
    const tokens = this.#tokens;
    const { depth } = this;
    let fault: string | undefined;
    for (let count = 0; !tokens.isEnd(); tokens.next(), count++) {
      if (count > 0 && this.depth === depth && !tokens.isPunctuation('(')) break;
      if (count === 0 && tokens.isPunctuation(',')) break;
      fault = this.take() ?? fault;
    }
    return fault;
  }

  #engine(): string | undefined {
    this.#before = 'other';
    const engine = this.#tokens.value.toUpperCase();
    return ENGINES.has(engine) ? undefined : `ENGINE=${/^\w{1,32}$/.test(engine) ? engine : '…'}`;
  }

  #punctuation(): string | undefined {
    const tokens = this.#tokens;
    const before = this.#before;
    if (before === 'engine' && tokens.isPunctuation('=')) return undefined;
    this.#before = 'other';
    if (tokens.isPunctuation('(')) {
      this.depth++;
      if (before === 'word' && FUNCTIONS_REFUSED.has(this.#word)) return this.#word;
      if (before === 'word' && /[^\w$]/.test(this.#word)) return 'a call of a function that is not built in';
      this.#mayCall = before === 'name' && this.depth > 2;
    } else if (tokens.isPunctuation(')')) this.depth--;
    else if (tokens.isPunctuation(';')) return 'a second statement';
    else if (tokens.isPunctuation('@') || tokens.isPunctuation('@@')) return 'a variable';
    else if (tokens.isPunctuation('.') && (before === 'name' || before === 'word')) return 'a name with a database';
    return undefined;
  }
}
