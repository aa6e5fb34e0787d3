/**
 * Loads a plain SQL dump through one session, as one transaction. Each statement is checked, sent by itself, and
 * followed by a check of the session: it must still be in our transaction, and must read strings and encodings as the
 * check does, whatever a function of the dump did. Statements that may fail harmlessly (an owner that the target lacks)
 * get a savepoint of their own. Any other failure rolls everything back.
 * If the session belongs to a role created for the restore, the connection's user runs some statements
 * (postgres-plain-part.ts): at once, or after the role has committed.
 */
import pg from 'pg';
import { RestoreError, StepError } from '../../../../errors/errors.ts';
import { PlainDump, type PlainPiece } from '../../../../formats/pg-dump/plain/dump.ts';
import { notAccepted, Unaccepted } from '../../../../formats/pg-dump/plain/refusal.ts';
import { type PlainStep, plainStep } from '../../../../formats/pg-dump/plain/steps.ts';
import { tableOfCommand } from '../../../../formats/pg-dump/sql/command-table.ts';
import type { Reporter } from '../../../load/engine.ts';
import type { TableStates } from '../../../table-states.ts';
import { errorHint } from '../../rules/error-hints.ts';
import { unfilledView } from '../../rules/pg-restore-verdict.ts';
import { endsSession } from '../../session/session.ts';
import { postgresMajor, postgresTables } from '../../session/target.ts';
import { AS_GRANTOR, isForgivable, isForgiven, isIdleDrop } from './plain-forgiven.ts';
import { isRefusal, type PlainPart } from './plain-part.ts';
import { Rows, runStatement } from './statement.ts';

export interface PlainTarget {
  /** A session in the target database, with the rights that the dump is loaded with. The load owns it. */
  client: pg.Client;
  /** Whether the database was created for this restore. */
  created: boolean;
  /** The connection user's part, if the session belongs to a role created for the restore. */
  own?: PlainPart | undefined;
  /** The error to throw if only a superuser may create something. */
  needsTrusted(what: string): RestoreError;
  /**
   * Undoes what `own` has done, once the session has ended.
   * @throws for what could not be undone
   */
  undo(): Promise<void>;
  /** Told which tables exist, and which the dump has written. */
  tables: TableStates;
  /** Called once everything is committed, before owners and rights are set. */
  analyze(): Promise<void>;
  /** Called once nothing of the dump is left in the database and the session has ended. */
  isTakenBack(): Promise<void>;
}

/** SQLSTATE of the warning that a REVOKE revoked nothing. */
const NOT_REVOKED = '01006';

type Statement = Extract<PlainPiece, { kind: 'statement' }>;
type Drop = Extract<PlainStep, { kind: 'drop' }>;

const FIRST_WITH_STATISTICS = 18;

const LONGEST_FORGIVEN_BYTES = 4096;
/** The drops of a hundred thousand objects are fewer. */
const MOST_DROPS_BYTES = 64 * 1024 * 1024;
/** SQLSTATE for insufficient privileges. */
const INSUFFICIENT_PRIVILEGE = '42501';

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
  /** The session's settings, according to the server's reports. */
  readonly #reported = new Map<string, string>();
  /** The settings that the check assumes. */
  #encoding = 'UTF8';
  #backslashes = false;
  #rows: Rows | undefined;
  /** The line of the statement that is running. */
  #line = 0;
  #ownersRights = false;
  /** Whether the role whose grants follow is missing. */
  #isWithoutGrantor = false;
  /** The server's major version. */
  #server = 0;
  /**
   * Whether the log already says that statistics are left out, because the server lacks the functions that set them.
   */
  #toldOfStatistics = false;
  /** Whether values of sequences were set, which no transaction rolls back. */
  #setSequences = false;
  /** The drops at the dump's beginning, until another statement comes. */
  #drops: { step: Drop; piece: Statement }[] | undefined = [];
  #dropBytes = 0;
  /** Tables that exist with their rows once everything is committed, and those that no longer exist. */
  readonly #written = new Set<string>();
  readonly #dropped = new Set<string>();
  /** Grants by a role other than the owner, as they come. */
  #grants: string[] | undefined;

  constructor(target: PlainTarget, telling: Reporter) {
    this.#client = target.client;
    this.#target = target;
    this.#telling = telling;
    const report = ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      this.#reported.set(parameterName, parameterValue);
    this.#client.connection.on('parameterStatus', report);
    this.#client.on('notice', ({ code, message }) => {
      if (code === NOT_REVOKED) telling.warn(`line ${this.#line}: ${message}`);
    });
  }

  async begin(): Promise<void> {
    // the server only reports changes: each setting is first set to something else
    for (const value of ['off', 'on']) await this.#client.query(`SET standard_conforming_strings = ${value}`);
    for (const value of ['SQL_ASCII', 'UTF8']) await this.#client.query(`SET client_encoding = '${value}'`);
    this.#target.tables.found(await postgresTables(this.#client));
    await this.#client.query('BEGIN');
    this.#server = await postgresMajor(this.#client);
  }

  async follow(dump: AsyncIterable<Buffer>): Promise<void> {
    const plain = new PlainDump();
    for await (const chunk of dump) for (const piece of plain.push(chunk)) await this.#take(piece);
    for (const piece of plain.end()) await this.#take(piece);
    await this.#carryOutDrops();
  }

  async #take(piece: PlainPiece): Promise<void> {
    switch (piece.kind) {
      case 'statement':
        return this.#target.own === undefined ? this.#statement(piece) : this.#divide(piece, this.#target.own);
      case 'left out':
        return this.#telling.log(`NOTE: line ${piece.line}: ${piece.note}`);
      case 'rows':
        // a copy: the piece's memory is reused while the session may still be sending it
        return this.#named(() => this.#rows?.write(Buffer.from(piece.bytes)));
      case 'end of rows':
        await this.#named(() => this.#rows?.end());
        this.#rows = undefined;
        return this.#checkSession();
    }
  }

  /** Has each statement run by the right session. */
  async #divide(piece: Statement, own: PlainPart): Promise<void> {
    this.#line = piece.line;
    const text = await this.#named(() => own.decoded(piece.bytes, this.#encoding));
    const step = this.#stepOf(text);
    if (step.kind === 'drop' && this.#drops !== undefined) return this.#collect(step, piece);
    await this.#carryOutDrops();
    this.#line = piece.line;
    // settings come before the drops, and between them
    if (step.kind !== 'setting') this.#drops = undefined;
    if (await this.#named(() => this.#isDone(step, text, own))) return;
    await this.#statement(piece);
  }

  #stepOf(text: string): PlainStep {
    try {
      return plainStep(text, !this.#backslashes);
    } catch (error) {
      throw error instanceof Unaccepted ? notAccepted(this.#line, error) : error;
    }
  }

  /** @returns whether nothing of it is left for the role */
  async #isDone(step: PlainStep, text: string, own: PlainPart): Promise<boolean> {
    switch (step.kind) {
      case 'demand':
        throw this.#target.needsTrusted(`${step.what}, on line ${this.#line}`);
      case 'session':
        if (step.begins) this.#grants = [];
        this.#grants?.push(text);
        if (step.begins || this.#grants === undefined) return true;
        // one entry, as in an archive
        own.hold(this.#heldGrants(this.#grants), !this.#backslashes);
        this.#grants = undefined;
        return true;
      case 'hold':
        if (this.#grants === undefined) own.hold(step.entries, !this.#backslashes);
        else this.#grants.push(text);
        return true;
      case 'leave out':
        return true;
      case 'schema':
        return own.makeSchema(step.name);
      case 'extension':
        await own.makeExtension(text, step.name, step.schema).catch((error: unknown) => {
          // as without the role: a statement that needs it fails by itself
          if (!isRefusal(error)) throw error;
          this.#telling.warn(`line ${this.#line}: ${error.message} (${text})`);
        });
        return true;
      case 'wrapper':
        await own.makeWrapper(text, step.name);
        return true;
      case 'triggers':
        return own.switchTriggers(step.object, step.on);
      case 'rows':
        await own.letWrite(step.schema, step.name);
        return false;
      case 'setting':
        if (step.tablespace !== undefined) await own.letUse(step.tablespace);
        return false;
      default:
        return false;
    }
  }

  /** Grants on one object, between SET SESSION AUTHORIZATION and its RESET. */
  #heldGrants(texts: string[]): Extract<PlainStep, { kind: 'hold' }>['entries'] {
    const step = this.#stepOf(texts[1] ?? '');
    if (step.kind !== 'hold') return [];
    return step.entries.map((entry) => ({ ...entry, definition: texts.map((text) => text.trim()).join('\n') }));
  }

  async #collect(step: Drop, piece: Statement): Promise<void> {
    this.#drops?.push({ step, piece: { ...piece, bytes: Buffer.from(piece.bytes) } });
    this.#dropBytes += piece.bytes.length;
    if (this.#dropBytes > MOST_DROPS_BYTES) await this.#carryOutDrops();
  }

  async #carryOutDrops(): Promise<void> {
    const drops = this.#drops ?? [];
    if (drops.length === 0 || this.#target.own === undefined) return;
    this.#drops = [];
    this.#dropBytes = 0;
    const byRole = await this.#target.own.lend(drops.map(({ step }) => step));
    for (const [at, { piece }] of drops.entries()) if (byRole[at]) await this.#statement(piece);
  }

  async #statement(piece: Statement): Promise<void> {
    const { verdict, bytes, line } = piece;
    this.#line = line;
    this.#noteTable(bytes.toString('utf8', 0, LONGEST_FORGIVEN_BYTES));
    if (verdict.action === 'rows') {
      this.#rows = new Rows(this.#client, Buffer.from(bytes));
      return;
    }
    if (verdict.isSetval) this.#setSequences = true;
    if (verdict.isStatistics && this.#server < FIRST_WITH_STATISTICS) return this.#leaveOutStatistics();
    const command = bytes.length > LONGEST_FORGIVEN_BYTES ? '' : bytes.toString();
    if (this.#isWithoutGrantor) {
      // the check lets only grants pass in between
      this.#isWithoutGrantor = !/^RESET /i.test(command);
      return;
    }
    if (isForgivable(command)) await this.#forgiving(command, bytes);
    else await this.#named(() => runStatement(this.#client, bytes));
    this.#ownersRights = verdict.ownersRights ?? false;
    const { setting } = verdict;
    if (setting?.name === 'standard_conforming_strings') this.#backslashes = setting.value === 'off';
    if (setting?.name === 'client_encoding') this.#encoding = this.#reported.get('client_encoding') ?? '';
    this.#checkSession();
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
        `NOTE: line ${this.#line}: the planner's statistics are left out: the target is older than PostgreSQL 18. ANALYZE collects them again`,
      );
    }
    this.#toldOfStatistics = true;
  }

  /** Runs a statement whose failure may be harmless, and then only reports it. */
  async #forgiving(command: string, bytes: Buffer): Promise<void> {
    await this.#client.query('SAVEPOINT jagad_restore');
    try {
      await runStatement(this.#client, bytes);
    } catch (error) {
      if (!isForgiven(command, error, this.#ownersRights)) throw this.#withLine(error);
      await this.#client.query('ROLLBACK TO SAVEPOINT jagad_restore');
      this.#isWithoutGrantor = AS_GRANTOR.test(command);
      if (!isIdleDrop(command, error)) this.#warn(command, (error as Error).message);
    }
    await this.#client.query('RELEASE SAVEPOINT jagad_restore');
  }

  #warn(command: string, said: string): void {
    this.#telling.warn(`line ${this.#line}: ${unfilledView(command, said, this.#server) ?? `${said} (${command})`}`);
  }

  /** @throws RestoreError if the session's state isn't what the check assumes */
  #checkSession(): void {
    if (this.#client.getTransactionStatus() !== 'T') {
      throw new RestoreError(`the statement on line ${this.#line} ended the transaction around the whole dump`);
    }
    const strings = this.#backslashes ? 'off' : 'on';
    if (
      this.#reported.get('standard_conforming_strings') !== strings ||
      this.#reported.get('client_encoding') !== this.#encoding
    ) {
      throw new RestoreError(
        `the statement on line ${this.#line} is not accepted: it changed how the session reads strings, without SET`,
      );
    }
  }

  async #named<T>(run: () => Promise<T> | T): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#withLine(error);
    }
  }

  #withLine(error: unknown): unknown {
    if (error instanceof StepError) return error;
    if (!(error instanceof pg.DatabaseError)) {
      return new RestoreError(
        `the session with the target broke off at line ${this.#line}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    if (this.#target.own !== undefined && error.code === INSUFFICIENT_PRIVILEGE) {
      return this.#target.needsTrusted(`ERROR at line ${this.#line}: ${error.message}`);
    }
    const where = this.#rows === undefined || error.where === undefined ? '' : ` (${error.where})`;
    return new RestoreError(`ERROR at line ${this.#line}: ${error.message}${where}`, { cause: error });
  }

  /**
   * Ends the session without committing.
   * @returns the error, saying what state the target is left in.
   */
  async takeBack(error: unknown): Promise<unknown> {
    const left = this.#client.getTransactionStatus() === 'I';
    await this.#client.end().catch(() => {});
    const outcome = await this.#outcome(left);
    // an error from the storage, the backup, or a stop: it says itself what to do
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
