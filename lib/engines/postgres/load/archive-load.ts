/** Loads an archive with pg_restore: from a stream, or from the disk with several jobs. */
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { RestoreError } from '../../../errors/errors.ts';
import type { TocEntry } from '../../../formats/pg-dump/archive/format.ts';
import { needsOneJob } from '../../../formats/pg-dump/archive/job-conflicts.ts';
import { ownEntries, useList } from '../../../formats/pg-dump/archive/own-entries.ts';
import { trustedCertificates } from '../../connect/trusted-certificates.ts';
import {
  type DumpStream,
  type KnownDump,
  type Loading,
  type PreparedLoad,
  type Reporter,
  type SpooledDump,
  streamed,
  type Target,
  type ToolCommand,
  type ToolEnd,
} from '../../load/engine.ts';
import { runCommand } from '../../programs/run-command.ts';
import { spoolRoom } from '../../programs/spool.ts';
import { ArchiveTables } from '../rules/archive-tables.ts';
import { errorHint } from '../rules/error-hints.ts';
import { type PgRestoreListeners, type PgRestoreReader, PgRestoreStderr } from '../rules/pg-restore-outcome.ts';
import { restoreJobs } from '../rules/restore-jobs.ts';
import { postgresPowers } from '../session/powers.ts';
import { serverRoom } from '../session/room.ts';
import { connectCreating, connectEither, connectMaintenance } from '../session/session.ts';
import { postgresTables } from '../session/target.ts';
import { analyzeTarget } from './analyze.ts';
import { parallelReader, spoolArchive, takeArchive, type WatchedArchive, watchReaders } from './archive.ts';
import { passFileLine, postgresCommand, type SpooledArchive } from './commands.ts';
import { loadedRows } from './loaded-rows.ts';
import { lookBeforeLoad, otherLocaleLine, withoutTimeLimits } from './look.ts';
import { dropFirst, finish, prepare } from './role/own-part.ts';
import { keepRestricted } from './role/rights.ts';
import { type RestoreRole, removeAfterLoad } from './role/role.ts';
import { LoadSessions } from './sessions.ts';

/** What the inspection of the target found. */
export interface ArchiveTarget {
  head: KnownDump;
  /** The directory of the client that restores the archive. */
  tools: string;
  /** The target's major version. */
  server: number;
  /** Whether anything has to be dropped first. */
  clean: boolean;
  /** Whether the server ends idle sessions. That matters because jobs wait for each other. */
  endsIdle: boolean;
  /** Whether pg_restore's sessions have to request messages in English. */
  english: boolean;
  /** The role that loads the dump, if the connection's user has more rights than an owner and isn't trusted. */
  role: RestoreRole | undefined;
}

export class PostgresArchiveLoad implements PreparedLoad {
  readonly #target: Target;
  readonly #found: ArchiveTarget;
  readonly #sessions: LoadSessions;
  #archive: (SpooledArchive & WatchedArchive) | undefined;
  /** Whether the tool was started and has not ended by itself. */
  #running = false;

  constructor(target: Target, found: ArchiveTarget) {
    this.#target = target;
    this.#found = found;
    this.#sessions = new LoadSessions(target, found.role?.name ?? '');
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
    const who = parallel ? `${jobs} jobs restore it` : 'one job restores it: its entries must be restored in order';
    telling.log(`SPOOL: OK (the whole archive is on the task's disk; ${who})`);
    this.#archive = { path, jobs, progress };
    return { chunks: nothing(), bytesTotal: progress.bytesTotal };
  }

  /** The number of jobs for the archive; 1 means a stream. */
  async #jobs({ dumpBytes, objectBytes, file }: DumpStream, room: number, telling: Reporter): Promise<number> {
    const { toc } = this.#found.head;
    if (toc === undefined) return 1;
    // an archive is hardly larger than its object, because its data is compressed
    const bytes = dumpBytes ?? objectBytes;
    const client = await connectMaintenance(this.#target);
    const server = await serverRoom(client, this.#target.database).finally(() => client.end());
    const jobs = restoreJobs(bytes, toc, availableParallelism(), server);
    if (jobs === 1) return 1;
    if (needsOneJob(toc))
      telling.log('NOTE: the archive’s entries must be restored in order: it is streamed into one session');
    else if (file === undefined && bytes > room) telling.log(tooLargeLine(`${bytes} bytes`, room));
    else return jobs;
    return 1;
  }

  async load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void> {
    const { telling, signal, tables: states, beforeNextWrite } = loading;
    const { toc } = this.#found.head;
    const tables = toc === undefined ? undefined : new ArchiveTables(toc.entries, states);
    // the target may have changed while the archive was written to the disk
    const clean = this.#archive === undefined ? this.#found.clean : await this.#lookAgain();
    const command = await this.#prepare(loading, tables, clean);
    const followed: PgRestoreListeners = {
      onHarm: (error) => tables?.failed(error),
      onReached: (text) => tables?.reached(text),
      onFinished: (dumpId) => tables?.finished(dumpId),
    };
    const reader =
      this.#archive === undefined
        ? new PgRestoreStderr(this.#found.server, followed)
        : parallelReader(this.#archive, this.#found.server, telling, followed);
    const listeners = {
      onStdout: () => {},
      onStderr: (text: string) => reader.push(text),
      onStart: (pid: number) => {
        if (this.#archive !== undefined) watchReaders(this.#archive, pid, telling);
      },
    };
    // inspecting and creating the target may have taken long
    await beforeNextWrite();
    tables?.begun();
    const end = await this.#sessions.tellingWaits(telling, () => runCommand(command, dump, listeners, signal));
    this.#running = false;
    await this.#judge(end, reader, loading, tables);
  }

  async #prepare(
    { files, telling, signal, tables: states, beforeNextWrite }: Loading,
    tables: ArchiveTables | undefined,
    clean: boolean,
  ): Promise<ToolCommand> {
    const { role, endsIdle, english, tools } = this.#found;
    const { toc } = this.#found.head;
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
      await this.#sessions.name(client);
      this.#running = true;
      await beforeNextWrite();
      if (tables !== undefined) states.found(await postgresTables(client));
      const onDrop = (entry: TocEntry) => tables?.dropping(entry);
      await this.#sessions.tellingWaits(telling, async () => {
        if (toc !== undefined && role !== undefined) await prepare(client, role, toc, clean, telling, onDrop);
        else if (toc !== undefined && clean)
          await dropFirst(client, await postgresPowers(client), toc, telling, onDrop);
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await client.end().catch(() => {});
    }
    const path = `${tools}:${process.env.PATH ?? ''}`;
    const asRole =
      role === undefined || toc === undefined
        ? undefined
        : { username: role.name, list: await files.write('list', useList(ownEntries(toc).others)) };
    const of = { session: this.#sessions.application, endsIdle, english };
    return postgresCommand(this.#archive, this.#target, { ...of, role: asRole, files: paths, path });
  }

  /**
   * @returns as `ArchiveTarget.clean`.
   * @throws RestoreError for current blockers
   */
  async #lookAgain(): Promise<boolean> {
    let { clean } = this.#found;
    await this.#withTarget(async (client, exists) => {
      const silent = { log: () => {}, warn: () => {} };
      if (!exists) return;
      const settings = await withoutTimeLimits(client, exists);
      ({ clean } = await lookBeforeLoad(client, exists, this.#found.head, this.#target, silent, settings));
    });
    return clean;
  }

  async #withTarget(use: (client: pg.Client, exists: boolean) => Promise<void>): Promise<void> {
    const { client, exists } = await connectEither(this.#target, this.#target.database);
    await use(client, exists).finally(() => client.end());
  }

  /** Decides what the tool's exit means. */
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
    if (outcome.status === 'success') await this.#tellRows(loading);
    if (outcome.status !== 'failure' && loading.analyze) {
      const access = this.#found.role?.access() ?? this.#target;
      await analyzeTarget(access, this.#target.database, telling, loading.signal);
    }
    if (outcome.status === 'success' && this.#found.role === undefined) return;
    // after a failure too: everything that exists by now must not be accessible to more users than before
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

  async #tellRows({ loaded }: Loading): Promise<void> {
    if (loaded === undefined) return;
    await this.#withTarget(async (client) => {
      const rows = await loadedRows(client, this.#sessions.application);
      if (rows !== undefined) await loaded(rows);
    });
  }

  /** @throws RestoreError that names the objects that more users can access than before */
  async #restrict(telling: Reporter): Promise<void> {
    const { role } = this.#found;
    const { toc } = this.#found.head;
    if (toc === undefined) return;
    await this.#withTarget(async (client, exists) => {
      if (!exists) return;
      if (role === undefined) await keepRestricted(client, toc, telling);
      else await finish(client, role, toc, telling);
    });
  }

  async endSessions(): Promise<void> {
    if (this.#running) await this.#sessions.end();
  }

  async close(telling: Reporter): Promise<void> {
    await removeAfterLoad(this.#found.role, telling);
  }
}

function tooLargeLine(size: string, room: number): string {
  return `NOTE: the archive (${size}) does not fit into the ${room} bytes on the task's disk: it is streamed into one session`;
}

/** pg_restore's stdin if it reads a file. */
async function* nothing(): AsyncGenerator<Buffer> {}
