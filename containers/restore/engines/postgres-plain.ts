/**
 * Loads a dump in plain SQL through one session, as one transaction.
 *
 * Each statement is judged, sent by itself, and looked at afterwards: the session must still be in our transaction, and
 * must read strings and encodings as the judge does, whatever a function of the dump did. Statements that may fail
 * without harm (an owner that the target lacks) have a savepoint of their own. Anything else that fails takes all back.
 */
import pg from 'pg';
import { endsSession } from '../../../lib/databases/postgres.ts';
import { RestoreError, StepError } from '../../../lib/domain/errors.ts';
import { errorHint } from '../../../lib/domain/postgres/error-hints.ts';
import { isHarmless } from '../../../lib/domain/postgres/pg-restore-harmless.ts';
import { PlainDump, type PlainPiece } from '../../../lib/domain/postgres/plain-dump.ts';
import type { Telling } from './engine.ts';
import { Rows, runStatement } from './postgres-statement.ts';

export interface PlainTarget {
  /** A session in the target database, with the rights that the dump is loaded with. It belongs to the load. */
  client: pg.Client;
  /** Whether the database was made for this restore. */
  created: boolean;
  /** Called once nothing of the dump is left in the database, and the session has ended. */
  isTakenBack(): Promise<void>;
}

/** SQLSTATE of the warning that a REVOKE took nothing away. */
const NOT_REVOKED = '01006';

type Statement = Extract<PlainPiece, { kind: 'statement' }>;

/** As `server_version_num` says it. */
const FIRST_WITH_STATISTICS = 180000;

const LONGEST_FORGIVEN_BYTES = 4096;
/** pg_restore's own words for an error of the server, which the list of harmless ones knows. */
const AS_PG_RESTORE = 'could not execute query: ERROR:  ';
/** Stands before grants that another role than the owner made, and a RESET behind them. */
const AS_GRANTOR = /^SET\s+SESSION\s+AUTHORIZATION\s/i;
/** What --clean writes, also of views that it can't drop yet: it replaces them by a row of NULLs. */
const DROP =
  /^(DROP |ALTER TABLE [^;]* DROP (CONSTRAINT|DEFAULT)\b|SELECT pg_catalog\.lo_unlink\(|CREATE OR REPLACE VIEW [^;]* AS\s+SELECT\s+NULL::)/i;
/** SQLSTATE of a role (or another object) that does not exist; and of schemas, tables, columns and functions. */
const UNDEFINED_OBJECT = '42704';
/** SQLSTATE of an inherited constraint that can't be dropped by itself. */
const INVALID_TABLE_DEFINITION = '42P16';
const UNDEFINED = [UNDEFINED_OBJECT, '3F000', '42P01', '42703', '42883'];

/** @throws RestoreError, or what the dump fails with; nothing of the dump is in the target then. */
export async function loadPlain(dump: AsyncIterable<Buffer>, target: PlainTarget, telling: Telling): Promise<void> {
  const load = new PlainLoad(target, telling);
  await load.begin();
  try {
    await load.follow(dump);
  } catch (error) {
    throw await load.takeBack(error);
  }
  await load.commit();
}

class PlainLoad {
  readonly #client: pg.Client;
  readonly #target: PlainTarget;
  readonly #telling: Telling;
  /** What the session says of itself, by the server's own reports. */
  readonly #reported = new Map<string, string>();
  /** What the judge believes of it. */
  #encoding = 'UTF8';
  #backslashes = false;
  #rows: Rows | undefined;
  /** The line of the statement that is being carried out. */
  #line = 0;
  #ownersRights = false;
  /** Whether the role whose grants come now is missing. */
  #isWithoutGrantor = false;
  /** Whether the server has the functions that set statistics, and whether it was told that those are left out. */
  #takesStatistics = false;
  #toldOfStatistics = false;
  /** Whether values of sequences were set, which no transaction takes back. */
  #setSequences = false;

  constructor(target: PlainTarget, telling: Telling) {
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
    // the server reports what changes: each is set to something else before
    for (const value of ['off', 'on']) await this.#client.query(`SET standard_conforming_strings = ${value}`);
    for (const value of ['SQL_ASCII', 'UTF8']) await this.#client.query(`SET client_encoding = '${value}'`);
    await this.#client.query('BEGIN');
    const { rows } = await this.#client.query("SELECT current_setting('server_version_num')::int AS version");
    this.#takesStatistics = rows[0].version >= FIRST_WITH_STATISTICS;
  }

  async follow(dump: AsyncIterable<Buffer>): Promise<void> {
    const plain = new PlainDump();
    for await (const chunk of dump) for (const piece of plain.push(chunk)) await this.#take(piece);
    for (const piece of plain.end()) await this.#take(piece);
  }

  async #take(piece: PlainPiece): Promise<void> {
    switch (piece.kind) {
      case 'statement':
        return this.#statement(piece);
      case 'left out':
        return this.#telling.log(`NOTE: line ${piece.line}: ${piece.note}`);
      case 'rows':
        // a copy: the piece's memory is used again while the session may still be sending it
        return this.#named(() => this.#rows?.write(Buffer.from(piece.bytes)));
      case 'end of rows':
        await this.#named(() => this.#rows?.end());
        this.#rows = undefined;
        return this.#checkSession();
    }
  }

  async #statement(piece: Statement): Promise<void> {
    const { verdict, bytes, line } = piece;
    this.#line = line;
    if (verdict.action === 'rows') {
      this.#rows = new Rows(this.#client, Buffer.from(bytes));
      return;
    }
    if (verdict.isSetval) this.#setSequences = true;
    if (verdict.isStatistics && !this.#takesStatistics) return this.#leaveOutStatistics();
    const command = bytes.length > LONGEST_FORGIVEN_BYTES ? '' : bytes.toString();
    if (this.#isWithoutGrantor) {
      // the judge lets nothing but grants pass in between
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

  #leaveOutStatistics(): void {
    if (!this.#toldOfStatistics) {
      this.#telling.log(
        `NOTE: line ${this.#line}: the planner's statistics are left out: the target is older than PostgreSQL 18. ANALYZE makes them anew`,
      );
    }
    this.#toldOfStatistics = true;
  }

  /** Carries out a statement whose failure may do no harm, and tells of it then. */
  async #forgiving(command: string, bytes: Buffer): Promise<void> {
    await this.#client.query('SAVEPOINT jagad_restore');
    try {
      await runStatement(this.#client, bytes);
    } catch (error) {
      if (!this.#isForgiven(command, error)) throw this.#withLine(error);
      await this.#client.query('ROLLBACK TO SAVEPOINT jagad_restore');
      this.#isWithoutGrantor = AS_GRANTOR.test(command);
      if (!isIdleDrop(command, error)) {
        this.#telling.warn(`line ${this.#line}: ${(error as Error).message} (${command})`);
      }
    }
    await this.#client.query('RELEASE SAVEPOINT jagad_restore');
  }

  #isForgiven(command: string, error: unknown): boolean {
    if (!(error instanceof pg.DatabaseError) || endsSession(error)) return false;
    // what was to be taken away stays, and more people than before could do more
    if (/^REVOKE /i.test(command) && error.code !== UNDEFINED_OBJECT) return false;
    // it would run with the rights of whoever restores
    if (this.#ownersRights && / OWNER TO /i.test(command)) return false;
    return DROP.test(command) ? isIdleDrop(command, error) : isForgivable(command, error.message);
  }

  /** @throws RestoreError if the session is not what the judge takes it for */
  #checkSession(): void {
    if (this.#client.getTransactionStatus() !== 'T') {
      throw new RestoreError(`the statement on line ${this.#line} ended the transaction that the whole dump is`);
    }
    const strings = this.#backslashes ? 'off' : 'on';
    if (
      this.#reported.get('standard_conforming_strings') !== strings ||
      this.#reported.get('client_encoding') !== this.#encoding
    ) {
      throw new RestoreError(
        `what ran on line ${this.#line} is not accepted: it changed how the session reads strings, by other means than SET`,
      );
    }
  }

  async #named(run: () => Promise<void> | undefined): Promise<void> {
    try {
      await run();
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
    const where = this.#rows === undefined || error.where === undefined ? '' : ` (${error.where})`;
    return new RestoreError(`ERROR at line ${this.#line}: ${error.message}${where}`, { cause: error });
  }

  /** Ends the session without its work. @returns the error with what that leaves of the target. */
  async takeBack(error: unknown): Promise<unknown> {
    const left = this.#client.getTransactionStatus() === 'I';
    await this.#client.end().catch(() => {});
    if (!(error instanceof RestoreError)) return error;
    const sqlstate = error.cause instanceof pg.DatabaseError ? error.cause.code : undefined;
    const next = error.hint ?? errorHint({ sqlstate, message: error.message });
    return new RestoreError(error.message, { hint: `${await this.#outcome(left)} ${next}`.trim(), cause: error.cause });
  }

  async #outcome(left: boolean): Promise<string> {
    if (left) return '';
    if (!this.#target.created && this.#setSequences) {
      return 'The whole dump was one transaction, and was taken back, but for the values of sequences that were there before.';
    }
    await this.#target.isTakenBack();
    return 'The whole dump was one transaction, and was taken back.';
  }

  async commit(): Promise<void> {
    try {
      await this.#client.query('COMMIT');
    } catch (error) {
      const isTakenBack = error instanceof pg.DatabaseError && !endsSession(error);
      const message = `the transaction could not be committed: ${(error as Error).message}`;
      if (isTakenBack) throw await this.takeBack(new RestoreError(message, { cause: error }));
      throw new RestoreError(message, {
        hint: 'The session was lost while it committed: look at the target, which holds either all of the dump or none.',
        cause: error,
      });
    } finally {
      await this.#client.end().catch(() => {});
    }
  }
}

/**
 * Whether it should drop what isn't there (IF EXISTS doesn't help if the schema or a type in its name is missing, too), or
 * a partition's share of its parent's key, which goes away with its table.
 */
function isIdleDrop(command: string, error: unknown): boolean {
  if (!DROP.test(command) || !(error instanceof pg.DatabaseError)) return false;
  return UNDEFINED.includes(error.code ?? '') || error.code === INVALID_TABLE_DEFINITION;
}

/** Whether a statement may fail without harm, or with this message did. */
function isForgivable(command: string, message = ''): boolean {
  if (AS_GRANTOR.test(command) || DROP.test(command)) return true;
  return isHarmless({ entry: undefined, message: AS_PG_RESTORE + message, command });
}
