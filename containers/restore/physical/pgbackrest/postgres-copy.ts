import pg from 'pg';
import type { ToolEnd } from '../../../../lib/engines/load/engine.ts';
import type { Account } from '../../../../lib/engines/programs/account.ts';
import { runCommand } from '../../../../lib/engines/programs/run-command.ts';
import { endOfTool } from '../../../../lib/engines/programs/tool-end.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import { type ControlData, parseControlData } from '../../../../lib/formats/pgbackrest/control-data.ts';
import type { RecoveryLog } from '../../../../lib/formats/pgbackrest/postgres-recovery-log.ts';
import { inLines } from '../lines.ts';
import { asAccount, outputOf } from '../local-program.ts';
import { lastWords, toolOutput } from '../tool-output.ts';
import {
  COPY_PORT,
  COPY_SUPERUSER,
  type CopyPlace,
  controlDataCommand,
  dumpCommand,
  serverCommand,
  singleUserCommand,
} from './postgres-copy-commands.ts';

/** A copy of a PostgreSQL server on this machine's disk. Only one server at a time runs on it. */
export class PostgresCopy {
  readonly #place: CopyPlace;
  readonly #account: Account | undefined;
  readonly #control: ControlData;
  readonly #signal: AbortSignal;
  #server: { pid: number; ended: Promise<ToolEnd> } | undefined;

  private constructor(place: CopyPlace, account: Account | undefined, control: ControlData, signal: AbortSignal) {
    this.#place = place;
    this.#account = account;
    this.#control = control;
    this.#signal = signal;
  }

  /** @param signal ends the server and everything that works on it. */
  static async at(place: CopyPlace, account: Account | undefined, signal: AbortSignal): Promise<PostgresCopy> {
    const { exitCode, stdout, stderr } = await outputOf(asAccount(controlDataCommand(place), account), signal);
    if (exitCode !== 0) throw new RestoreError(`the copy of the server cannot be read: ${stderr.trim()}`);
    return new PostgresCopy(place, account, parseControlData(stdout), signal);
  }

  get walSegmentBytes(): number {
    return this.#control.walSegmentBytes;
  }

  /**
   * Starts the server, and waits until it accepts connections: once it has recovered as far as configured.
   * @param log gets each line that the server writes; after that, `onLine` is called
   * @returns how the server ended, if it ended before that.
   * @throws the signal's reason, after the server has ended.
   */
  async start(
    settings: Record<string, string>,
    log: RecoveryLog,
    onLine: () => void = () => {},
  ): Promise<string | undefined> {
    this.#signal.throwIfAborted();
    const ready = Promise.withResolvers<'ready'>();
    const onStderr = inLines((line) => {
      log.push(line);
      onLine();
      if (log.ready) ready.resolve('ready');
    });
    const started = Promise.withResolvers<number>();
    const listeners = { onStdout: () => {}, onStderr, onStart: started.resolve };
    const command = asAccount(serverCommand(this.#place, this.#control, settings), this.#account);
    const never = new AbortController().signal; // its own signals end it
    const ended = runCommand(command, nothing(), listeners, never);
    const pid = await Promise.race([started.promise, ended.then(() => 0)]);
    this.#server = { pid, ended };
    const abort = () => this.#end('SIGQUIT');
    this.#signal.addEventListener('abort', abort, { once: true });
    ended.catch(() => {}).finally(() => this.#signal.removeEventListener('abort', abort));
    const end = await Promise.race([ready.promise, ended]);
    if (end === 'ready' && !this.#signal.aborted) return undefined;
    await this.stop();
    this.#signal.throwIfAborted();
    return endOfTool(await ended);
  }

  /** Ends the server immediately, without keeping its files consistent, and waits until it has ended. */
  async stop(): Promise<void> {
    await this.#stop('SIGQUIT'); // "immediate shutdown"
  }

  async #stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    this.#end(signal);
    await this.#server?.ended;
    this.#server = undefined;
  }

  #end(signal: NodeJS.Signals): void {
    try {
      if (this.#server) process.kill(this.#server.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /**
   * Makes sure that this service can log in as a superuser. The first superuser's name was chosen at initdb, and only
   * single-user mode works without knowing it.
   * @param restart starts the server again after it was ended for that.
   */
  async ensureSuperuser(restart: () => Promise<void>): Promise<void> {
    if (await this.#canLogIn()) return;
    await this.#stop('SIGINT'); // "fast shutdown": it leaves its files consistent
    const statements = `CREATE ROLE ${COPY_SUPERUSER};\nALTER ROLE ${COPY_SUPERUSER} SUPERUSER LOGIN CONNECTION LIMIT -1;\n`;
    const command = asAccount(singleUserCommand(this.#place, this.#control), this.#account);
    const { stderr } = await outputOf(command, this.#signal, statements);
    await restart();
    if (await this.#canLogIn()) return;
    throw new RestoreError(`cannot log in to the copy of the server: ${stderr.trim().split('\n').at(-1)}`);
  }

  async #canLogIn(): Promise<boolean> {
    try {
      const [row] = await this.#query<{ rolsuper: boolean }>(
        'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
      );
      return row?.rolsuper === true;
    } catch (error) {
      // 28: the role doesn't exist, or may not log in; 53300: all of its connections are in use
      if (/^(28|53300)/.test((error as pg.DatabaseError).code ?? '')) return false;
      const { message } = error as Error;
      throw new RestoreError(`cannot log in to the copy of the server: ${message}`, {
        hint: hintFor(message),
        cause: error,
      });
    }
  }

  /** The names of the databases that accept connections, without the templates. */
  async databases(): Promise<string[]> {
    const rows = await this.#query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn ORDER BY datname',
    );
    return rows.map(({ datname }) => datname);
  }

  /** Size of the database's files, including indexes; null if the database doesn't exist. */
  async databaseBytes(database: string): Promise<number | null> {
    const rows = await this.#query<{ bytes: string }>(
      'SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = $1',
      [database],
    );
    return rows[0] === undefined ? null : Number(rows[0].bytes);
  }

  /** @throws RestoreError with pg_dump's message, or the signal's reason. */
  dump(database: string): AsyncGenerator<Buffer> {
    const command = asAccount(dumpCommand(this.#place, database), this.#account);
    return toolOutput(command, this.#signal, (end) => dumpFailure(database, end));
  }

  async #query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({
      host: this.#place.socketDirectory,
      port: COPY_PORT,
      user: COPY_SUPERUSER,
      database: 'template1',
    });
    client.on('error', () => {}); // the server is stopped; the query then fails, and reports it
    try {
      await client.connect();
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }
}

function dumpFailure(database: string, { exitCode, signal, stderr }: ToolEnd): RestoreError {
  const words = lastWords(stderr) || `it ended with ${exitCode ?? endOfTool({ exitCode, signal })}`;
  return new RestoreError(`pg_dump of ${database} out of the copy failed: ${words}`, { hint: hintFor(stderr) });
}

function hintFor(message: string): string {
  if (/locale is incompatible with operating system/.test(message)) {
    return "The restore task's machine lacks the locale of that database: install Debian's locales-all, which the restore image has.";
  }
  if (/could not (access file|load library)/.test(message)) {
    return "The restore task's machine lacks a library of one of that database's extensions: add its package to the image.";
  }
  if (
    /invalid page|could not read block|missing chunk|unexpected chunk|is corrupt|page verification failed/.test(message)
  ) {
    return 'That table is damaged in the backup. Restore another backup, or take the other tables out of this one by hand.';
  }
  return 'Fix the error in the message, then restore again.';
}

async function* nothing(): AsyncGenerator<Buffer> {}
