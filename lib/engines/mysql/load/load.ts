/**
 * A load with the `mysql` or `mariadb` client, as a user who only has rights on the target database. MySQL and MariaDB
 * differ in which parts of a dump they accept.
 */

import { availableParallelism } from 'node:os';
import { staysLine } from '../../../databases/dump-fit.ts';
import type { DumpContents } from '../../../formats/dump-contents.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../formats/mysql-dump/reader/statement-reader.ts';
import type { ConstraintNames } from '../../../formats/mysql-dump/rewrite/constraint-names.ts';
import { trustedCertificates } from '../../connect/trusted-certificates.ts';
import type { Loading, PreparedLoad, Target, ToolCommand, ToolEnd } from '../../load/engine.ts';
import {
  type Finding,
  type FindingId,
  refuseObstacles,
  sessionStatements,
  settingNotes,
  warningLines,
} from '../../preflight/findings.ts';
import { findingsOf } from '../../preflight/preflight.ts';
import type { PrivateFiles } from '../../programs/private-files.ts';
import { LoadFailures } from '../rules/load-failures.ts';
import { variableOfOthers } from '../rules/load-user.ts';
import { MysqlDumpFilter } from '../rules/mysql-dump-filter.ts';
import { memberOf } from '../rules/mysql-family.ts';
import { constraintNames } from '../rules/preflight/names.ts';
import { lackedRights, missingPrivileges } from '../rules/preflight/rights.ts';
import { sessionCount } from '../rules/session-count.ts';
import { connectMysql } from '../session/session.ts';
import { defaultsFile, type MysqlClient, mysqlCommand } from './commands.ts';
import { clientFailure, told, withEarlier, withOthers } from './failures.ts';
import { MysqlLoader } from './loader.ts';
import { PreparedTarget } from './prepared-target.ts';
import { MysqlProgress } from './progress.ts';
import { tellResult } from './result.ts';
import { watchLockWaits } from './sessions/lock-waits.ts';
import { OwnMysqlSessions } from './sessions/own-sessions.ts';
import { MysqlSession } from './sessions/session.ts';
import { type LookAhead, lookAhead } from './tables/ahead.ts';
import { MysqlDefinitions } from './tables/definitions.ts';
import { MysqlKeys } from './tables/keys.ts';
import type { TargetTraits } from './target.ts';

const LOOK_EVERY_MS = 60_000;
/** The load reports these exactly when it gets there. */
const TOLD_BY_LOAD: ReadonlySet<FindingId> = new Set([
  'mysql-engine-missing',
  'mysql-collation-replaced',
  'mysql-constraint-renamed',
  'mysql-parent-missing',
]);

/** What the inspection of the target found. */
export interface MysqlTarget {
  traits: TargetTraits;
  /** The client that loads the dump. */
  client: MysqlClient;
  /** Whether the server supports marks on sessions. */
  takesMarks: boolean;
}

export interface MysqlLoadOptions {
  /** How many sessions load at once. */
  sessions?: number | undefined;
  /** How often the log names who holds a lock. */
  lookEveryMs?: number | undefined;
}

export class MysqlLoad implements PreparedLoad {
  readonly #target: Target;
  readonly #traits: TargetTraits;
  readonly #client: MysqlClient;
  readonly #sessionCount: number;
  readonly #lookEveryMs: number;
  readonly #sessions: OwnMysqlSessions;
  readonly #prepared: PreparedTarget;

  constructor(target: Target, { traits, client, takesMarks }: MysqlTarget, options: MysqlLoadOptions = {}) {
    this.#target = target;
    this.#traits = traits;
    this.#client = client;
    this.#prepared = new PreparedTarget(target, traits);
    this.#sessions = new OwnMysqlSessions(target.restoreId, takesMarks);
    this.#sessionCount = options.sessions ?? sessionCount(availableParallelism());
    this.#lookEveryMs = options.lookEveryMs ?? LOOK_EVERY_MS;
  }

  async load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    const { files, telling, signal, beforeNextWrite, isAsBefore, tables } = loading;
    const asBefore = async () => {
      if (await this.#prepared.hasTakenBack().catch(() => false)) isAsBefore();
    };
    const traits = this.#traits;
    const ahead = await this.#lookAhead(dump, loading.contents).catch((error: unknown) => {
      isAsBefore();
      throw signal.aborted ? signal.reason : error;
    });
    const { settings, whole, findings, takenConstraints } = ahead;
    for (const note of settingNotes(findings)) telling.log(`NOTE: ${note}`);
    for (const warning of warningLines(findings.filter(({ id }) => !TOLD_BY_LOAD.has(id)))) telling.warn(warning);
    const ofSessions = sessionStatements(findings);
    const prepare = async () => {
      const unless = variableOfOthers([settings, ...ofSessions].join('\n'), traits.dbType);
      const { encrypted, others } = await this.#prepared.make(telling, unless);
      return { command: await this.#command(files, encrypted), others };
    };
    const { command, others } = await prepare().catch(async (error: unknown) => {
      await asBefore();
      throw error;
    });
    const filter = new MysqlDumpFilter({ ...traits, takenConstraints });
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const failure = (end: ToolEnd, table: string | undefined) => clientFailure(end, table, this.#client.command);
    const open = () => {
      const session = new MysqlSession(
        command,
        both,
        failure,
        [...this.#sessions.mark(), ...ofSessions].map((sql) => `${sql}; `).join(''),
      );
      this.#sessions.clients.push(session);
      // stop the others, because continuing would be useless; but if the server only refuses another session, they
      // continue without it
      session.ended.catch((error: unknown) => {
        if (session.id !== undefined || session === this.#sessions.clients[0]) stop.abort(error);
      });
      return session;
    };
    const failures = new LoadFailures();
    const definitions = new MysqlDefinitions(
      () => this.#sessions.openForText(this.#target, this.#sessions.definitionIds, both, ofSessions),
      (stderr, table) => failure({ exitCode: 1, stderr }, table),
      ({ message }) => failures.add('definitions', message),
    );
    const keys = new MysqlKeys({
      open: () => this.#sessions.openForText(this.#prepared.loadTarget, this.#sessions.keyIds, both, ofSessions),
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
    const user = this.#prepared.releaseUser();
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
   * @throws the dump's error, or RestoreError for obstacles
   */
  async #lookAhead(
    dump: AsyncIterable<Buffer>,
    known: DumpContents | undefined,
  ): Promise<LookAhead & { findings: Finding[]; takenConstraints: ConstraintNames }> {
    const ahead = await lookAhead(dump);
    const contents = known ?? ahead.contents;
    const isWhole = known !== undefined || ahead.isWhole;
    const findings = await this.#findings(contents, isWhole);
    refuseObstacles(findings);
    const whole = isWhole && contents?.kind === 'mysqldump' ? contents : undefined;
    return { ...ahead, findings, takenConstraints: constraintNames(whole, this.#traits) };
  }

  /** Those of the preview, except for rights that the user has in a way that no grant shows. */
  async #findings(contents: DumpContents | undefined, isWhole: boolean): Promise<Finding[]> {
    const traits = this.#traits;
    const findings = findingsOf(contents, { mysql: traits, freeBytes: this.#target.freeBytes }, isWhole);
    if (contents?.kind !== 'mysqldump' || !findings.some(({ id }) => id === 'mysql-rights')) return findings;
    const denied = await this.#prepared.deniedOf(missingPrivileges(contents, traits));
    return findings.flatMap((one) => (one.id === 'mysql-rights' ? lackedRights(denied, traits) : one));
  }

  async endSessions(): Promise<void> {
    const user = this.#prepared.releaseUser();
    try {
      await this.#sessions.end(this.#target, user?.target);
    } finally {
      await user?.end();
    }
  }

  /** How to run the client as the user who loads the dump. */
  async #command(files: PrivateFiles, encrypted: boolean): Promise<ToolCommand> {
    const target = this.#prepared.loadTarget;
    return mysqlCommand(
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
  }
}

/** Whether a table or view of the target is one of these. Names are compared as the server compares them. */
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
      // the previous statement may have waited for another session that had locked its table
      await beforeNextWrite();
      await loader.take(statement.with(filter.apply(statement)));
    }
  };
  for await (const chunk of dump) await take(reader.push(chunk));
  await take(reader.end());
  await loader.end();
}
