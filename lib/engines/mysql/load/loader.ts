import { delimiterArgument } from '../../../formats/mysql-dump/reader/client-command.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import type { Addition, SplitTable } from '../../../formats/mysql-dump/rewrite/split-table.ts';
import { definitionStep, isKnownHead, type LoadStep, loadStep } from '../rules/load-step.ts';
import type { MysqlProgress } from './progress.ts';
import type { DumpPiece, MysqlSession } from './sessions/session.ts';
import { MysqlSessions } from './sessions/sessions.ts';
import type { MysqlDefinitions } from './tables/definitions.ts';
import type { MysqlKeys } from './tables/keys.ts';
import { addedTo, madeFor, RowBatch, type Table } from './tables/table.ts';
import type { ForeignKeys } from './target.ts';

const BATCH_BYTES = 512 * 1024;
/** Larger statements only go through the first session, because a client keeps memory for its largest statement. */
const LARGE_BYTES = 8 * 1024 * 1024;
/**
 * Settings for the sessions of one load, in addition to the dump's own:
 * - The dump's transaction statements are left out: an INSERT that waits for its COMMIT would block the other sessions.
 * - Without unique_checks, MariaDB locks an empty table or partition for the first INSERT: two INSERTs, each with rows
 *   for the other's partition, would deadlock.
 * - A session may be idle for as long as another session needs for its largest table, so it gets the longest time-out
 *   that every server allows.
 */
const OF_THE_LOAD = 'SET autocommit = 1, unique_checks = 1, wait_timeout = 2147483';

export interface LoaderOptions {
  open(): MysqlSession;
  /** The maximum number of sessions. */
  sessions: number;
  /** The target's tables before the load. */
  foreignKeys: ForeignKeys;
  /** Whether others are connected to the database: they may write to a table as soon as it exists. */
  othersWrite: boolean;
  definitions: MysqlDefinitions;
  keys: MysqlKeys;
  /** Called with the state of each table. */
  progress: MysqlProgress;
  /** @throws to stop the load. */
  beforeNextWrite(): Promise<void>;
  log(line: string): void;
}

/**
 * Loads a dump over several sessions. Each INSERT goes to an idle session. When a table's rows are loaded, one session
 * adds its keys while the others continue with the next table. Foreign keys come last. Every session gets every SET, so
 * that each reads a statement exactly as a single session would. Views, routines and events are created in a session of
 * the connection's own user. So are triggers, after everything else. Everything else runs in the first session, after
 * all earlier statements have finished. After the first unknown statement, everything runs there.
 */
export class MysqlLoader {
  readonly #options: LoaderOptions;
  readonly #sessions: MysqlSessions;
  #mode: 'head' | 'several' | 'as it stands' = 'head';
  #head: DumpPiece[] = [];
  /** The settings of character_set_client since the last statement that wasn't a SET. */
  #charset: Buffer[] = [];

  readonly #tables = new Map<string, Table>();
  /** The table whose rows are being read. */
  #current: Table | undefined;
  /** Rows of that table that haven't been sent to any session yet. */
  readonly #batch = new RowBatch();
  #withForeignKeys: Table[] = [];
  /** Whether the first session may still be running a statement that has to run in order. */
  #placed = false;
  #mayHaveWritten = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#sessions = new MysqlSessions(options.open);
  }

  /** Whether anything except settings was sent. */
  get mayHaveWritten(): boolean {
    return this.#mayHaveWritten;
  }

  /** Takes the next piece, exactly as it is to be sent. */
  async take(statement: SqlStatement): Promise<void> {
    const { bytes, firstLine, lastLine } = statement;
    const sent = { bytes, line: firstLine, lines: lastLine - firstLine };
    this.#options.progress.touched(statement);
    if (await this.#define(statement)) return;
    if (statement.kind === 'delimiter-command' && this.#mode !== 'several') this.#setDelimiter(statement);
    if (this.#mode === 'as it stands') return this.#sessions.main.pass(sent);
    const step = loadStep(statement, this.#options.foreignKeys.needKeyOf, this.#options.othersWrite);
    if (this.#mode === 'head') {
      const isHead = step.kind === 'setting' || step.kind === 'nothing';
      if (isHead) {
        this.#head.push(sent);
        return this.#sessions.main.pass(sent);
      }
      this.#mayHaveWritten = true;
      this.#mode = await this.#afterHead();
      if (this.#mode === 'as it stands') return this.#sessions.main.pass(sent);
    }
    if (step.kind === 'setting') await this.#set(step.of, statement, sent);
    else {
      const charset = this.#charset;
      this.#charset = [];
      await this.#run(step, statement, sent, charset);
    }
  }

  /** Waits for the running work, ends the sessions, and creates the triggers. */
  async end(): Promise<void> {
    if (this.#mode === 'several') await this.#finish();
    await this.#sessions.close();
    const { definitions, keys, progress, beforeNextWrite } = this.#options;
    progress.allCompleted(keys.incomplete);
    await keys.end();
    await definitions.makeTriggers(beforeNextWrite);
    await definitions.end();
  }

  /** Whether handling this piece ends here. */
  async #define(statement: SqlStatement): Promise<boolean> {
    const step = definitionStep(statement);
    const { definitions, keys } = this.#options;
    const { text, line } = statement;
    if (step?.kind === 'setting') {
      definitions.set(text, line);
      keys.set(text, line);
    }
    if (step === undefined || step.kind === 'setting') return false;
    this.#mayHaveWritten = true;
    if (step.kind === 'trigger') await definitions.keepTrigger(text, line, step.table);
    else {
      await this.#closeTable();
      // while a placeholder is created, other tables' keys may still be added: it only needs the previous object with
      // its name to be gone
      if (step.kind === 'placeholder' && this.#mode === 'several') await this.#settlePlaced();
      else await this.#sessions.settled();
      await definitions.run(text, line);
    }
    return true;
  }

  /** Decides how to continue, depending on how the dump begins. */
  async #afterHead(): Promise<'several' | 'as it stands'> {
    if (!isKnownHead(this.#head.map(({ bytes }) => bytes))) {
      this.#options.log(
        'NOTE: the dump does not begin like one of mysqldump or mariadb-dump: loading it unchanged, in one session',
      );
      return 'as it stands';
    }
    // open this one before the other sessions, which may use up all that the server allows
    await this.#options.definitions.connect();
    await this.#sessions.openOthers(this.#options.sessions, this.#head);
    const ofTheLoad = Buffer.from(`${OF_THE_LOAD} ${this.#sessions.delimiter}`, 'latin1');
    await this.#sessions.sendToAll({ bytes: ofTheLoad, line: 1, lines: 0 });
    this.#options.keys.set(Buffer.from(OF_THE_LOAD), 1);
    this.#head = [];
    const { count } = this.#sessions;
    const { othersWrite } = this.#options;
    const sessions = count === 1 ? 'one session' : `${count} sessions at once`;
    this.#options.log(`NOTE: loading with ${sessions}, each table's keys after its rows, foreign keys last`);
    if (othersWrite) {
      this.#options.log(
        'NOTE: other sessions are connected to the database: unique keys are created with their tables',
      );
    }
    return 'several';
  }

  async #set(of: string, statement: SqlStatement, sent: DumpPiece): Promise<void> {
    if (of === 'checks') {
      await this.#finish();
      if (this.#mode === 'as it stands') return this.#sessions.main.pass(sent);
    } else if (of === 'character set') await this.#flush();
    else await this.#closeTable(); // its keys must be read with the same character set as its CREATE TABLE
    if (of === 'character set') this.#charset.push(Buffer.from(statement.text));
    if (statement.kind === 'delimiter-command') this.#setDelimiter(statement);
    await this.#sessions.sendToAll(sent);
  }

  #setDelimiter({ text, line }: SqlStatement): void {
    this.#sessions.delimiter = delimiterArgument(text.subarray('delimiter'.length), line).toString('latin1');
  }

  async #run(step: LoadStep, statement: SqlStatement, sent: DumpPiece, charset: Buffer[]): Promise<void> {
    switch (step.kind) {
      case 'nothing':
      case 'commit':
        return;
      case 'rows':
        if (this.#current !== undefined && this.#current.name === step.names[0]) return this.#addRows(sent);
        if (step.names[0] !== undefined) this.#options.progress.placed(step.names[0]);
        return this.#inPlace({ ...sent, table: step.names[0] });
      case 'keys':
        if (!step.names.every((name) => this.#tables.has(name))) await this.#inPlace(sent);
        return;
      case 'lock':
        // the first session would keep the others from adding foreign keys, or could not follow those to tables that it
        // hasn't locked
        return;
      case 'unlock':
        return this.#closeTable();
      case 'drop':
        // if a table of this dump comes again, none of its work may still be running
        if (step.names.some((name) => this.#tables.has(name))) await this.#finish();
        if (this.#mode === 'as it stands') return this.#sessions.main.pass(sent);
        for (const name of step.names) this.#tables.delete(name);
        return this.#anywhere(sent);
      case 'create':
        return this.#create(step.table, statement, sent, charset);
      case 'object':
        if (step.table !== undefined) this.#options.progress.placed(step.table);
        return this.#inPlace({ ...sent, table: step.table });
      case 'other':
        await this.#finish();
        this.#mode = 'as it stands';
        this.#options.log(`NOTE: line ${statement.line}: ${step.what}: loading the rest unchanged, in one session`);
        return this.#sessions.main.pass(sent);
    }
  }

  async #create(split: SplitTable, statement: SqlStatement, sent: DumpPiece, charset: Buffer[]): Promise<void> {
    const { create, ...rest } = split;
    const { name } = rest;
    if (this.#tables.has(name)) return this.#inPlace(sent);
    const table = { ...rest, line: statement.line, charset, sessions: new Set<MysqlSession>() };
    await this.#anywhere(madeFor(table, this.#sessions.delimiter, [create]));
    this.#current = table;
    this.#tables.set(name, table);
  }

  async #addRows(sent: DumpPiece): Promise<void> {
    if (!this.#batch.isFollowedBy(sent)) await this.#flush();
    this.#batch.add(sent);
    if (this.#batch.bytes >= BATCH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const table = this.#current;
    const rows = this.#batch.take();
    if (table === undefined || rows === undefined) return;
    const session = await this.#sessionForRows(table, rows.bytes.length);
    await session.send({ ...rows, table: table.name });
    const done = session.settled(this.#sessions.delimiter, true);
    done.catch(() => {});
    table.sessions.add(session);
  }

  async #sessionForRows(table: Table, bytes: number): Promise<MysqlSession> {
    const [only] = table.ordered ? table.sessions : bytes > LARGE_BYTES ? [this.#sessions.main] : [];
    if (only === undefined) return this.#idle(true);
    while (only.isBusy && !only.takesRows) await only.progress();
    return only;
  }

  /** Call this once a table's rows are loaded. A session then adds its keys, and this doesn't wait for it. */
  async #closeTable(): Promise<void> {
    await this.#flush();
    const table = this.#current;
    if (table === undefined) return;
    this.#current = undefined;
    await this.#sessions.settled(table.sessions);
    const { progress, keys } = this.#options;
    const { name, foreignKeys } = table;
    if (foreignKeys !== undefined) this.#withForeignKeys.push(table);
    const keysAreIn = () => {
      if (foreignKeys === undefined && !keys.incomplete.has(name)) progress.completed(name);
    };
    if (table.keys.length === 0) keysAreIn();
    else await this.#alter(await this.#idle(), table, table.keys, keysAreIn);
  }

  /**
   * Makes a session add what was removed from a CREATE TABLE.
   * @param then called once that is done
   */
  async #alter(session: MysqlSession, table: Table, additions: readonly Addition[], then: () => void): Promise<void> {
    const { keys } = this.#options;
    const apart = await keys.session();
    if (apart !== undefined) return session.busyWith(keys.add(apart, table, additions).then(then));
    await session.send(addedTo(table, this.#sessions.delimiter, additions));
    session.settled(this.#sessions.delimiter).then(then, () => {});
  }

  /** A statement that doesn't depend on the running work, but on which the following statements depend. */
  async #anywhere(sent: DumpPiece): Promise<void> {
    await this.#closeTable();
    // dropping or creating a table locks the tables that refer to it; if another table's keys are being added, this
    // could deadlock
    if (this.#options.foreignKeys.exist) await this.#sessions.settled();
    const session = await this.#idle();
    await session.send(sent);
    await session.settled(this.#sessions.delimiter);
  }

  /**
   * Runs in the first session, after all earlier work has finished except foreign keys, which nothing in a dump depends
   * on.
   */
  async #inPlace(sent: DumpPiece): Promise<void> {
    await this.#closeTable();
    await this.#sessions.settled(this.#sessions.others);
    this.#placed = true;
    await this.#sessions.main.pass(sent);
  }

  /**
   * Waits for everything so far. Once there are foreign keys, the tables that they refer to can't be created without
   * their keys.
   */
  async #finish(): Promise<void> {
    await this.#closeTable();
    await this.#sessions.settled();
    const { progress, keys } = this.#options;
    progress.placedAreDone();
    const tables = this.#withForeignKeys;
    this.#withForeignKeys = [];
    // one by one, because each locks the tables that it names
    for (const table of tables) {
      await this.#alter(this.#sessions.main, table, table.foreignKeys ? [table.foreignKeys] : [], () => {
        if (!keys.incomplete.has(table.name)) progress.completed(table.name);
      });
      await this.#sessions.settled([this.#sessions.main]);
    }
    if (tables.length > 0) this.#mode = 'as it stands';
  }

  async #idle(forRows = false): Promise<MysqlSession> {
    await this.#settlePlaced();
    return this.#sessions.free(forRows);
  }

  async #settlePlaced(): Promise<void> {
    if (!this.#placed) return;
    await this.#sessions.settled([this.#sessions.main]);
    this.#placed = false;
    this.#options.progress.placedAreDone();
  }
}
