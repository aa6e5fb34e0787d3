/**
 * Loads a dump in plain SQL through one session, as one transaction.
 *
 * Each statement is judged, sent by itself, and looked at afterwards (plain-session.ts). Statements that may fail
 * without harm (an owner that the target lacks) have a savepoint of their own. Anything else that fails takes all back.
 *
 * If the session is that of a role made for the restore, some statements are the connection's user's to carry out
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
  /** A session in the target database, with the rights that the dump is loaded with. It belongs to the load. */
  client: pg.Client;
  /** Whether the database was made for this restore. */
  created: boolean;
  /** What the connection's user does, if the session is that of a role made for the restore. */
  own?: PlainPart | undefined;
  /** What to throw if only a superuser may make something. */
  needsTrusted(what: string): RestoreError;
  /** Takes back what `own` has done, once the session has ended. @throws what is left of it */
  undo(): Promise<void>;
  /** Told which tables are there, and which the dump has written. */
  tables: TableStates;
  /** Called once all is committed, before owners and rights are set. */
  analyze(): Promise<void>;
  /** Called once nothing of the dump is left in the database, and the session has ended. */
  isTakenBack(): Promise<void>;
}

type Statement = Extract<PlainPiece, { kind: 'statement' }>;

const FIRST_WITH_STATISTICS = 18;

const LONGEST_FORGIVEN_BYTES = 4096;

/** @throws RestoreError, or what the dump fails with; nothing of the dump is in the target then. */
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
  /** If the session is that of a role made for the restore. */
  readonly #division: PlainDivision | undefined;
  #rows: Rows | undefined;
  #ownersRights = false;
  /** Whether the role whose grants come now is missing. */
  #isWithoutGrantor = false;
  /** The server's major version. */
  #server = 0;
  /** Whether it was told that statistics are left out, since the server lacks the functions that set them. */
  #toldOfStatistics = false;
  /** Whether values of sequences were set, which no transaction takes back. */
  #setSequences = false;
  /** Tables that exist with their rows once all is committed, and those that no longer do. */
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
        // a copy: the piece's memory is used again while the session may still be sending it
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
      // the judge lets nothing but grants pass in between
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
        `NOTE: line ${this.#session.line}: the planner's statistics are left out: the target is older than PostgreSQL 18. ANALYZE makes them anew`,
      );
    }
    this.#toldOfStatistics = true;
  }

  /** Carries out a statement whose failure may be harmless, and reports it then. */
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

  /** Ends the session without its work. @returns the error with what that leaves of the target. */
  async takeBack(error: unknown): Promise<unknown> {
    const left = this.#client.getTransactionStatus() === 'I';
    await this.#client.end().catch(() => {});
    const outcome = await this.#outcome(left);
    // of the storage, the backup, or whoever stopped it: it says what to do itself
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
      return `The whole dump was one transaction, and was taken back, but not what was done beside it: ${(error as Error).message}.`;
    }
    if (!this.#target.created && this.#setSequences) {
      return 'The whole dump was one transaction, and was taken back, but for the values of sequences that were there before.';
    }
    await this.#target.isTakenBack();
    return 'The whole dump was one transaction, and was taken back.';
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
        hint: 'The session was lost while it committed: look at the target, which holds either all of the dump or none.',
        cause: error,
      });
    } finally {
      await this.#client.end().catch(() => {});
    }
  }
}
