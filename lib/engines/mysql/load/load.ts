/**
 * A load with the `mysql` or `mariadb` client, as a user with rights only on the target database; MySQL and MariaDB
 * differ in which parts of a dump they accept.
 */
import { availableParallelism } from 'node:os';
import { staysLine } from '../../../databases/dump-fit.ts';
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../formats/mysql-dump/reader/statement-reader.ts';
import { cannotCreate } from '../../connect/connect.ts';
import { trustedCertificates } from '../../connect/trusted-certificates.ts';
import type { Loading, PreparedLoad, Reporter, Target, ToolCommand, ToolEnd } from '../../load/engine.ts';
import type { PrivateFiles } from '../../programs/private-files.ts';
import { type DumpRights, lacksRights } from '../rules/dump-rights.ts';
import { LoadFailures } from '../rules/load-failures.ts';
import { variableOfOthers } from '../rules/load-user.ts';
import { MysqlDumpFilter } from '../rules/mysql-dump-filter.ts';
import { memberOf } from '../rules/mysql-family.ts';
import { sessionCount } from '../rules/session-count.ts';
import { connectMysql, queryRows } from '../session/session.ts';
import { defaultsFile, type MysqlClient, mysqlCommand } from './commands.ts';
import { clientFailure, othersIn, told, withEarlier, withOthers } from './failures.ts';
import { MysqlLoader } from './loader.ts';
import { MysqlProgress } from './progress.ts';
import { tellResult } from './result.ts';
import { deniedOf } from './sessions/denied.ts';
import { MysqlLoadUser } from './sessions/load-user.ts';
import { watchLockWaits } from './sessions/lock-waits.ts';
import { OwnMysqlSessions } from './sessions/own-sessions.ts';
import { MysqlSession } from './sessions/session.ts';
import { type LookAhead, lookAhead } from './tables/ahead.ts';
import { MysqlDefinitions } from './tables/definitions.ts';
import { MysqlKeys } from './tables/keys.ts';
import type { TargetTraits } from './target.ts';

const LOOK_EVERY_MS = 60_000;

/** What the inspection of the target found. */
export interface MysqlTarget {
  traits: TargetTraits;
  /** The client that loads. */
  client: MysqlClient;
  /** Whether the server supports marks on sessions. */
  takesMarks: boolean;
}

export interface MysqlLoadOptions {
  /** How many sessions load at once. */
  sessions?: number | undefined;
  /** How often the log says who holds a lock. */
  lookEveryMs?: number | undefined;
}

export class MysqlLoad implements PreparedLoad {
  readonly #target: Target;
  readonly #traits: TargetTraits;
  readonly #client: MysqlClient;
  readonly #sessionCount: number;
  readonly #lookEveryMs: number;
  readonly #sessions: OwnMysqlSessions;
  /** Whether this restore created the database. */
  #madeDatabase = false;
  /** The user that loads tables and rows, if it isn't the connection's own. */
  #loadUser: MysqlLoadUser | undefined;

  constructor(target: Target, { traits, client, takesMarks }: MysqlTarget, options: MysqlLoadOptions = {}) {
    this.#target = target;
    this.#traits = traits;
    this.#client = client;
    this.#sessions = new OwnMysqlSessions(target.restoreId, takesMarks);
    this.#sessionCount = options.sessions ?? sessionCount(availableParallelism());
    this.#lookEveryMs = options.lookEveryMs ?? LOOK_EVERY_MS;
  }

  async load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    const { files, telling, signal, beforeNextWrite, isAsBefore, tables } = loading;
    const asBefore = async () => {
      if (await this.#hasTakenBack().catch(() => false)) isAsBefore();
    };
    const traits = this.#traits;
    const { settings, whole } = await this.#lookAhead(dump).catch((error: unknown) => {
      isAsBefore();
      throw signal.aborted ? signal.reason : error;
    });
    const { command, others } = await this.#prepare(files, telling, variableOfOthers(settings, traits.dbType)).catch(
      async (error: unknown) => {
        await asBefore();
        throw error;
      },
    );
    const filter = new MysqlDumpFilter(traits);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const failure = (end: ToolEnd, table: string | undefined) => clientFailure(end, table, this.#client.command);
    const open = () => {
      const session = new MysqlSession(
        command,
        both,
        failure,
        this.#sessions
          .mark()
          .map((sql) => `${sql}; `)
          .join(''),
      );
      this.#sessions.clients.push(session);
      // the others would only continue in vain; but they can do without another session that the server refuses
      session.ended.catch((error: unknown) => {
        if (session.id !== undefined || session === this.#sessions.clients[0]) stop.abort(error);
      });
      return session;
    };
    const failures = new LoadFailures();
    const definitions = new MysqlDefinitions(
      () => this.#sessions.openForText(this.#target, this.#sessions.definitionIds, both),
      (stderr, table) => failure({ exitCode: 1, stderr }, table),
      ({ message }) => failures.add('definitions', message),
    );
    const keys = new MysqlKeys({
      open: () => this.#sessions.openForText(this.#loadUser?.target ?? this.#target, this.#sessions.keyIds, both),
      failure: (stderr, table) => failure({ exitCode: 1, stderr }, table),
      notAdded: ({ message }) => failures.add('keys', message),
      onFailure: (error) => stop.abort(error),
      rebuilds: memberOf(traits.dbType).rebuilds,
      log: (line) => telling.log(line),
    });
    const destroy = () => {
      definitions.destroy();
      keys.destroy();
    };
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
      () => this.#sessions.ids,
      (line) => telling.log(line),
      this.#lookEveryMs,
      over.signal,
    );
    try {
      await feed(whole, filter, loader, both, beforeNextWrite);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(this.#sessions.clients.map((session) => session.ended));
      if (!loader.mayHaveWritten) await asBefore();
      if (signal.aborted) throw signal.reason;
      throw await withOthers(withEarlier(both.reason, failures, telling), this.#target);
    } finally {
      destroy();
      over.abort();
      await watching;
      for (const note of filter.notes) telling.log(`NOTE: ${note}`);
      for (const warning of filter.warnings) telling.warn(warning);
    }
    const failed = told(failures, telling);
    if (failed !== undefined) throw await withOthers(failed, this.#target);
    const user = this.#loadUser;
    this.#loadUser = undefined;
    await user?.end().catch((error: Error) => {
      telling.warn(
        `${user.name}, made for this restore, could not be dropped: ${error.message}; the next restore drops it`,
      );
    });
    const isMade = nameTest(filter.created, traits.foldsNames);
    const { database, foldsNames } = traits;
    await tellResult(this.#target, { database, isMade, foldsNames }, filter.withRowId, loading);
    for (const { kind, name } of traits.before) {
      if (!isMade(name)) telling.warn(staysLine(`${kind} ${name}`));
    }
  }

  /**
   * Reads ahead before anything is sent.
   * @throws the dump's error, or RestoreError for missing rights
   */
  async #lookAhead(dump: AsyncIterable<Buffer>): Promise<LookAhead> {
    const ahead = await lookAhead(dump);
    await this.#refuseLackingRights(ahead.rights);
    return ahead;
  }

  /** @throws RestoreError naming the rights that the dump's beginning needs and the server denies */
  async #refuseLackingRights(rights: DumpRights): Promise<void> {
    const { grants, database } = this.#traits;
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

  /**
   * If nothing of the dump was sent, drops the database that was created for it.
   * @returns whether everything is as before.
   */
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

  async endSessions(): Promise<void> {
    const user = this.#loadUser;
    this.#loadUser = undefined;
    try {
      await this.#sessions.end(this.#target, user?.target);
    } finally {
      await user?.end();
    }
  }

  /**
   * Creates the database if it is missing, creates the user that loads, and says how to run the client.
   * @param unless why the connection's own user has to load, in words; undefined if it needn't.
   */
  async #prepare(
    files: PrivateFiles,
    telling: Reporter,
    unless: string | undefined,
  ): Promise<{ command: ToolCommand; others: string[] }> {
    const { client, encrypted } = await connectMysql(this.#target);
    let others: string[];
    try {
      const { database } = this.#target;
      // checked first, because IF NOT EXISTS waits for any open transaction in that database
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
      this.#client,
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
}

/** Whether a table or view of the target is one of these; names are compared as the server does. */
function nameTest(names: ReadonlySet<string>, foldsNames: boolean): (name: string) => boolean {
  if (!foldsNames) return (name) => names.has(name);
  const folded = new Set([...names].map((name) => name.toLowerCase()));
  return (name) => folded.has(name.toLowerCase());
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
      // the statement before may have waited for another session that had locked its table
      await beforeNextWrite();
      await loader.take(statement.with(filter.apply(statement)));
    }
  };
  for await (const chunk of dump) await take(reader.push(chunk));
  await take(reader.end());
  await loader.end();
}
