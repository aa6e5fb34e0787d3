/**
 * Loads a plain SQL dump through one session, as one transaction. Each statement is checked, sent by itself, and
 * followed by a check of the session (plain-session.ts). Statements that may fail harmlessly (an owner that the target
 * lacks) get a savepoint of their own. Any other failure rolls everything back.
 * If the session belongs to a role created for the restore, the connection's user runs some statements
 * (plain-division.ts).
 */
import pg from 'pg';
import { RestoreError, StepError } from '../../../../errors/errors.ts';
import { PlainDump, type PlainPiece } from '../../../../formats/pg-dump/plain/dump.ts';
import { tableOfCommand } from '../../../../formats/pg-dump/sql/command-table.ts';
import type { Reporter } from '../../../load/engine.ts';
import type { TableStates } from '../../../table-states.ts';
import { errorHint } from '../../rules/error-hints.ts';
import { unfilledView } from '../../rules/pg-restore-verdict.ts';
import { endsSession } from '../../session/session.ts';
import { postgresMajor, postgresTables } from '../../session/target.ts';
import { PlainDivision } from './plain-division.ts';
import { AS_GRANTOR, isForgivable, isForgiven, isIdleDrop } from './plain-forgiven.ts';
import type { PlainPart } from './plain-part.ts';
import { PlainSession } from './plain-session.ts';
import { Rows, runStatement } from './statement.ts';

export interface PlainTarget {
  /** A session in the target database, with the rights that the dump is loaded with. The load owns it. */
  client: pg.Client;
  /** Whether the database was created for this restore. */
  created: boolean;
  /** The connection user's part, if the session belongs to a role created for the restore. */
  own?: PlainPart | undefined;
  /** Creates the error for something that only a superuser may create. */
  needsTrusted(what: string): RestoreError;
  /**
   * Undoes what `own` has done, once the session has ended.
   * @throws for what could not be undone
   */
  undo(): Promise<void>;
  /** Called with the existing tables, and with those that the dump has written. */
  tables: TableStates;
  /** Called once everything is committed, before owners and rights are set. */
  analyze(): Promise<void>;
  /** Called once nothing of the dump is left in the database, and the session has ended. */
  isTakenBack(): Promise<void>;
}

type Statement = Extract<PlainPiece, { kind: 'statement' }>;

const FIRST_WITH_STATISTICS = 18;

const LONGEST_FORGIVEN_BYTES = 4096;

/** @throws RestoreError, or the dump's own error; then nothing of the dump is in the target. */
export async function loadPlain(dump: AsyncIterable<Buffer>, target: PlainTarget, telling: Reporter): Promise<void> {
  const load = new PlainLoad(target, telling);
  await load.begin();
  try {
    await load.follow(dump);
  } catch (error) {
    throw await load.takeBack(error);
  }
  await load.commit();
  await target.analyze();
  await load.finish();
}

class PlainLoad {
  readonly #client: pg.Client;
  readonly #target: PlainTarget;
  readonly #telling: Reporter;
  readonly #session: PlainSession;
  /** If the session belongs to a role created for the restore. */
  readonly #division: PlainDivision | undefined;
  #rows: Rows | undefined;
  #ownersRights = false;
  /** Whether the role of the following grants is missing. */
  #isWithoutGrantor = false;
  /** The server's major version. */
  #server = 0;
  /** Whether the log already says that statistics are left out because the server lacks the functions that set them. */
  #toldOfStatistics = false;
  /** Whether values of sequences were set, which no transaction rolls back. */
  #setSequences = false;
  /** Tables that have their rows once everything is committed, and tables that no longer exist then. */
  readonly #written = new Set<string>();
  readonly #dropped = new Set<string>();

  constructor(target: PlainTarget, telling: Reporter) {
    this.#client = target.client;
    this.#target = target;
    this.#telling = telling;
    const { own } = target;
    const warn = (line: string) => telling.warn(line);
    const needsTrusted = (what: string) => target.needsTrusted(what);
    this.#session = new PlainSession(target.client, warn, own === undefined ? undefined : needsTrusted);
    const byRole = (piece: Statement) => this.#statement(piece);
    this.#division = own && new PlainDivision({ session: this.#session, own, needsTrusted, warn, byRole });
  }

  async begin(): Promise<void> {
    await this.#session.begin();
    this.#target.tables.found(await postgresTables(this.#client));
    await this.#client.query('BEGIN');
    this.#server = await postgresMajor(this.#client);
  }

  async follow(dump: AsyncIterable<Buffer>): Promise<void> {
    const plain = new PlainDump();
    for await (const chunk of dump) for (const piece of plain.push(chunk)) await this.#take(piece);
    for (const piece of plain.end()) await this.#take(piece);
    await this.#division?.carryOutDrops();
  }

  async #take(piece: PlainPiece): Promise<void> {
    switch (piece.kind) {
      case 'statement':
        return this.#division === undefined ? this.#statement(piece) : this.#division.take(piece);
      case 'left out':
        return this.#telling.log(`NOTE: line ${piece.line}: ${piece.note}`);
      case 'rows':
        // a copy, because the piece's memory is reused while the session may still be sending it
        return this.#session.named(() => this.#rows?.write(Buffer.from(piece.bytes)));
      case 'end of rows':
        await this.#session.named(() => this.#rows?.end());
        this.#rows = undefined;
        this.#session.isInRows = false;
        return this.#session.check();
    }
  }

  async #statement(piece: Statement): Promise<void> {
    const { verdict, bytes, line } = piece;
    this.#session.line = line;
    this.#noteTable(bytes.toString('utf8', 0, LONGEST_FORGIVEN_BYTES));
    if (verdict.action === 'rows') {
      this.#rows = new Rows(this.#client, Buffer.from(bytes));
      this.#session.isInRows = true;
      return;
    }
    if (verdict.isSetval) this.#setSequences = true;
    if (verdict.isStatistics && this.#server < FIRST_WITH_STATISTICS) return this.#leaveOutStatistics();
    const command = bytes.length > LONGEST_FORGIVEN_BYTES ? '' : bytes.toString();
    if (this.#isWithoutGrantor) {
      // the check only allows grants in between
      this.#isWithoutGrantor = !/^RESET /i.test(command);
      return;
    }
    if (isForgivable(command)) await this.#forgiving(command, bytes);
    else await this.#session.named(() => runStatement(this.#client, bytes));
    this.#ownersRights = verdict.ownersRights ?? false;
    if (verdict.setting !== undefined) this.#session.hasSet(verdict.setting);
    this.#session.check();
  }

  #noteTable(command: string): void {
    const { kind, table } = tableOfCommand(command) ?? {};
    if (table === undefined) return;
    if (kind === 'DROP') {
      this.#dropped.add(table);
      this.#written.delete(table);
    } else if (kind === 'CREATE' || kind === 'COPY' || kind === 'INSERT') this.#written.add(table);
  }

  #leaveOutStatistics(): void {
    if (!this.#toldOfStatistics) {
      this.#telling.log(
        `NOTE: line ${this.#session.line}: the planner's statistics are left out: the target is older than PostgreSQL 18. ANALYZE collects them again`,
      );
    }
    this.#toldOfStatistics = true;
  }

  /** Runs a statement that may fail without harm. Then the failure is only reported. */
  async #forgiving(command: string, bytes: Buffer): Promise<void> {
    await this.#client.query('SAVEPOINT jagad_restore');
    try {
      await runStatement(this.#client, bytes);
    } catch (error) {
      if (!isForgiven(command, error, this.#ownersRights)) throw this.#session.withLine(error);
      await this.#client.query('ROLLBACK TO SAVEPOINT jagad_restore');
      this.#isWithoutGrantor = AS_GRANTOR.test(command);
      if (!isIdleDrop(command, error)) this.#warn(command, (error as Error).message);
    }
    await this.#client.query('RELEASE SAVEPOINT jagad_restore');
  }

  #warn(command: string, said: string): void {
    this.#telling.warn(
      `line ${this.#session.line}: ${unfilledView(command, said, this.#server) ?? `${said} (${command})`}`,
    );
  }

  /**
   * Ends the session without committing.
   * @returns the error, which says what state the target is left in.
   */
  async takeBack(error: unknown): Promise<unknown> {
    const left = this.#client.getTransactionStatus() === 'I';
    await this.#client.end().catch(() => {});
    const outcome = await this.#outcome(left);
    // an error of the storage, the backup, or a stop says itself what to do
    if (!(error instanceof RestoreError)) {
      if (error instanceof StepError) error.hint = [outcome, error.hint].filter(Boolean).join(' ');
      return error;
    }
    const sqlstate = error.cause instanceof pg.DatabaseError ? error.cause.code : undefined;
    const next = error.hint ?? errorHint({ sqlstate, message: error.message });
    return new RestoreError(error.message, { hint: `${outcome} ${next}`.trim(), cause: error.cause });
  }

  async #outcome(left: boolean): Promise<string> {
    if (left) return '';
    try {
      await this.#target.undo();
    } catch (error) {
      return `The whole dump was one transaction and was rolled back, except for what was done outside it: ${(error as Error).message}.`;
    }
    if (!this.#target.created && this.#setSequences) {
      return 'The whole dump was one transaction and was rolled back, except for the values of sequences that existed before.';
    }
    await this.#target.isTakenBack();
    return 'The whole dump was one transaction and was rolled back.';
  }

  async finish(): Promise<void> {
    await this.#target.own?.finish();
  }

  async commit(): Promise<void> {
    try {
      await this.#client.query('COMMIT');
      for (const table of this.#dropped) this.#target.tables.gone(table);
      for (const table of this.#written) this.#target.tables.completed(table);
    } catch (error) {
      const isTakenBack = error instanceof pg.DatabaseError && !endsSession(error);
      const message = `the transaction could not be committed: ${(error as Error).message}`;
      if (isTakenBack) throw await this.takeBack(new RestoreError(message, { cause: error }));
      for (const table of [...this.#dropped, ...this.#written]) this.#target.tables.begun(table);
      throw new RestoreError(message, {
        hint: 'Check the target: the session was lost during the commit, so it holds either all of the dump or none of it.',
        cause: error,
      });
    } finally {
      await this.#client.end().catch(() => {});
    }
  }
}
