import { dumpedDatabase, ORIGIN_BYTES } from '../../../databases/sql-dump-origin.ts';
import { Judge } from '../../../formats/mysql-dump/judge/judge.ts';
import { type Head, readHead } from '../../../formats/mysql-dump/judge/statement-head.ts';
import { refusal } from '../../../formats/mysql-dump/judge/verdict.ts';
import { countNewlines, NEWLINE } from '../../../formats/mysql-dump/reader/bytes.ts';
import { type ObjectName, quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import { withoutAutoCreateUser } from '../../../formats/mysql-dump/reader/sql-mode.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { Tokens } from '../../../formats/mysql-dump/reader/tokens.ts';
import { bodyEnd } from '../../../formats/mysql-dump/rewrite/body-end.ts';
import { replaceCollations } from '../../../formats/mysql-dump/rewrite/collations.ts';
import { type ConstraintNames, ConstraintRenames } from '../../../formats/mysql-dump/rewrite/constraint-names.ts';
import { applyEdits, type Edit } from '../../../formats/mysql-dump/rewrite/edits.ts';
import { escapedNewlines } from '../../../formats/mysql-dump/rewrite/escaped-newlines.ts';
import { FoldedNames } from '../../../formats/mysql-dump/rewrite/folded-names.ts';
import {
  type Column,
  defaultsForGenerated,
  readColumns,
} from '../../../formats/mysql-dump/rewrite/generated-columns.ts';
import { counted, Notes } from '../../../formats/mysql-dump/rewrite/notes.ts';
import { disabledEvent, sourceQualifiers } from '../../../formats/mysql-dump/rewrite/source-qualifiers.ts';
import { missingEngines, tableDirectories } from '../../../formats/mysql-dump/rewrite/table-options.ts';
import { MYSQL_FAMILY, type MysqlType } from './mysql-family.ts';

/** What the filter needs to know about the server and database that a dump is loaded into. */
export interface DumpTarget {
  dbType: MysqlType;
  /** The database that the client has selected. */
  database: string;
  /**
   * Whether objects may keep this definer: the account has to exist, and the restoring user must be allowed to set it.
   */
  keepDefiner(user: string, host: string): boolean;
  /**
   * Whether the server knows this collation (full name in lower case). This is only asked about collations of MySQL 8
   * and similar ones.
   */
  hasCollation(name: string): boolean;
  /** Whether tables can be created in this storage engine (name in upper case). */
  hasEngine(name: string): boolean;
  /** The names of constraints of the tables that the dump doesn't replace; undefined if names aren't checked. */
  takenConstraints?: ConstraintNames | undefined;
  /** Whether the server considers table names that differ only in case equal. */
  foldsNames: boolean;
}

/**
 * Decides which parts of a dump by mysqldump or mariadb-dump go to the target. It leaves out everything that acts
 * outside the target database, and puts the rest into a form that the target accepts. Give it the reader's pieces in
 * order; send what `apply` returns to the `mysql` or `mariadb` client (--binary-mode, the target database selected).
 * Unchanged pieces aren't copied, and the number of lines never changes, so that the client's "at line N" is the
 * dump's.
 */
export class MysqlDumpFilter {
  readonly #target: DumpTarget;
  readonly #judge = new Judge();
  readonly #notes = new Notes();
  /** Tables with generated columns for which MySQL would refuse values. */
  readonly #generated = new Map<string, Column[]>();
  readonly #created = new Set<string>();
  readonly #withRowId = new Set<string>();
  readonly #folded = new FoldedNames();
  readonly #warnings: string[] = [];
  readonly #renames: ConstraintRenames | undefined;
  /** The name of the dumped database, after the dump has named it. */
  #source: string | undefined;

  constructor(target: DumpTarget) {
    this.#target = target;
    this.#renames = target.takenConstraints && new ConstraintRenames(target.takenConstraints);
  }

  /** Lines for the restore's log: what was left out or rewritten so far, how often, and why. */
  get notes(): string[] {
    return this.#notes.lines();
  }

  /** What the user has to check. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Tables, views and sequences that the dump has created so far. */
  get created(): ReadonlySet<string> {
    return this.#created;
  }

  /** Tables that have a column my_row_id in the dump. */
  get withRowId(): ReadonlySet<string> {
    return this.#withRowId;
  }

  /** The bytes to send for a piece. Throws RestoreError if the dump must not continue. */
  apply(statement: SqlStatement): Buffer {
    if (this.#source === undefined && this.#created.size === 0) this.#source = sourceIn(statement);
    if (statement.kind === 'sandbox-comment') return withoutText(statement);
    if (statement.kind !== 'statement') return statement.bytes;
    const { verdict, head } = this.#judge.judge(statement);
    if (verdict.action === 'refuse') throw refusal(verdict, statement);
    if (verdict.action === 'leave out') {
      const { what, why } = verdict;
      this.#notes.add(what, (count) => `left out ${what} (${counted(count, 'statement')}): ${why}`);
      return withoutText(statement);
    }
    if (this.#target.foldsNames) this.#refuseFolded(head);
    this.#noteCreated(head, statement);
    const edits = [
      ...this.#definer(head),
      ...this.#database(head),
      ...this.#copied(head, statement),
      ...this.#generatedColumns(head, statement),
      ...this.#directories(head, statement),
      ...this.#engine(head, statement),
      ...this.#constraints(head, statement),
      ...this.#sqlMode(head, statement),
      ...this.#collations(head, statement),
      ...bodyEnd(statement),
      ...escapedNewlines(statement),
    ];
    return edits.length === 0 ? statement.bytes : applyEdits(statement.bytes, edits);
  }

  #refuseFolded({ what, names }: Head): void {
    const isMade = what === 'CREATE TABLE' || what === 'CREATE VIEW' || what === 'CREATE SEQUENCE';
    if (!isMade && what !== 'DROP TABLE' && what !== 'DROP VIEW' && what !== 'DROP SEQUENCE') return;
    for (const { name } of names ?? []) this.#folded.take(name, isMade);
  }

  #noteCreated({ what, names }: Head, statement: SqlStatement): void {
    if (what !== 'CREATE TABLE' && what !== 'CREATE VIEW' && what !== 'CREATE SEQUENCE') return;
    for (const { name } of names ?? []) {
      this.#created.add(name);
      if (what === 'CREATE TABLE' && statement.text.includes('my_row_id')) this.#withRowId.add(name);
    }
  }

  #definer({ definer }: Head): Edit[] {
    if (definer === undefined || this.#target.keepDefiner(definer.user, definer.host)) return [];
    const account = `${quoteName(definer.user)}@${quoteName(definer.host)}`;
    this.#notes.add(
      account,
      (count) =>
        `removed DEFINER=${account} from ${counted(count, 'object')}, which the restoring user now owns: ` +
        'the target lacks that account, or may not set it',
    );
    return [definer.removal];
  }

  /**
   * The ALTER DATABASE around routines, triggers and events names the source, which on the target is another database.
   * MariaDB's head of a trigger may name it too, if its author wrote it; a trigger is always in its table's database.
   */
  #database({ what, names }: Head): Edit[] {
    if (what === 'CREATE TRIGGER') return this.#triggerNames(names ?? []);
    const named = what === 'ALTER DATABASE' ? names?.[0] : undefined;
    if (named === undefined || (named.database === undefined && named.name === this.#target.database)) return [];
    const { name, start, end } = named;
    const target = quoteName(this.#target.database);
    this.#notes.add(
      `ALTER DATABASE ${name}`,
      (count) => `rewrote ALTER DATABASE ${quoteName(name)} to name ${target} (${counted(count, 'statement')})`,
    );
    return [{ start, end, replacement: target }];
  }

  /** In a copy under another name, nothing may affect the original. */
  #copied({ what, names }: Head, statement: SqlStatement): Edit[] {
    const { database } = this.#target;
    const source = this.#source;
    if (source === undefined || source === database || !DEFINITIONS.has(what)) return [];
    const { edits, isDoubtful, isInText, others: foreign } = sourceQualifiers(statement, source, database);
    const object = `${what.replace(/^\S+ /, '').toLowerCase()} ${quoteName(names?.[0]?.name ?? '')}`;
    if (edits.length > 0) {
      this.#notes.add(
        `source of ${object}`,
        () => `rewrote ${quoteName(source)} to ${quoteName(database)} in ${object} (${counted(edits.length, 'place')})`,
      );
    }
    if (isDoubtful) {
      this.#warnings.push(
        `${object} has ${quoteName(source)} both as an alias and before a dot: check whether it reaches into the original`,
      );
    }
    if (isInText) {
      this.#warnings.push(`${object} builds SQL as text that names ${quoteName(source)}: it reaches into the original`);
    }
    for (const other of foreign) this.#warnings.push(`${object} names another database, ${quoteName(other)}`);
    const disabled = what === 'CREATE EVENT' ? disabledEvent(statement) : [];
    if (disabled.length > 0) {
      const name = `${quoteName(database)}.${quoteName(names?.[0]?.name ?? '')}`;
      this.#warnings.push(`${object} is disabled in this copy; to have it run: ALTER EVENT ${name} ENABLE`);
    }
    // the whole head of a trigger is rewritten
    const heads = what === 'CREATE TRIGGER' ? (names ?? []) : [];
    const others = edits.filter((edit) => !heads.some(({ start, end }) => edit.start >= start && edit.end <= end));
    return [...others, ...disabled];
  }

  #triggerNames(names: readonly ObjectName[]): Edit[] {
    const qualified = names.filter(({ database }) => database !== undefined);
    if (qualified.length === 0) return [];
    const trigger = quoteName(names[0]?.name ?? '');
    this.#notes.add(`trigger ${trigger}`, () => `rewrote the head of trigger ${trigger} to name no database`);
    return qualified.map(({ name, start, end }) => ({ start, end, replacement: quoteName(name) }));
  }

  /**
   * With the sql_mode that dumps set, MariaDB accepts values for generated columns (with a warning); MySQL never does.
   */
  #generatedColumns({ what, names }: Head, statement: SqlStatement): Edit[] {
    const table = names?.[0]?.name;
    if (MYSQL_FAMILY[this.#target.dbType].takesGeneratedValues || table === undefined) return [];
    if (what === 'CREATE TABLE') {
      const columns = readColumns(afterHead(statement));
      if (columns.some((column) => column.generated)) this.#generated.set(table, columns);
      else this.#generated.delete(table);
      return [];
    }
    const columns = what === 'INSERT' || what === 'REPLACE' ? this.#generated.get(table) : undefined;
    if (columns === undefined) return [];
    const edits = defaultsForGenerated(afterHead(statement), columns, statement);
    if (edits.length > 0) {
      this.#notes.add(
        `generated ${table}`,
        (count) =>
          `rewrote ${counted(count, 'INSERT')} into ${quoteName(table)}: MySQL computes generated columns itself and ` +
          'refuses values for them',
      );
    }
    return edits;
  }

  #directories({ what, names }: Head, statement: SqlStatement): Edit[] {
    const edits = what === 'CREATE TABLE' ? tableDirectories(statement) : [];
    const table = quoteName(names?.[0]?.name ?? '');
    if (edits.length > 0) {
      this.#notes.add(
        `directories of ${table}`,
        () => `left out DATA and INDEX DIRECTORY of ${table}: they name places on the server that was backed up`,
      );
    }
    return edits;
  }

  #engine({ what, names }: Head, statement: SqlStatement): Edit[] {
    if (what !== 'CREATE TABLE') return [];
    const missing = missingEngines(statement, this.#target.hasEngine.bind(this.#target));
    if (missing === undefined) return [];
    const table = quoteName(names?.[0]?.name ?? '');
    this.#warnings.push(
      `the target lacks the storage engine ${missing.engine}: table ${table} and its rows are restored into InnoDB`,
    );
    return missing.edits;
  }

  #constraints({ what, names }: Head, statement: SqlStatement): Edit[] {
    if (what !== 'CREATE TABLE' && what !== 'ALTER TABLE') return [];
    const table = names?.[0]?.name ?? '';
    const edits = this.#renames?.edits(statement, table) ?? [];
    for (const { name, to } of edits) {
      this.#warnings.push(
        `constraint ${quoteName(name)} of table ${quoteName(table)} is restored as ${quoteName(to)}: the database already has one of its name`,
      );
    }
    return edits;
  }

  #sqlMode({ what }: Head, statement: SqlStatement): Edit[] {
    const isKnown = MYSQL_FAMILY[this.#target.dbType].knowsNoAutoCreateUser;
    const edits = what === 'SET' && !isKnown ? withoutAutoCreateUser(statement) : [];
    if (edits.length > 0) {
      this.#notes.add(
        'NO_AUTO_CREATE_USER',
        (count) => `removed NO_AUTO_CREATE_USER from ${counted(count, 'sql_mode')}: MySQL 8 no longer knows it`,
      );
    }
    return edits;
  }

  #collations({ what }: Head, statement: SqlStatement): Edit[] {
    const isData = what === 'INSERT' || what === 'REPLACE';
    if (isData || !statement.text.includes('0900')) return [];
    const edits = replaceCollations(statement, this.#target.hasCollation.bind(this.#target));
    for (const { from, replacement } of edits) {
      const to = replacement.replaceAll(/['"`]/g, '');
      this.#notes.add(
        from,
        (count) => `replaced collation ${from} by ${to} (${counted(count, 'place')}): the target lacks it`,
      );
    }
    return edits;
  }
}

/** The dumped database's name, according to the comments before a statement. A dump names it at its beginning. */
function sourceIn({ leading }: SqlStatement): string | undefined {
  return dumpedDatabase(leading.toString('utf8', 0, Math.min(leading.length, ORIGIN_BYTES)));
}

/** The parts that may contain names of databases. */
const DEFINITIONS = new Set([
  'ALTER TABLE',
  'CREATE EVENT',
  'CREATE FUNCTION',
  'CREATE PACKAGE',
  'CREATE PROCEDURE',
  'CREATE SEQUENCE',
  'CREATE TABLE',
  'CREATE TRIGGER',
  'CREATE VIEW',
  'DO SETVAL',
  'DROP TRIGGER',
  'SELECT SETVAL',
]);

/** Everything before the statement, and the number of line ends in it. */
function withoutText(statement: SqlStatement): Buffer {
  const { bytes, leading, textStart } = statement;
  const newlines = countNewlines(bytes, textStart, bytes.length);
  return newlines === 0 ? leading : Buffer.concat([leading, Buffer.alloc(newlines, NEWLINE)]);
}

function afterHead(statement: SqlStatement): Tokens {
  const tokens = new Tokens(statement);
  readHead(tokens);
  return tokens;
}
