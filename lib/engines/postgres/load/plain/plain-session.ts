/**
 * The session that loads a plain dump, and the settings that the check of its statements assumes. After each statement,
 * it must still be in our transaction, and must read strings and encodings as the dump's own SET statements say,
 * whatever a function in the dump did. The server reports both settings.
 */
import pg from 'pg';
import { RestoreError, StepError } from '../../../../errors/errors.ts';

/** SQLSTATE of the warning that a REVOKE revoked nothing. */
const NOT_REVOKED = '01006';
/** SQLSTATE for insufficient privileges. */
const INSUFFICIENT_PRIVILEGE = '42501';

export class PlainSession {
  readonly #client: pg.Client;
  readonly #forbidden: ((what: string) => RestoreError) | undefined;
  /** The session's settings, as the server reports them. */
  readonly #reported = new Map<string, string>();
  /** The settings that the check assumes. */
  #encoding = 'UTF8';
  #backslashes = false;
  /** The line of the running statement. */
  line = 0;
  /** Whether rows are being sent. If so, an error names the row. */
  isInRows = false;

  /**
   * @param warn called for a REVOKE that revoked nothing.
   * @param forbidden creates the error for insufficient privileges, if the session belongs to a role created for the
   * restore.
   */
  constructor(
    client: pg.Client,
    warn: (line: string) => void,
    forbidden: ((what: string) => RestoreError) | undefined,
  ) {
    this.#client = client;
    this.#forbidden = forbidden;
    const report = ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      this.#reported.set(parameterName, parameterValue);
    client.connection.on('parameterStatus', report);
    client.on('notice', ({ code, message }) => {
      if (code === NOT_REVOKED) warn(`line ${this.line}: ${message}`);
    });
  }

  get encoding(): string {
    return this.#encoding;
  }

  /** Whether strings have backslash escapes. */
  get backslashes(): boolean {
    return this.#backslashes;
  }

  /** Makes the server report the settings. */
  async begin(): Promise<void> {
    // the server only reports changes, so each setting is set to something else first
    for (const value of ['off', 'on']) await this.#client.query(`SET standard_conforming_strings = ${value}`);
    for (const value of ['SQL_ASCII', 'UTF8']) await this.#client.query(`SET client_encoding = '${value}'`);
  }

  /** Takes note of a SET statement of the dump that has run. */
  hasSet({ name, value }: { name: string; value: string }): void {
    if (name === 'standard_conforming_strings') this.#backslashes = value === 'off';
    if (name === 'client_encoding') this.#encoding = this.#reported.get('client_encoding') ?? '';
  }

  /** @throws RestoreError if the session's state isn't what the check assumes */
  check(): void {
    if (this.#client.getTransactionStatus() !== 'T') {
      throw new RestoreError(`the statement on line ${this.line} ended the transaction around the whole dump`);
    }
    const strings = this.#backslashes ? 'off' : 'on';
    if (
      this.#reported.get('standard_conforming_strings') !== strings ||
      this.#reported.get('client_encoding') !== this.#encoding
    ) {
      throw new RestoreError(
        `the statement on line ${this.line} is not accepted: it changed how the session reads strings, without SET`,
      );
    }
  }

  /** @throws RestoreError that names the line of the running statement, if the work fails */
  async named<T>(run: () => Promise<T> | T): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.withLine(error);
    }
  }

  withLine(error: unknown): unknown {
    if (error instanceof StepError) return error;
    if (!(error instanceof pg.DatabaseError)) {
      return new RestoreError(
        `the session with the target broke off at line ${this.line}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    if (this.#forbidden !== undefined && error.code === INSUFFICIENT_PRIVILEGE) {
      return this.#forbidden(`ERROR at line ${this.line}: ${error.message}`);
    }
    const where = !this.isInRows || error.where === undefined ? '' : ` (${error.where})`;
    return new RestoreError(`ERROR at line ${this.line}: ${error.message}${where}`, { cause: error });
  }
}
