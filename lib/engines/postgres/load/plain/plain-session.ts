/**
 * The session that a plain dump is loaded through, as the judge takes it to be. It must still be in our transaction after
 * each statement, and must read strings and encodings as the dump's own SET statements said, whatever a function of the dump
 * did: so the server has to report both.
 */
import pg from 'pg';
import { RestoreError, StepError } from '../../../../errors/errors.ts';

/** SQLSTATE of the warning that a REVOKE took nothing away. */
const NOT_REVOKED = '01006';
/** SQLSTATE of what the role may not do. */
const INSUFFICIENT_PRIVILEGE = '42501';

export class PlainSession {
  readonly #client: pg.Client;
  readonly #forbidden: ((what: string) => RestoreError) | undefined;
  /** What the session says of itself, by the server's own reports. */
  readonly #reported = new Map<string, string>();
  /** What the judge believes of it. */
  #encoding = 'UTF8';
  #backslashes = false;
  /** The line of the statement that is being carried out. */
  line = 0;
  /** Whether it is sent rows: an error then says at which of them. */
  isInRows = false;

  /**
   * @param warn is told of a REVOKE that took nothing away.
   * @param forbidden what to throw for what the session may not do, if that is not the dump's own fault.
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

  /** Whether a backslash in a string means what it does in C. */
  get backslashes(): boolean {
    return this.#backslashes;
  }

  /** Has the server report what the judge goes by. */
  async begin(): Promise<void> {
    // the server reports what changes: each is set to something else before
    for (const value of ['off', 'on']) await this.#client.query(`SET standard_conforming_strings = ${value}`);
    for (const value of ['SQL_ASCII', 'UTF8']) await this.#client.query(`SET client_encoding = '${value}'`);
  }

  /** Takes note of a SET of the dump that was carried out. */
  hasSet({ name, value }: { name: string; value: string }): void {
    if (name === 'standard_conforming_strings') this.#backslashes = value === 'off';
    if (name === 'client_encoding') this.#encoding = this.#reported.get('client_encoding') ?? '';
  }

  /** @throws RestoreError if the session is not what the judge takes it for */
  check(): void {
    if (this.#client.getTransactionStatus() !== 'T') {
      throw new RestoreError(`the statement on line ${this.line} ended the transaction that the whole dump is`);
    }
    const strings = this.#backslashes ? 'off' : 'on';
    if (
      this.#reported.get('standard_conforming_strings') !== strings ||
      this.#reported.get('client_encoding') !== this.#encoding
    ) {
      throw new RestoreError(
        `what ran on line ${this.line} is not accepted: it changed how the session reads strings, by other means than SET`,
      );
    }
  }

  /** Does what may fail by the statement that is carried out. @throws RestoreError, which names its line */
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
