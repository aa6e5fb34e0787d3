import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Records } from '../../../lib/api/tables.ts';
import { passwordOf } from '../../../lib/connections/connection-password.ts';
import type { Secrets } from '../../../lib/connections/secrets.ts';
import type { Reporter } from '../../../lib/engines/load/engine.ts';
import { RestoreError, toFailure } from '../../../lib/errors/errors.ts';
import { loadPlan } from '../../../lib/restores/admission/load-plan.ts';
import { beforeFirstWrite, beforeNextWrite } from '../../../lib/restores/admission/take-target.ts';
import { recordError } from '../../../lib/restores/end/end-restore.ts';
import type { RestoreReporter } from '../../../lib/restores/end/reporter.ts';
import { whenWritable } from '../../../lib/restores/end/when-writable.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { loadDump } from '../load-dump.ts';
import { restoreTarget } from '../restore-target.ts';
import { wholeDump } from '../whole-dump.ts';
import { stageBackup } from './stage-backup.ts';
import type { StagedServer, Staging } from './staged-server.ts';
import { stopwatch } from './stopwatch.ts';

export interface Recovery {
  records: Records;
  secrets: Secrets;
  /** The request's restores, in order. */
  reporters: RestoreReporter[];
  /** A writable directory. */
  workDirectory: string;
  signal: AbortSignal;
}

/**
 * Starts a copy of the backed-up server, and restores the databases from it one by one. If one fails, the others still
 * follow.
 * @throws the first error, once each restore's record says how that restore ended.
 */
export async function recoverDatabases(recovery: Recovery): Promise<void> {
  const { records, reporters, workDirectory } = recovery;
  // servers don't run as root, and the account that they run as instead can't enter root's directories
  const parent = process.getuid?.() === 0 ? tmpdir() : workDirectory;
  const failures: unknown[] = [];
  const failed = async (some: RestoreReporter[], error: unknown) => {
    failures.push(error);
    for (const reporter of some) {
      await reporter.close();
      const failure = toFailure(error);
      await whenWritable(() => recordError(records, reporter.restore.id, failure, reporter.worker), recovery.signal);
    }
  };
  let directory: string | undefined;
  let server: StagedServer | undefined;
  try {
    directory = await mkdtemp(join(parent, 'jagad-copy-'));
    server = await bringUp(recovery, directory);
    await tell(recovery, server);
    for (const reporter of reporters) {
      await takeOut(recovery, server, reporter).catch((error: unknown) => failed([reporter], error));
    }
  } catch (error) {
    await failed(reporters, error);
  } finally {
    await server?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }
  if (failures.length > 0) throw failures[0];
}

async function bringUp({ records, secrets, reporters, signal }: Recovery, directory: string): Promise<StagedServer> {
  const [first] = reporters as [RestoreReporter];
  const { backup } = await loadPlan(records, first.restore);
  const { target, timeline } = recoveryOf(first.restore);
  const took: Staging['took'] = (timings) => {
    for (const reporter of reporters) reporter.recovered({ timings });
  };
  return stageBackup(records, secrets, {
    backup,
    target,
    timeline,
    directory,
    telling: toAll(reporters),
    took,
    signal,
  });
}

/**
 * Writes into every record how far recovery got.
 * @throws RestoreError if the copy lacks a requested database.
 */
async function tell({ reporters }: Recovery, server: StagedServer): Promise<void> {
  const { reached } = server;
  for (const reporter of reporters) {
    reporter.log(`RECOVER: ${reached}`);
    reporter.recovered({ reached });
    await reporter.save();
  }
  const there = await server.databases();
  const recoveries = reporters.map(({ restore }) => recoveryOf(restore));
  const missing = recoveries.map(({ source_database }) => source_database).filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  const atThatPoint = recoveries[0]?.target.kind === 'backup' ? '' : ' at that point';
  throw new RestoreError(`the backup has no database ${missing.join(', ')}`, {
    hint: `It has ${there.join(', ') || 'none'}${atThatPoint}.`,
  });
}

async function takeOut(recovery: Recovery, server: StagedServer, reporter: RestoreReporter): Promise<void> {
  const { records, secrets, workDirectory, signal } = recovery;
  const { source_database } = recoveryOf(reporter.restore);
  signal.throwIfAborted();
  const lap = stopwatch();
  const plan = await loadPlan(records, reporter.restore);
  const password = await passwordOf(secrets, plan.target);
  const dumpBytes = await server.dumpBytes(source_database);
  reporter.log(`DUMP: ${source_database} of the copy`);
  const directory = await mkdtemp(join(workDirectory, 'jagad-dump-'));
  let bytes = 0;
  try {
    reporter.stage('spooling', dumpBytes ?? 0);
    const whole = await wholeDump(() => server.dump(source_database), directory, reporter);
    bytes = whole.bytes;
    const chunks = counted(whole.chunks, (done) => reporter.progress(done));
    const dump = { chunks, objectBytes: bytes, dumpBytes: bytes, file: whole.file };
    await loadDump(dump, restoreTarget(records, plan, reporter.restore, password), {
      telling: reporter,
      workDirectory,
      signal,
      analyze: (await records.settings.get()).analyze_after_restore,
      tables: reporter.tables,
      beforeFirstWrite: () => beforeFirstWrite(records, reporter, plan),
      beforeNextWrite: beforeNextWrite(records, reporter, plan),
      isAsBefore: () => reporter.target('untouched'),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  reporter.log('RESTORE: OK');
  reporter.done(bytes);
  reporter.recovered({ timings: { load_ms: lap() } });
  await reporter.save();
  await reporter.close();
}

/**
 * @param progress receives the number of bytes; after that, an engine that reads a spooled archive counts for itself.
 */
async function* counted(dump: AsyncGenerator<Buffer>, progress: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of dump) {
    yield chunk;
    bytes += chunk.length;
    progress(bytes);
  }
}

function recoveryOf({ id, recovery }: Restore): NonNullable<Restore['recovery']> {
  if (recovery === null) throw new RestoreError(`restore ${id} is not one of a physical backup`);
  return recovery;
}

function toAll(reporters: RestoreReporter[]): Reporter {
  const each = (tell: (reporter: RestoreReporter) => void) => {
    for (const reporter of reporters) tell(reporter);
  };
  return {
    log: (line) => each((one) => one.log(line)),
    warn: (line) => each((one) => one.warn(line)),
    stage: (stage, bytesTotal) => each((one) => one.stage(stage, bytesTotal)),
    progress: (bytesDone) => each((one) => one.progress(bytesDone)),
  };
}
