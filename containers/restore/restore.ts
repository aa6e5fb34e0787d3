import { backupObject, keysFor } from '../../lib/aws/backup-object.ts';
import { passwordOf } from '../../lib/aws/connection-password.ts';
import type { Records, Secrets } from '../../lib/aws/services.ts';
import { ChecksumMismatch, RestoreError, RestoreStopped } from '../../lib/domain/errors.ts';
import type { RestorePlan } from '../../lib/domain/restore-request.ts';
import { readDumpHead } from '../../lib/pipeline/dump-head.ts';
import { type OpenedBackup, openBackup } from '../../lib/pipeline/open-backup.ts';
import { loadPlan } from '../../lib/restores/load-plan.ts';
import type { RestoreReporter } from '../../lib/restores/reporter.ts';
import { holdsTarget } from '../../lib/restores/take-target.ts';
import { engineFor } from './engine-for.ts';
import { type DumpStream, type Engine, streamed } from './engines/engine.ts';
import { PrivateFiles } from './private-files.ts';

export interface RestoreJob {
  records: Records;
  secrets: Secrets;
  reporter: RestoreReporter;
  /** A directory that may be written to. */
  workDirectory: string;
  signal: AbortSignal;
}

/**
 * Moves a verified backup into its target with bounded memory: as one stream, or by way of the task's disk.
 * @throws the StepError of the step that failed.
 */
export async function restore(job: RestoreJob): Promise<void> {
  const { records, secrets, reporter, signal } = job;
  const { verified } = reporter.restore;
  if (verified === null) throw new RestoreError('the backup has not been verified', { hint: 'Restore it again.' });
  const plan = await loadPlan(records, reporter.restore);
  const password = await passwordOf(secrets, plan.target);
  const source = await backupObject(records, secrets, plan.backup);
  const opened = await openBackup(source, await keysFor(secrets, plan.backup), {
    pinnedEtag: verified.etag,
    signal,
    onProgress: reporter.progress,
  });
  reporter.log(`DOWNLOAD: ${plan.backup.storage_path} (${opened.objectBytes} bytes)`);
  const { head, whole } = await readDumpHead(opened.dump);
  const engine = engineFor({
    connection: plan.target,
    password,
    database: plan.database,
    restoreId: reporter.restore.id,
  });
  try {
    await engine.inspect(head, reporter);
    await load(job, plan, engine, {
      chunks: checked(whole, opened, verified.sha256),
      objectBytes: opened.objectBytes,
      dumpBytes: plan.backup.size_bytes,
    });
  } finally {
    await whole.return(undefined);
  }
  const { compressedBytes, dumpBytes } = opened.passed();
  if (opened.encrypted) reporter.log('DECRYPT: OK (AES-256-GCM)');
  reporter.log(`DECOMPRESS: ${compressedBytes} -> ${dumpBytes} bytes`);
  reporter.log('RESTORE: OK');
}

/** Runs the restore tool; what it leaves behind on the server when it fails is ended. */
async function load(job: RestoreJob, plan: RestorePlan, engine: Engine, dump: DumpStream): Promise<void> {
  const { records, reporter, signal } = job;
  const files = await PrivateFiles.in(job.workDirectory);
  try {
    const loading = { files, telling: reporter, signal };
    const { chunks, bytesTotal } = (await engine.spool?.(dump, loading)) ?? streamed(dump);
    reporter.stage('restoring', bytesTotal);
    // from here on, whoever stops this restore waits for its task: that has to be known before the first write
    if (!(await reporter.save()) || !(await holdsTarget(records, reporter.restore.id, plan))) throw lostTarget();
    signal.throwIfAborted();
    await engine.load(chunks, loading).catch(async (error: unknown) => {
      await engine.endSessions().catch((failure: Error) => reporter.warn(`a session may go on: ${failure.message}`));
      throw error;
    });
  } finally {
    await files.remove();
  }
}

/** The dump, and at its end the proof that it was the one that was verified: before the tool is told that it is over. */
async function* checked(
  dump: AsyncGenerator<Buffer>,
  opened: OpenedBackup,
  sha256: string | null,
): AsyncGenerator<Buffer> {
  yield* dump;
  if (sha256 !== null && opened.passed().sha256 !== sha256) {
    throw new ChecksumMismatch('the object changed between its verification and its restore', {
      hint: 'The target may be incomplete. Find out who writes to the bucket, verify the backup, then restore again.',
    });
  }
}

function lostTarget(): RestoreStopped {
  return new RestoreStopped('this restore no longer holds its target, and did not write to it', {
    hint: 'It was ended or replaced by another restore meanwhile: look at the list of restores.',
  });
}
