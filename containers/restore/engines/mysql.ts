import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type mysql from 'mysql2/promise';
import { cannotCreate } from '../../../lib/databases/connect.ts';
import { connectMysql, queryRows } from '../../../lib/databases/mysql.ts';
import { trustedCertificates } from '../../../lib/databases/trusted-certificates.ts';
import { mysqlWriteRefusal, replicaWarning } from '../../../lib/databases/write-refusals.ts';
import { isPostgresArchive, staysLine } from '../../../lib/domain/dump-fit.ts';
import type { DumpHead } from '../../../lib/domain/dump-head.ts';
import { RestoreError } from '../../../lib/domain/errors.ts';
import { DumpRights, lacksRights } from '../../../lib/domain/sql/dump-rights.ts';
import { duplicateHint, errorNumber, hintForError } from '../../../lib/domain/sql/error-hints.ts';
import { LoadFailures } from '../../../lib/domain/sql/load-failures.ts';
import { LOAD_USER_PREFIX, variableOfOthers } from '../../../lib/domain/sql/load-user.ts';
import { MysqlDumpFilter } from '../../../lib/domain/sql/mysql-dump-filter.ts';
import { quoteName } from '../../../lib/domain/sql/names.ts';
import { sessionCount } from '../../../lib/domain/sql/session-count.ts';
import { MARKS, markSql } from '../../../lib/domain/sql/session-mark.ts';
import type { SqlStatement } from '../../../lib/domain/sql/statement.ts';
import { StatementReader } from '../../../lib/domain/sql/statement-reader.ts';
import { endOfTool } from '../../../lib/domain/tool-end.ts';
import type { PrivateFiles } from '../private-files.ts';
import type { Engine, Loading, Target, Telling, ToolCommand, ToolEnd } from './engine.ts';
import { clientFlavour, defaultsFile, type MysqlClient, mysqlCommand, READ_AS_DUMPS } from './mysql-commands.ts';
import { MysqlDefinitions } from './mysql-definitions.ts';
import { deniedOf } from './mysql-denied.ts';
import { MysqlKeys } from './mysql-keys.ts';
import { endLeftMysqlSessions, takesMarks } from './mysql-left-sessions.ts';
import { MysqlLoadUser } from './mysql-load-user.ts';
import { MysqlLoader } from './mysql-loader.ts';
import { watchLockWaits } from './mysql-lock-waits.ts';
import { MysqlProgress } from './mysql-progress.ts';
import { analyse, generatedKeys, orphanedKeys } from './mysql-result.ts';
import { MysqlSession } from './mysql-session.ts';
import { readTarget, type TargetTraits } from './mysql-target.ts';

const SESSION_END_TRIES = 40;
const SESSION_END_PAUSE_MS = 250;
/** As much of a dump is read ahead for the rights that it needs, if it comes that fast. */
const RIGHTS_AHEAD_BYTES = 8 * 1024 * 1024;
const RIGHTS_AHEAD_MS = 2000;
/** Where a dump sets what holds for all of it. */
const AHEAD_BYTES = 16 * 1024;
const LOOK_EVERY_MS = 60_000;
const DUPLICATE_ENTRY = 1062;
const HAS_BEGUN = /^(DROP|CREATE|INSERT) /m;

/** Restores with the `mysql` or `mariadb` client, as a user with rights on the target database only; MySQL and MariaDB differ in what of a dump they take. */
export class MysqlEngine implements Engine {
  readonly #target: Target;
  #traits: TargetTraits | undefined;
  #client: MysqlClient | undefined;
  readonly #sessionCount: number;
  readonly #lookEveryMs: number;
  #takesMarks = false;
  /** How many sessions are marked. */
  #marks = 0;
  /** Whether the database was made here. */
  #madeDatabase = false;
  readonly #sessions: MysqlSession[] = [];
  /** Sessions of ours that no client has: as the connection's own user, and as who loads. */
  readonly #definitionIds: number[] = [];
  readonly #keyIds: number[] = [];
  /** Who loads tables and rows, if it isn't the connection's own user. */
  #loadUser: MysqlLoadUser | undefined;

  /** @param lookEveryMs how often to report who holds a lock */
  constructor(target: Target, sessions = sessionCount(availableParallelism()), lookEveryMs = LOOK_EVERY_MS) {
    this.#target = target;
    this.#lookEveryMs = lookEveryMs;
    this.#sessionCount = sessions;
  }

  async inspect({ kind }: DumpHead, telling: Telling): Promise<void> {
    if (kind !== 'sql') throw isPostgresArchive(this.#target.connection.db_type);
    this.#client = await findClient(this.#target);
    const { client, encrypted } = await connectMysql(this.#target);
    try {
      const refused = await mysqlWriteRefusal(client);
      if (refused !== undefined) throw new RestoreError(refused.why, { hint: refused.hint });
      const replica = await replicaWarning(client);
      if (replica !== undefined) telling.warn(replica);
      await endLeftMysqlSessions(client, this.#target, telling);
      this.#takesMarks = await takesMarks(client);
      this.#traits = await readTarget(client, this.#target, encrypted);
    } finally {
      await client.end();
    }
  }

  async load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    const { files, telling, signal, beforeNextWrite, isAsBefore, tables } = loading;
    const asBefore = async () => {
      if (await this.#hasTakenBack().catch(() => false)) isAsBefore();
    };
    const traits = this.#traits as TargetTraits;
    const { ahead, whole } = await this.#lookAhead(dump, traits).catch((error: unknown) => {
      isAsBefore();
      throw signal.aborted ? signal.reason : error;
    });
    const { command, others } = await this.#prepare(files, telling, variableOfOthers(ahead, traits.dbType)).catch(
      async (error: unknown) => {
        await asBefore();
        throw error;
      },
    );
    const filter = new MysqlDumpFilter(traits);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const open = () => {
      const failure = (end: ToolEnd, table: string | undefined) => this.#failure(end, table);
      const session = new MysqlSession(
        command,
        both,
        failure,
        this.#mark()
          .map((sql) => `${sql}; `)
          .join(''),
      );
      this.#sessions.push(session);
      // the others would only go on for nothing; but they can do without a further one that the server does not let in
      session.ended.catch((error: unknown) => {
        if (session.id !== undefined || session === this.#sessions[0]) stop.abort(error);
      });
      return session;
    };
    const failures = new LoadFailures();
    const definitions = new MysqlDefinitions(
      () => this.#openForText(this.#target, this.#definitionIds),
      (stderr, table) => this.#failure({ exitCode: 1, stderr }, table),
      ({ message }) => failures.add('definitions', message),
    );
    const keys = new MysqlKeys({
      open: () => this.#openForText(this.#loadUser?.target ?? this.#target, this.#keyIds),
      failure: (stderr, table) => this.#failure({ exitCode: 1, stderr }, table),
      notAdded: ({ message }) => failures.add('keys', message),
      onFailure: (error) => stop.abort(error),
      rebuilds: traits.dbType === 'mariadb',
      log: (line) => telling.log(line),
    });
    const destroy = () => {
      definitions.destroy();
      keys.destroy();
    };
    both.addEventListener('abort', destroy, { once: true });
    const before = traits.before.flatMap(({ kind, name }) => (kind === 'table' ? name : []));
    const loader = new MysqlLoader({
      open,
      progress: new MysqlProgress(tables, before, traits.foldsNames),
      definitions,
      keys,
      othersWrite: others.length > 0,
      beforeNextWrite,
      sessions: this.#sessionCount,
      foreignKeys: traits.foreignKeys,
      log: (line) => telling.log(line),
    });
    const over = new AbortController();
    const watching = watchLockWaits(
      async () => (await connectMysql(this.#target)).client,
      () => [...this.#definitionIds, ...this.#keyIds, ...this.#sessions.flatMap(({ id }) => id ?? [])],
      (line) => telling.log(line),
      this.#lookEveryMs,
      over.signal,
    );
    try {
      await feed(whole, filter, loader, both, beforeNextWrite);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(this.#sessions.map((session) => session.ended));
      if (!loader.mayHaveWritten) await asBefore();
      if (signal.aborted) throw signal.reason;
      throw await this.#withOthers(withEarlier(both.reason, failures, telling));
    } finally {
      destroy();
      over.abort();
      await watching;
      for (const note of filter.notes) telling.log(`NOTE: ${note}`);
      for (const warning of filter.warnings) telling.warn(warning);
    }
    const failed = told(failures, telling);
    if (failed !== undefined) throw await this.#withOthers(failed);
    const user = this.#loadUser;
    this.#loadUser = undefined;
    await user?.end().catch((error: Error) => {
      telling.warn(
        `${user.name}, made for this restore, could not be dropped: ${error.message}; the next restore drops it`,
      );
    });
    const isMade = nameTest(filter.created, traits.foldsNames);
    await this.#lookAtResult(filter.withRowId, isMade, loading);
    for (const { kind, name } of traits.before) {
      if (!isMade(name)) telling.warn(staysLine(`${kind} ${name}`));
    }
  }

  /** Reads on before anything is sent. @throws what the dump does, or RestoreError for rights that it needs */
  async #lookAhead(
    dump: AsyncIterable<Buffer>,
    traits: TargetTraits,
  ): Promise<{ ahead: string; whole: AsyncIterable<Buffer> }> {
    const { ahead, whole: all } = await readAhead(dump);
    const { rights, whole } = await rightsAhead(all);
    await this.#refuseLackingRights(rights, traits);
    return { ahead, whole };
  }

  /** @throws RestoreError naming the rights that the dump's beginning needs and the server denies */
  async #refuseLackingRights(rights: DumpRights, { grants, database }: TargetTraits): Promise<void> {
    const missing = rights.missing(grants, database);
    if (missing.length === 0) return;
    const { client } = await connectMysql(this.#target);
    try {
      const there = await queryRows(client, 'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [
        database,
      ]);
      const denied = there.length === 0 ? [] : await deniedOf(client, missing, database);
      if (denied.length > 0) throw lacksRights(denied, database, this.#target.connection.username);
    } finally {
      await client.end();
    }
  }

  /** If nothing of the dump was sent: drops the database that was made for it. @returns whether all is as before. */
  async #hasTakenBack(): Promise<boolean> {
    if (!this.#madeDatabase) return true;
    const { client } = await connectMysql(this.#target);
    try {
      const { database } = this.#target;
      const used = await queryRows(
        client,
        'SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? UNION ALL ' +
          'SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? LIMIT 1',
        [database, database],
      );
      if (used.length > 0) return false;
      await client.query(`DROP DATABASE ${quoteName(database)}`);
      return true;
    } finally {
      await client.end();
    }
  }

  /** Tells what the target has otherwise than the dump. All is loaded, so nothing of it fails the restore. */
  async #lookAtResult(
    withRowId: ReadonlySet<string>,
    isMade: (name: string) => boolean,
    { telling, analyze }: Pick<Loading, 'telling' | 'analyze'>,
  ): Promise<void> {
    const { database, foldsNames } = this.#traits as TargetTraits;
    try {
      const { client } = await connectMysql(this.#target);
      try {
        const loaded = { database, isMade, foldsNames };
        for (const line of await orphanedKeys(client, loaded)) telling.warn(line);
        const generated = (await generatedKeys(client, loaded)).filter((name) => !withRowId.has(name));
        if (generated.length > 0) {
          telling.log(
            `NOTE: the server added the invisible primary key my_row_id to ${generated.map(quoteName).join(', ')} ` +
              '(sql_generate_invisible_primary_key)',
          );
        }
        const unanalysed = analyze ? await analyse(client, loaded) : undefined;
        if (unanalysed !== undefined) telling.warn(unanalysed);
      } finally {
        client.destroy();
      }
    } catch (error) {
      telling.warn(`what was loaded could not be looked at: ${(error as Error).message}`);
    }
  }

  async endSessions(): Promise<void> {
    const user = this.#loadUser;
    const ids = [...this.#keyIds, ...this.#sessions.flatMap(({ id }) => (id === undefined ? [] : [id]))];
    this.#loadUser = undefined;
    try {
      // a user may end its own sessions; another one needs a right for that
      if (user !== undefined) await endThese(ids, user.target).catch(() => {});
      await endThese([...this.#definitionIds, ...ids], this.#target);
    } finally {
      await user?.end();
    }
  }

  /** The statement that marks the next session as one of this restore's, if the server takes it. */
  #mark(): string[] {
    return this.#takesMarks && this.#marks < MARKS ? [markSql(this.#target.restoreId, this.#marks++)] : [];
  }

  /** A session like the clients': in the target database, its text read as they begin. */
  async #openForText(target: Target, ids: number[]): Promise<mysql.Connection> {
    const { client } = await connectMysql(target, 'latin1');
    ids.push(client.threadId);
    const use = `USE ${quoteName(target.database)}`;
    // it waits for as long as the rows take
    const settings = [
      'SET NAMES utf8mb4, wait_timeout = 2147483',
      Buffer.from(use).toString('latin1'),
      READ_AS_DUMPS,
      ...this.#mark(),
    ];
    for (const sql of settings) await client.query(sql);
    return client;
  }

  /**
   * Creates the database if it is missing, makes the user that loads, and says how the client is run.
   * @param unless why the connection's own user has to load, in words; undefined if it need not.
   */
  async #prepare(
    files: PrivateFiles,
    telling: Telling,
    unless: string | undefined,
  ): Promise<{ command: ToolCommand; others: string[] }> {
    const { client, encrypted } = await connectMysql(this.#target);
    let others: string[];
    try {
      const { database } = this.#target;
      // asked first, as IF NOT EXISTS waits for whoever has a transaction open there
      const found = await queryRows(client, 'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [
        database,
      ]);
      if (found.length === 0) {
        await client.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`).catch((error: unknown) => {
          throw cannotCreate(database, error);
        });
        this.#madeDatabase = true;
      }
      others = await othersIn(client, database);
      const user = unless ?? (await MysqlLoadUser.make(client, this.#target, encrypted));
      if (typeof user === 'string') {
        telling.log(`NOTE: ${this.#target.connection.username} loads tables and rows with all of its rights: ${user}`);
      } else this.#loadUser = user;
    } finally {
      await client.end();
    }
    const target = this.#loadUser?.target ?? this.#target;
    const command = mysqlCommand(
      this.#client as MysqlClient,
      target,
      encrypted,
      {
        defaultsFile: await files.secret('my.cnf', defaultsFile(target.password)),
        caFile: await files.write('ca.pem', trustedCertificates(target.connection)),
        home: files.home,
      },
      process.env.PATH ?? '',
    );
    return { command, others };
  }

  /** The error of a duplicate row, with who else may have written it. */
  async #withOthers(error: unknown): Promise<unknown> {
    if (!(error instanceof RestoreError) || errorNumber(error.message) !== DUPLICATE_ENTRY) return error;
    const look = async () => {
      const { client } = await connectMysql(this.#target);
      try {
        return await othersIn(client, this.#target.database);
      } finally {
        await client.end();
      }
    };
    const others = await look().catch(() => []);
    return new RestoreError(error.message, { hint: duplicateHint(others), cause: error });
  }

  #failure(end: ToolEnd, table: string | undefined): RestoreError {
    const { stderr } = end;
    const error = stderr.split('\n').findLast((line) => /^ERROR /.test(line)) ?? stderr.trim();
    const where = error !== '' && table !== undefined ? ` (table ${quoteName(table)})` : '';
    return new RestoreError(error + where || `${this.#client?.command} ended with ${endOfTool(end)}`, {
      hint: hintForError(errorNumber(error)),
    });
  }
}

/** The error that ended a load, together with those that it went on after. */
function withEarlier(error: unknown, failures: LoadFailures, telling: Telling): unknown {
  if (!(error instanceof RestoreError) || failures.together() === undefined) return error;
  failures.add('rows', error.message);
  return told(failures, telling, error.hint);
}

/** All that went wrong as one error. @param hint about the gravest; by its number if there is no other */
function told(failures: LoadFailures, telling: Telling, hint?: string): RestoreError | undefined {
  const all = failures.together();
  if (all === undefined) return undefined;
  const { first, message, errors } = all;
  if (errors.length > 1) for (const one of errors) telling.log(`ERROR: ${one}`);
  return new RestoreError(message, { hint: hint ?? hintForError(errorNumber(first)) });
}

/** Whether a table or view of the target is one of these, as the server compares names. */
function nameTest(names: ReadonlySet<string>, foldsNames: boolean): (name: string) => boolean {
  if (!foldsNames) return (name) => names.has(name);
  const folded = new Set([...names].map((name) => name.toLowerCase()));
  return (name) => folded.has(name.toLowerCase());
}

/** Who else has chosen the database, as `user@address`; without the right PROCESS, only the same user's sessions are seen. */
async function othersIn(client: mysql.Connection, database: string): Promise<string[]> {
  const rows = await queryRows<{ user: string; host: string }>(
    client,
    'SELECT USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID() ORDER BY ID',
    [database],
  );
  return rows
    .filter(({ user }) => !user.startsWith(LOAD_USER_PREFIX))
    .map(({ user, host }) => `${user}@${host.replace(/:\d+$/, '')}`);
}

/** Ends sessions that a client that was killed may have left. @param by who ends them */
async function endThese(ids: readonly number[], by: Target): Promise<void> {
  if (ids.length === 0) return;
  const { client } = await connectMysql(by);
  try {
    for (let tries = 0; tries < SESSION_END_TRIES; tries++) {
      const left = await queryRows<{ id: number }>(
        client,
        'SELECT id AS id FROM information_schema.processlist WHERE id IN (?)',
        [ids],
      );
      if (left.length === 0) return;
      // one may end by itself in between
      for (const { id } of left) await client.query(`KILL CONNECTION ${id}`).catch(() => {});
      await sleep(SESSION_END_PAUSE_MS);
    }
    throw new Error('the server did not end them within 10 s');
  } finally {
    await client.end();
  }
}

/** The settings that a dump begins with as text, and all of it. */
async function readAhead(dump: AsyncIterable<Buffer>): Promise<{ ahead: string; whole: AsyncIterable<Buffer> }> {
  const chunks = dump[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let ahead = '';
  while (ahead.length < AHEAD_BYTES && !HAS_BEGUN.test(ahead)) {
    const next = await chunks.next();
    if (next.done) break;
    read.push(next.value);
    ahead += next.value.toString('latin1', 0, AHEAD_BYTES);
  }
  const rest = { [Symbol.asyncIterator]: () => chunks };
  async function* whole(): AsyncGenerator<Buffer> {
    yield* read;
    yield* rest;
  }
  return { ahead, whole: whole() };
}

/** What the dump's beginning needs rights for: all of it, if it isn't long, and comes at once. */
async function rightsAhead(dump: AsyncIterable<Buffer>): Promise<{ rights: DumpRights; whole: AsyncIterable<Buffer> }> {
  const chunks = dump[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  const rights = new DumpRights();
  const reader = new StatementReader();
  let isReadable = true;
  const look = (pieces: () => SqlStatement[]) => {
    try {
      for (const statement of pieces()) rights.note(statement);
    } catch (error) {
      // it is logged where the load comes to it
      if (!(error instanceof RestoreError)) throw error;
      isReadable = false;
    }
  };
  let pending: Promise<IteratorResult<Buffer>> | undefined;
  const enough = new AbortController();
  const timeIsUp = sleep(RIGHTS_AHEAD_MS, undefined, { signal: enough.signal }).catch(() => undefined);
  for (let bytes = 0; bytes < RIGHTS_AHEAD_BYTES; ) {
    pending ??= chunks.next();
    const next = await Promise.race([pending, timeIsUp]);
    if (next === undefined) break;
    pending = undefined;
    if (next.done) break;
    const chunk = next.value;
    read.push(chunk);
    bytes += chunk.length;
    if (isReadable) look(() => reader.push(chunk));
  }
  enough.abort();
  pending?.catch(() => {}); // it is awaited in its turn
  async function* whole(): AsyncGenerator<Buffer> {
    for (let chunk = read.shift(); chunk !== undefined; chunk = read.shift()) yield chunk;
    const next = await pending;
    if (next?.done) return;
    if (next !== undefined) yield next.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { rights, whole: whole() };
}

async function feed(
  dump: AsyncIterable<Buffer>,
  filter: MysqlDumpFilter,
  loader: MysqlLoader,
  signal: AbortSignal,
  beforeNextWrite: () => Promise<void>,
): Promise<void> {
  const reader = new StatementReader();
  const take = async (statements: SqlStatement[]) => {
    for (const statement of statements) {
      signal.throwIfAborted();
      // the statement before may have waited for whoever holds its table
      await beforeNextWrite();
      await loader.take(statement.with(filter.apply(statement)));
    }
  };
  for await (const chunk of dump) await take(reader.push(chunk));
  await take(reader.end());
  await loader.end();
}

/** The installed client: for MariaDB `mariadb`, else `mysql`; for MySQL the other way round. */
async function findClient({ connection }: Target): Promise<MysqlClient> {
  const names = connection.db_type === 'mariadb' ? (['mariadb', 'mysql'] as const) : (['mysql', 'mariadb'] as const);
  for (const command of names) {
    const version = await promisify(execFile)(command, ['--version']).catch(() => undefined);
    if (version !== undefined) return { command, flavour: clientFlavour(version.stdout) };
  }
  throw new RestoreError(`neither ${names.join(' nor ')} can be run`, {
    hint: "Install the database's client; the restore image has it.",
  });
}
