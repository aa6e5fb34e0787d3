/**
 * Sends a dump's statements and rows through `pg` as raw bytes: pg itself would encode them as UTF-8, whatever the
 * dump's encoding is. It uses the extended protocol, in which the server refuses a message with two statements. Format:
 * PostgreSQL's manual, "Message Formats".
 */
import type pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';

/** The methods that pg calls on a query. pg's types leave them out. */
interface Handlers {
  handleError(error: Error): void;
  handleCopyInResponse(connection: pg.Connection): void;
}

/** The parts of pg's connection that are used here. pg's types leave them out. */
type Wire = pg.Connection & { sync(): void; sendCopyFail(reason: string): void };

/**
 * Runs one statement.
 * @throws pg's DatabaseError, or the error that ended the session
 */
export async function runStatement(client: pg.Client, statement: Buffer): Promise<void> {
  const done = Promise.withResolvers<void>();
  const query: pg.Submittable & Handlers & Record<string, unknown> = {
    submit(connection) {
      const wire = connection as Wire;
      wire.stream.write(messagesOf(statement));
      wire.sync();
    },
    handleReadyForQuery: () => done.resolve(),
    handleError: (error) => done.reject(error),
    // no result is needed, because a SELECT in a dump sets something
    handleCommandComplete: () => {},
    handleRowDescription: () => {},
    handleDataRow: () => {},
    handlePortalSuspended: () => {},
    handleEmptyQuery: () => {},
    handleCopyInResponse: (connection) => (connection as Wire).sendCopyFail('no rows'),
    handleCopyData: () => {},
    callback: () => {},
  };
  client.query(query);
  await done.promise;
}

/** The rows of one COPY … FROM stdin. */
export class Rows {
  readonly #copy: CopyStreamQuery;
  readonly #failed = Promise.withResolvers<never>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #finished: Promise<void>;

  constructor(client: pg.Client, statement: Buffer) {
    this.#failed.promise.catch(() => {});
    const copy = copyFrom('') as CopyStreamQuery & Handlers & { connection: Wire | null };
    this.#copy = copy;
    copy.on('error', this.#failed.reject);
    this.#finished = new Promise((resolve) => copy.once('finish', resolve));
    const { handleCopyInResponse, handleError, _final } = copy;
    let wire: Wire | undefined;
    copy.submit = (connection) => {
      wire = connection as Wire;
      copy.connection = wire;
      wire.stream.write(messagesOf(statement));
    };
    copy.handleCopyInResponse = (connection) => {
      handleCopyInResponse.call(copy, connection);
      this.#ready.resolve();
    };
    // all rows are sent by then, so their end has been sent too when this returns; the server ignores a Sync before it
    copy._final = (done) => {
      _final.call(copy, done);
      wire?.sync();
    };
    copy.handleError = (error) => {
      wire?.sync();
      handleError.call(copy, error);
    };
    client.query(copy);
  }

  /**
   * Returns when there is space for more.
   * @param bytes that nothing else uses from now on.
   * @throws the server's error
   */
  async write(bytes: Buffer): Promise<void> {
    const written = new Promise<void>((resolve) => this.#copy.write(bytes, () => resolve()));
    await Promise.race([written, this.#failed.promise]);
  }

  /** @throws the server's error */
  async end(): Promise<void> {
    await Promise.race([this.#ready.promise, this.#failed.promise]);
    this.#copy.end();
    await Promise.race([this.#finished, this.#failed.promise]);
  }
}

/** Parse, Bind and Execute for an unnamed statement without parameters. */
function messagesOf(statement: Buffer): Buffer {
  const parse = [Buffer.from([0]), statement, Buffer.from([0, 0, 0])];
  return Buffer.concat([
    ...message('P', parse),
    ...message('B', [Buffer.alloc(8)]),
    ...message('E', [Buffer.alloc(5)]),
  ]);
}

function message(type: string, body: Buffer[]): Buffer[] {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + body.reduce((bytes, part) => bytes + part.length, 0), 1);
  return [head, ...body];
}
