import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  connectCreating,
  connectEither,
  connectMaintenance,
  connectPostgres,
} from '../../../lib/databases/postgres.ts';
import { type Powers, postgresPowers } from '../../../lib/databases/postgres-powers.ts';
import { serverRoom } from '../../../lib/databases/postgres-room.ts';
import {
  postgresContents,
  postgresEndsIdleSessions,
  postgresLocale,
  postgresMajor,
  postgresSessions,
  postgresSpeaksForeign,
  postgresTables,
} from '../../../lib/databases/postgres-target.ts';
import { trustedCertificates } from '../../../lib/databases/trusted-certificates.ts';
import { sessionsLine } from '../../../lib/domain/dump-fit.ts';
import type { DumpHead } from '../../../lib/domain/dump-head.ts';
import { RestoreError } from '../../../lib/domain/errors.ts';
import { oldestReader, type Toc, type TocEntry } from '../../../lib/domain/postgres/archive-format.ts';
import { ArchiveTables } from '../../../lib/domain/postgres/archive-tables.ts';
import { type DatabaseLocale, isSameLocale, localeText } from '../../../lib/domain/postgres/database-locale.ts';
import { errorHint } from '../../../lib/domain/postgres/error-hints.ts';
import { needsOneJob } from '../../../lib/domain/postgres/job-conflicts.ts';
import { needsTrusted, UNREAD_CONTENTS } from '../../../lib/domain/postgres/needs-trusted.ts';
import { ownEntries, useList } from '../../../lib/domain/postgres/own-entries.ts';
import {
  type PgRestoreListeners,
  type PgRestoreReader,
  PgRestoreStderr,
} from '../../../lib/domain/postgres/pg-restore-outcome.ts';
import { restoreJobs } from '../../../lib/domain/postgres/restore-jobs.ts';
import { superuserDemands } from '../../../lib/domain/postgres/superuser-demand.ts';
import { runCommand } from '../run-command.ts';
import { spoolRoom } from '../spool.ts';
import {
  type DumpStream,
  type Engine,
  type Loading,
  type SpooledDump,
  streamed,
  type Target,
  type Telling,
  type ToolCommand,
  type ToolEnd,
} from './engine.ts';
import { analyzeNew } from './postgres-analyze.ts';
import { parallelReader, spoolArchive, takeArchive, type WatchedArchive, watchReaders } from './postgres-archive.ts';
import { chooseClient } from './postgres-client.ts';
import { applicationName, passFileLine, postgresCommand, type SpooledArchive } from './postgres-commands.ts';
import { endLeftPostgresSessions } from './postgres-left-sessions.ts';
import { refuseObstacles, refuseReadOnly } from './postgres-obstacles.ts';
import { dropFirst, finish, prepare } from './postgres-own-part.ts';
import { loadPlain } from './postgres-plain.ts';
import { PlainPart, undoPart } from './postgres-plain-part.ts';
import { keepRestricted } from './postgres-rights.ts';
import { RestoreRole, refuseEventTriggers, withoutSignal } from './postgres-role.ts';
import { tellWaits } from './postgres-waits.ts';

const SESSION_END_TRIES = 40;
const SESSION_END_PAUSE_MS = 250;

/** A session by what no dump can change of it: functions in a dump may set the name that it goes by. */
interface OwnSession {
  pid: number;
  since: string;
}

/** Restores with pg_restore; a dump in plain SQL through a session of its own. */
export class PostgresEngine implements Engine {
  readonly #target: Target;
  /** What its tool's sessions are called. */
  readonly #application: string;
  /** The directory of the client that restores. */
  #tools = '';
  /** The target's major version. */
  #server = 0;
  #archive: (SpooledArchive & WatchedArchive) | undefined;
  /** Whether there is anything that has to be dropped first. */
  #clean = false;
  /** Whether the tool was started, and has not ended by itself. */
  #running = false;
  /** The session that loads plain SQL, until it has loaded. */
  #session: OwnSession | undefined;
  /** Whether the server ends sessions that have nothing to do: several jobs wait for each other. */
  #endsIdle = false;
  /** Whether pg_restore's sessions have to ask for messages in English. */
  #english = false;
  /** Loads the dump if the connection is more than an owner, and isn't trusted. */
  #role: RestoreRole | undefined;
  #head: DumpHead = { kind: 'sql', toc: undefined, archiveVersion: undefined, serverVersion: undefined };

  constructor(target: Target) {
    this.#target = target;
    this.#application = applicationName(target.restoreId, randomBytes(4).toString('hex'));
  }

  async inspect(head: DumpHead, telling: Telling): Promise<void> {
    this.#head = head;
    await this.#withTarget(async (client, exists) => {
      if (exists) await endLeftPostgresSessions(client, this.#target, telling);
      this.#server = await postgresMajor(client);
      if (head.kind === 'pg-archive') this.#tools = await chooseClient(head, this.#server, telling);
      if (head.archiveVersion !== undefined && oldestReader(head.archiveVersion) === undefined)
        throw unknownVersion(head);
      await refuseReadOnly(client);
      this.#endsIdle = await postgresEndsIdleSessions(client);
      if (exists) await this.#look(client, telling);
      await this.#makeRole(client, exists, telling);
    });
  }

  /** @throws RestoreError if a role has to load the dump, and there is none that can */
  async #makeRole(client: pg.Client, exists: boolean, telling: Telling): Promise<void> {
    const { trusted, connection } = this.#target;
    const powers = await postgresPowers(client);
    if (powers.list.length === 0) return;
    if (trusted) {
      this.#english = powers.superuser && (await postgresSpeaksForeign(client));
      telling.log(
        `NOTE: ${connection.name} is trusted: the dump runs with the rights of ${powers.user}, who ${powers.list.join(', ')}`,
      );
      return;
    }
    const { kind, toc } = this.#head;
    if (kind === 'sql') return this.#makeRoleFor([], client, powers, exists, telling);
    if (toc === undefined) throw needsTrusted(this.#target, UNREAD_CONTENTS);
    const demands = superuserDemands(toc);
    if (demands.length > 0) throw needsTrusted(this.#target, demands.join('; '));
    await this.#makeRoleFor(toc.entries, client, powers, exists, telling);
  }

  async #makeRoleFor(
    entries: Toc['entries'],
    client: pg.Client,
    powers: Powers,
    exists: boolean,
    telling: Telling,
  ): Promise<void> {
    if (exists) await refuseEventTriggers(client, { entries });
    this.#role = await RestoreRole.make(client, this.#target, powers, exists);
    telling.log(`NOTE: the role ${this.#role.name} loads the dump, since ${powers.user} ${powers.list.join(', ')}`);
  }

  async close(telling: Telling): Promise<void> {
    await this.#role?.remove().catch((error: Error) => {
      telling.warn(`the role ${this.#role?.name} stays until the next restore into this server: ${error.message}`);
    });
  }

  async #withTarget(use: (client: pg.Client, exists: boolean) => Promise<void>): Promise<void> {
    const { client, exists } = await connectEither(this.#target, this.#target.database);
    await use(client, exists).finally(() => client.end());
  }

  /** @throws RestoreError for objects of the target that block the restore */
  async #look(client: pg.Client, telling: Pick<Telling, 'log' | 'warn'>): Promise<void> {
    const others = await postgresSessions(client);
    if (others.length > 0) telling.log(`NOTE: ${sessionsLine(others.length)}`);
    await this.#lookAtLocale(client, telling);
    const contents = await postgresContents(client);
    this.#clean = !contents.isEmpty;
    await refuseObstacles(client, this.#head, contents, this.#target, telling);
  }

  async #lookAtLocale(client: pg.Client, telling: Pick<Telling, 'warn'>): Promise<void> {
    const dumped = this.#head.toc?.locale;
    if (dumped === undefined) return;
    const there = await postgresLocale(client);
    if (isSameLocale(there, dumped)) return;
    telling.warn(
      `the database has the locale ${localeText(there)}, and the backup ${localeText(dumped)}: ${OTHER_ORDER}`,
    );
  }

  async spool(dump: DumpStream, { files, telling }: Loading): Promise<SpooledDump> {
    const path = files.path('archive');
    const room = await spoolRoom(files.home);
    const wanted = await this.#jobs(dump, room, telling);
    if (wanted === 1) return streamed(dump);
    telling.stage('spooling', dump.objectBytes);
    const spooled =
      dump.file === undefined ? await spoolArchive(dump.chunks, path, room) : await takeArchive(dump.file, path);
    if (!('progress' in spooled)) {
      telling.log(tooLargeLine('more than its record says', room));
      return { chunks: spooled, bytesTotal: dump.objectBytes };
    }
    const { progress, parallel } = spooled;
    const jobs = parallel ? wanted : 1;
    const who = parallel ? `${jobs} jobs restore it` : 'one job restores it: its entries have to come in order';
    telling.log(`SPOOL: OK (the whole archive is on the task's disk; ${who})`);
    this.#archive = { path, jobs, progress };
    return { chunks: nothing(), bytesTotal: progress.bytesTotal };
  }

  /** How many jobs the archive is restored by; 1 is a stream. */
  async #jobs({ dumpBytes, objectBytes, file }: DumpStream, room: number, telling: Telling): Promise<number> {
    const { toc } = this.#head;
    if (toc === undefined) return 1;
    // an archive is hardly larger than its object: its data is compressed
    const bytes = dumpBytes ?? objectBytes;
    const client = await connectMaintenance(this.#target);
    const server = await serverRoom(client, this.#target.database).finally(() => client.end());
    const jobs = restoreJobs(bytes, toc, availableParallelism(), server);
    if (jobs === 1) return 1;
    if (needsOneJob(toc)) telling.log('NOTE: the archive’s entries have to come in order: it streams, to one session');
    else if (file === undefined && bytes > room) telling.log(tooLargeLine(`${bytes} bytes`, room));
    else return jobs;
    return 1;
  }

  async load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    await (this.#head.kind === 'sql' ? this.#loadPlain(dump, loading) : this.#loadArchive(dump, loading));
  }

  async #loadPlain(
    dump: AsyncIterable<Buffer>,
    { telling, signal, analyze, tables, beforeNextWrite, isAsBefore }: Loading,
  ): Promise<void> {
    const { database } = this.#target;
    const access = { ...this.#target, limits: { ...this.#target.limits, signal } };
    const { client: own, created } = await connectCreating(access, database, { encoding: '', locale: undefined });
    const role = this.#role;
    let part: PlainPart | undefined;
    const isTakenBack = async () => {
      if (created) await this.#dropNew(telling);
      isAsBefore();
    };
    const undo = async () => {
      // its session may have been ended
      await own.end().catch(() => {});
      if (!created && part !== undefined) await undoPart(part, { ...this.#target, limits: undefined }, database);
    };
    let client = own;
    try {
      if (role !== undefined) {
        await this.#nameSession(own);
        await beforeNextWrite();
        const begin = () => PlainPart.begin(own, role, telling);
        part = await this.#telling(telling, begin);
        client = await connectPostgres({ ...role.access(), limits: access.limits }, database);
      }
      await this.#nameSession(client);
      await beforeNextWrite();
      this.#session = await sessionOf(client);
      const trust = (what: string) => needsTrusted(this.#target, what);
      await this.#telling(telling, () =>
        loadPlain(
          dump,
          {
            ...{ client, created, own: part, undo, isTakenBack, needsTrusted: trust, tables },
            analyze: () => this.#analyze({ telling, signal, analyze }),
          },
          telling,
        ),
      );
      this.#session = undefined;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await client.end().catch(() => {});
      await own.end().catch(() => {});
    }
  }

  /** The database that this restore has made, and that is empty. */
  async #dropNew(telling: Telling): Promise<void> {
    const client = await connectMaintenance(this.#target);
    try {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(this.#target.database)}`);
    } catch (error) {
      telling.warn(`the new database ${this.#target.database} is empty, and stays: ${(error as Error).message}`);
    } finally {
      await client.end();
    }
  }

  async #loadArchive(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    const { telling, signal, tables: states, beforeNextWrite } = loading;
    const { toc } = this.#head;
    const tables = toc === undefined ? undefined : new ArchiveTables(toc.entries, states);
    // the target may have become another while the archive was spooled
    if (this.#archive !== undefined) {
      await this.#withTarget(async (client, exists) => {
        if (exists) await this.#look(client, { log: () => {}, warn: () => {} });
      });
    }
    const command = await this.#prepare(loading, tables);
    const followed: PgRestoreListeners = {
      onHarm: (error) => tables?.failed(error),
      onReached: (text) => tables?.reached(text),
      onFinished: (dumpId) => tables?.finished(dumpId),
    };
    const reader =
      this.#archive === undefined
        ? new PgRestoreStderr(this.#server, followed)
        : parallelReader(this.#archive, this.#server, telling, followed);
    const listeners = {
      onStdout: () => {},
      onStderr: (text: string) => reader.push(text),
      onStart: (pid: number) => {
        if (this.#archive !== undefined) watchReaders(this.#archive, pid, telling);
      },
    };
    // to look at the target, and to create it, may have taken long
    await beforeNextWrite();
    tables?.begun();
    const end = await this.#telling(telling, () => runCommand(command, dump, listeners, signal));
    this.#running = false;
    await this.#judge(end, reader, loading, tables);
  }

  async #prepare(
    { files, telling, signal, tables: states, beforeNextWrite }: Loading,
    tables: ArchiveTables | undefined,
  ): Promise<ToolCommand> {
    const { toc } = this.#head;
    const role = this.#role;
    const paths = {
      passFile: await files.secret('pgpass', passFileLine(role?.password ?? this.#target.password)),
      caFile: await files.write('ca.pem', trustedCertificates(this.#target.connection)),
      home: files.home,
    };
    const access = { ...this.#target, limits: { ...this.#target.limits, signal } };
    const wanted = { encoding: toc?.encoding ?? '', locale: toc?.locale };
    const { client, otherLocale } = await connectCreating(access, this.#target.database, wanted);
    if (otherLocale !== undefined && toc?.locale !== undefined) telling.warn(otherLocaleLine(toc.locale, otherLocale));
    try {
      await this.#nameSession(client);
      this.#running = true;
      await beforeNextWrite();
      if (tables !== undefined) states.found(await postgresTables(client));
      const onDrop = (entry: TocEntry) => tables?.dropping(entry);
      await this.#telling(telling, async () => {
        if (toc !== undefined && role !== undefined) await prepare(client, role, toc, this.#clean, telling, onDrop);
        else if (toc !== undefined && this.#clean)
          await dropFirst(client, await postgresPowers(client), toc, telling, onDrop);
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await client.end().catch(() => {});
    }
    const path = `${this.#tools}:${process.env.PATH ?? ''}`;
    const asRole =
      role === undefined || toc === undefined
        ? undefined
        : { username: role.name, list: await files.write('list', useList(ownEntries(toc).others)) };
    const of = { session: this.#application, endsIdle: this.#endsIdle, english: this.#english };
    return postgresCommand(this.#archive, this.#target, { ...of, role: asRole, files: paths, path });
  }

  /** So that it is found and ended, like the tool's own. */
  async #nameSession(client: pg.Client): Promise<void> {
    await client.query("SELECT pg_catalog.set_config('application_name', $1, false)", [this.#application]);
  }

  /** Says meanwhile whom the sessions wait for. */
  async #telling<T>(telling: Telling, work: () => Promise<T>): Promise<T> {
    const own = { application: this.#application, role: this.#role?.name ?? '' };
    const waits = tellWaits(withoutSignal(this.#target), this.#target.database, own, telling);
    return work().finally(() => waits.stop());
  }

  async #analyze({ telling, signal, analyze }: Pick<Loading, 'telling' | 'signal' | 'analyze'>): Promise<void> {
    if (!analyze) return;
    const client = await connectPostgres(this.#role?.access() ?? this.#target, this.#target.database);
    try {
      await analyzeNew(client, telling, signal);
    } finally {
      await client.end();
    }
  }

  /** Decides what the tool's end means. */
  async #judge(
    { exitCode, signal }: ToolEnd,
    reader: PgRestoreReader,
    loading: Loading,
    tables: ArchiveTables | undefined,
  ): Promise<void> {
    const { telling } = loading;
    const outcome = reader.outcome(exitCode, signal);
    tables?.end(reader.isWhole(exitCode));
    for (const warning of outcome.warnings) telling.warn(warning);
    if (outcome.status !== 'failure') await this.#analyze(loading);
    if (outcome.status === 'success' && this.#role === undefined) return;
    // also after a failure: what is there by now must not be open to more than it was
    await this.#restrict(telling).catch((error: unknown) => {
      if (outcome.status !== 'failure') throw error;
      telling.warn((error as Error).message);
    });
    if (outcome.status !== 'failure') return;
    if (outcome.errors.length > 1) for (const error of outcome.errors) telling.log(`ERROR: ${error}`);
    throw new RestoreError(outcome.message, {
      hint: errorHint(outcome),
    });
  }

  /** @throws RestoreError naming what more users may reach than before */
  async #restrict(telling: Telling): Promise<void> {
    const { toc } = this.#head;
    if (toc === undefined) return;
    await this.#withTarget(async (client, exists) => {
      if (!exists) return;
      if (this.#role === undefined) await keepRestricted(client, toc, telling);
      else await finish(client, this.#role, toc, telling);
    });
  }

  async endSessions(): Promise<void> {
    if (!this.#running && this.#session === undefined) return;
    const client = await connectMaintenance(this.#target);
    try {
      for (let tries = 0; tries < SESSION_END_TRIES; tries++) {
        const { rowCount } = await client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 OR (pid = $2 AND backend_start::text = $3)',
          [this.#application, this.#session?.pid ?? 0, this.#session?.since ?? ''],
        );
        if (rowCount === 0) return;
        await sleep(SESSION_END_PAUSE_MS);
      }
      throw new Error('the server did not end them within 10 s');
    } finally {
      await client.end();
    }
  }
}

const OTHER_ORDER = 'text may sort, compare and change its case in another way than in the source, also in its keys';

function otherLocaleLine(wanted: DatabaseLocale, why: string): string {
  return `the new database could not have the locale of the backup, ${localeText(wanted)} (${why}): ${OTHER_ORDER}`;
}

function tooLargeLine(size: string, room: number): string {
  return `NOTE: the archive (${size}) does not fit the ${room} bytes of the task's disk: it streams, to one session`;
}

/** What pg_restore gets through stdin if it reads a file. */
async function* nothing(): AsyncGenerator<Buffer> {}

/** A pg_restore that reads it would run what was never judged. */
function unknownVersion({ archiveVersion }: DumpHead): RestoreError {
  return new RestoreError(`an archive of version ${archiveVersion} is not accepted: its entries can't be judged here`, {
    hint: 'Update this service, or make a backup with an older pg_dump.',
  });
}

async function sessionOf(client: pg.Client): Promise<OwnSession> {
  const { rows } = await client.query<OwnSession>(
    'SELECT pid, backend_start::text AS since FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()',
  );
  return rows[0] as OwnSession;
}
