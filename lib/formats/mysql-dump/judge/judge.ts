import type { ObjectName } from '../reader/names.ts';
import { type Reading, readingsOf } from '../reader/readings.ts';
import { judgeSet, MYROCKS } from '../reader/settings.ts';
import { MAX_SET_BYTES } from '../reader/sql-mode.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import { readRows } from './literal-rows.ts';
import { type Head, readHead } from './statement-head.ts';
import { alterTableFault, readTableDefinition } from './table-definition.ts';
import type { Verdict } from './verdict.ts';

/** The statements that dumps consist of. Everything else is refused. */
const FROM_DUMPS = new Set([
  '',
  'ALTER DATABASE', // sent with the target's name
  'ALTER SEQUENCE',
  'ALTER TABLE',
  'ANALYZE TABLE',
  'BEGIN',
  'COMMIT',
  'CREATE EVENT',
  'CREATE FUNCTION',
  'CREATE INDEX',
  'CREATE LIBRARY',
  'CREATE PACKAGE',
  'CREATE PROCEDURE',
  'CREATE SEQUENCE',
  'CREATE TABLE',
  'CREATE TRIGGER',
  'CREATE VIEW',
  'DO SETVAL',
  'DROP EVENT',
  'DROP FUNCTION',
  'DROP INDEX',
  'DROP LIBRARY',
  'DROP PACKAGE',
  'DROP PROCEDURE',
  'DROP SEQUENCE',
  'DROP TABLE',
  'DROP TRIGGER',
  'DROP VIEW',
  'INSERT',
  'LOCK TABLES',
  'REPLACE',
  'ROLLBACK',
  'SELECT SETVAL',
  'START TRANSACTION',
  'TRUNCATE TABLE',
  'UNLOCK TABLES',
]);

const REPLICATION = 'it would change where the server replicates from';
const LEFT_OUT: Record<string, string> = {
  'CHANGE MASTER': REPLICATION,
  'CHANGE REPLICATION': REPLICATION,
  'START SLAVE': REPLICATION,
  'START REPLICA': REPLICATION,
  'START ALL': REPLICATION,
  'STOP SLAVE': REPLICATION,
  'STOP REPLICA': REPLICATION,
  'STOP ALL': REPLICATION,
  'PREPARE S': MYROCKS,
  'EXECUTE S': MYROCKS,
  'DEALLOCATE PREPARE': MYROCKS,
};

/** Written by mysqldump's --databases and --all-databases. */
const OWN_DATABASE = new Set(['USE', 'CREATE DATABASE', 'DROP DATABASE']);

/** Statements that are known to affect the server. For these, the message is clearer than "not known from dumps". */
const SERVER_VERBS = new Set(
  'GRANT REVOKE RENAME INSTALL UNINSTALL SHUTDOWN RESTART FLUSH RESET PURGE KILL'.split(' '),
);
const SERVER_OBJECTS = new Set('USER ROLE SERVER TABLESPACE LOGFILE UNDO RESOURCE INSTANCE'.split(' '));

/**
 * The bodies of these run later, if at all. They may contain any statement, including delimiters, so they are sent one
 * by one.
 */
const WITH_BODY = new Set([
  'CREATE EVENT',
  'CREATE FUNCTION',
  'CREATE LIBRARY',
  'CREATE PACKAGE',
  'CREATE PROCEDURE',
  'CREATE TRIGGER',
]);
/** These may read other databases, but nothing runs them while a dump is loaded. */
const QUERIES = new Set(['CREATE VIEW']);
/** Statements about transactions and locks that consist only of these words. */
const COMPLETE = new Set(['', 'BEGIN', 'COMMIT', 'ROLLBACK', 'START TRANSACTION', 'UNLOCK TABLES']);
const COMPLETING = new Set('WORK WITH CONSISTENT SNAPSHOT READ ONLY WRITE'.split(' '));
const OF_MADE_TABLES = new Set(['LOCK TABLES', 'ANALYZE TABLE', 'TRUNCATE TABLE', 'ALTER TABLE', 'CREATE INDEX']);

const PASS: Verdict = { action: 'pass' };

/** What a statement does if it is accepted. */
interface Judged {
  verdict: Verdict;
  head: Head;
  tokens: Tokens;
  /** The columns of a table whose default must not be evaluated, in lower case, with the reason. */
  defaults?: Map<string, string> | undefined;
  saved?: Map<string, string> | undefined;
  /** For an INSERT or REPLACE. */
  rows?: number | undefined;
}

export interface Judgement {
  verdict: Verdict;
  /** The statement's meaning if all executable comments are executed. */
  head: Head;
  /** The number of rows in an INSERT or REPLACE; 0 for other statements. */
  rows: number;
}

/**
 * Checks the statements of a dump, one after the other: what may go into a target database. A verification and a
 * restore reach the same verdict, because it doesn't depend on the target. A statement has to mean something harmless
 * to every server: with executable comments, it is checked as each server reads it. Rows are literal values, and go
 * into tables that the dump itself has created: any other name may be a view into another database.
 */
export class Judge {
  /** Tables that the dump has created, with the defaults that no row may evaluate. */
  readonly #tables = new Map<string, Map<string, string>>();
  /** The system variable whose value each user variable keeps. */
  #saved: ReadonlyMap<string, string> = new Map();

  judge(statement: SqlStatement): Judgement {
    const judged = this.#read(statement);
    const all = [judged];
    if (judged.verdict.action !== 'refuse' && judged.tokens.versionComments.length > 0) {
      const { what } = judged.head;
      const readings = readingsOf(judged.tokens.versionComments);
      if (readings === undefined) return refused(judged.head, `${what} with comments for so many versions`);
      for (const reading of readings) {
        const other = this.#read(statement, reading);
        if (other.verdict.action === 'refuse') return { verdict: other.verdict, head: other.head, rows: 0 };
        all.push(other);
        // a server that skips all of it does nothing
        if (other.head.what === '') continue;
        if (other.head.what !== what)
          return refused(judged.head, `${what} that is ${other.head.what} to other servers`);
        if (!sameNames(other.head, judged.head)) return refused(judged.head, `${what} of one name or another`);
      }
    }
    if (judged.verdict.action === 'pass') this.#follow(all, judged);
    return { verdict: judged.verdict, head: judged.head, rows: judged.rows ?? 0 };
  }

  #read(statement: SqlStatement, reading?: Reading): Judged {
    if (statement.literalFrom >= 0) {
      const judged = this.#readTokens(statement, new Tokens(statement.beforeRows, { reading }));
      // anything unusual is read completely
      if (judged.verdict.action === 'pass' && judged.tokens.versionComments.length === 0) return judged;
    }
    return this.#readTokens(statement, new Tokens(statement, { reading }));
  }

  #readTokens(statement: SqlStatement, tokens: Tokens): Judged {
    const head = readHead(tokens);
    const judged: Judged = { verdict: PASS, head, tokens };
    judged.verdict = this.#headVerdict(judged, statement);
    if (judged.verdict.action === 'pass' && statement.endsInLineComment && !WITH_BODY.has(head.what)) {
      judged.verdict = refuse(`${head.what} that ends in a comment`);
    }
    if (judged.verdict.action === 'pass' && tokens.fault !== undefined && !WITH_BODY.has(head.what)) {
      judged.verdict = refuse(`${head.what} with ${tokens.fault}`);
    }
    return judged;
  }

  #headVerdict(judged: Judged, statement: SqlStatement): Verdict {
    const { head, tokens } = judged;
    const { what, names } = head;
    if (what === 'SET') {
      judged.saved = new Map(this.#saved);
      const verdict = judgeSet(tokens, judged.saved);
      const isLong = statement.textEnd - statement.textStart > MAX_SET_BYTES;
      return verdict.action === 'pass' && isLong ? refuse(`SET of more than ${MAX_SET_BYTES} bytes`) : verdict;
    }
    if (what === 'SELECT' && statement.text.includes('INTO @rocksdb')) return leftOut(tokens, what, MYROCKS);
    const why = LEFT_OUT[what];
    if (why !== undefined) return leftOut(tokens, what, why);
    if (OWN_DATABASE.has(what)) return { action: 'refuse', what, why: 'own database' };
    const [verb = '', object = ''] = what.split(' ');
    if (!FROM_DUMPS.has(what)) {
      const onServer = SERVER_VERBS.has(verb) || SERVER_OBJECTS.has(object) || what.endsWith('SONAME');
      return { action: 'refuse', what, why: onServer ? 'server' : 'unknown' };
    }
    if (names === undefined) return refuse(what);
    // triggers and ALTER DATABASE are rewritten to name the target
    const foreign = what === 'CREATE TRIGGER' ? undefined : names.find((name) => name.database !== undefined);
    if (foreign !== undefined) {
      return { action: 'refuse', what: `${what} ${foreign.database}.${foreign.name}`, why: 'own database' };
    }
    const fault = this.#fault(judged, names, statement);
    return fault === undefined ? PASS : refuse(`${what} … ${fault}`);
  }

  /** How a known statement differs from the form that dump tools write. */
  #fault(judged: Judged, names: readonly ObjectName[], statement: SqlStatement): string | undefined {
    const { head, tokens } = judged;
    const { what } = head;
    if (WITH_BODY.has(what)) return undefined;
    if (OF_MADE_TABLES.has(what)) {
      const other = names.find(({ name }) => !this.#tables.has(name));
      if (other !== undefined) return `of ${other.name}, which the dump has not created as a table`;
    }
    switch (what) {
      case 'INSERT':
      case 'REPLACE':
        return this.#rowsFault(judged, names[0] as ObjectName, statement);
      case 'CREATE TABLE': {
        const { fault, defaults } = readTableDefinition(tokens, true);
        judged.defaults = defaults;
        return fault;
      }
      case 'ALTER TABLE':
        return alterTableFault(tokens);
      case 'DO SETVAL':
      case 'SELECT SETVAL':
        return setvalFault(tokens);
      default:
        if (COMPLETE.has(what)) return incompleteness(tokens);
        return QUERIES.has(what) ? secondStatement(tokens) : readTableDefinition(tokens, false).fault;
    }
  }

  #rowsFault(judged: Judged, table: ObjectName, statement: SqlStatement): string | undefined {
    const { tokens } = judged;
    const defaults = this.#tables.get(table.name);
    if (defaults === undefined) return `into ${table.name}, which the dump has not created as a table`;
    const columns = new Set<string>();
    const hasColumns = tokens.isPunctuation('(');
    if (hasColumns) {
      while (tokens.next() !== 'end' && !tokens.isPunctuation(')')) {
        if (tokens.isName) columns.add(tokens.value.toLowerCase());
        else if (!tokens.isPunctuation(',')) return 'with an unknown list of columns';
      }
      tokens.next();
    }
    if (!tokens.isWord('VALUES') && !tokens.isWord('VALUE')) {
      return tokens.type === 'word' && tokens.raw.length < 20 ? tokens.raw.toUpperCase() : 'without VALUES';
    }
    let hasDefault = false;
    judged.rows = statement.literalRows;
    // the reader may already have found that only literals follow
    if (statement.literalFrom !== tokens.end || tokens.versionComments.length > 0) {
      tokens.next();
      const rows = readRows(tokens);
      if (rows.fault !== undefined) return rows.fault;
      hasDefault = rows.hasDefault;
      judged.rows = rows.count;
    }
    if (defaults.size === 0) return undefined;
    for (const [column, fault] of defaults) {
      if (hasDefault || (hasColumns && !columns.has(column)))
        return `that evaluates the default of ${column}: ${fault}`;
    }
    return undefined;
  }

  /**
   * Remembers what later statements are checked against.
   * @param all the statement in each server's reading
   */
  #follow(all: readonly Judged[], { head: { what, names = [] }, saved }: Judged): void {
    if (what === 'SET') this.#saved = saved ?? this.#saved;
    else if (what === 'CREATE TABLE') {
      const everywhere = all.every(({ head }) => head.what === what && head.isNew !== false);
      const defaults = new Map(all.flatMap((judged) => [...(judged.defaults ?? [])]));
      for (const { name } of names) {
        if (everywhere) this.#tables.set(name, defaults);
        else this.#tables.delete(name);
      }
    } else if (what === 'CREATE VIEW') {
      // servers may consider names that differ only in case equal
      const views = new Set(names.map(({ name }) => folded(name)));
      for (const table of this.#tables.keys()) if (views.has(folded(table))) this.#tables.delete(table);
    } else if (what === 'DROP TABLE') for (const { name } of names) this.#tables.delete(name);
  }
}

function refuse(what: string): Extract<Verdict, { action: 'refuse' }> {
  return { action: 'refuse', what, why: 'unknown' };
}

function refused(head: Head, what: string): Judgement {
  return { verdict: refuse(what), head, rows: 0 };
}

/** The edits that leave out the statement. Undefined if that would leave out more than this statement. */
function leftOut(tokens: Tokens, what: string, why: string): Verdict {
  return secondStatement(tokens) === undefined ? { action: 'leave out', what, why } : refuse(`${what} … ${SECOND}`);
}

const SECOND = 'a second statement';

function secondStatement(tokens: Tokens): string | undefined {
  for (; !tokens.isEnd(); tokens.next()) {
    if (tokens.isPunctuation(';')) return SECOND;
    if (tokens.type === 'word' && tokens.raw.startsWith('$')) return 'a name that begins with $';
  }
  return undefined;
}

function incompleteness(tokens: Tokens): string | undefined {
  while (tokens.type === 'word' && COMPLETING.has(tokens.raw.toUpperCase())) tokens.next();
  if (tokens.isEnd()) return undefined;
  return tokens.type === 'word' && tokens.raw.length < 20 ? tokens.raw.toUpperCase() : SECOND;
}

/** `SETVAL(name, 1, 0)`, from after the name on. */
function setvalFault(tokens: Tokens): string | undefined {
  const isArgument = () => tokens.type === 'number' || tokens.isPunctuation(',') || tokens.isPunctuation('-');
  while (isArgument()) tokens.next();
  if (!tokens.isPunctuation(')')) return 'to an expression';
  tokens.next();
  return tokens.isEnd() ? undefined : SECOND;
}

function sameNames(one: Head, other: Head): boolean {
  const namesOf = ({ names = [] }: Head) => names.map(({ database, name }) => [database, name]);
  return JSON.stringify(namesOf(one)) === JSON.stringify(namesOf(other));
}

function folded(name: string): string {
  return name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}
