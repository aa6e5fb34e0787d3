import type { Records } from '../../lib/api/tables.ts';
import { backupObject, encryptionDemandOf, keysFor } from '../../lib/backups/backup-object.ts';
import { keepRows, readContents } from '../../lib/backups/contents/kept-contents.ts';
import type { Backup } from '../../lib/backups/model.ts';
import { passwordOf } from '../../lib/connections/connection-password.ts';
import type { Secrets } from '../../lib/connections/secrets.ts';
import type { LoadedRows } from '../../lib/engines/load/engine.ts';
import { RestoreError } from '../../lib/errors/errors.ts';
import type { DumpContents } from '../../lib/formats/dump-contents.ts';
import { loadPlan } from '../../lib/restores/admission/load-plan.ts';
import { beforeFirstWrite, beforeNextWrite } from '../../lib/restores/admission/take-target.ts';
import type { RestoreReporter } from '../../lib/restores/end/reporter.ts';
import type { OwnBucket } from '../../lib/storage/objects/own-bucket.ts';
import { logger } from '../../lib/telemetry/log.ts';
import { loadBackup } from './load-backup.ts';
import { restoreTarget } from './restore-target.ts';

export interface RestoreJob {
  records: Records;
  secrets: Secrets;
  own: OwnBucket;
  reporter: RestoreReporter;
  /** A writable directory. */
  workDirectory: string;
  signal: AbortSignal;
  /** How long to keep retrying during a storage outage once the target has been written to. */
  outageMinutes: number;
}

/**
 * Restores the verified backup into the target, both as the record names them.
 * @throws the StepError of the step that failed.
 */
export async function restore(job: RestoreJob): Promise<void> {
  const { records, secrets, own, reporter, workDirectory, signal, outageMinutes } = job;
  const { verified } = reporter.restore;
  if (verified === null) throw new RestoreError('the backup has not been verified', { hint: 'Restore it again.' });
  const plan = await loadPlan(records, reporter.restore);
  const password = await passwordOf(secrets, plan.target);
  const source = await backupObject(records, secrets, plan.backup);
  const keys = await keysFor(secrets, plan.backup);
  const mustBeEncrypted = await encryptionDemandOf(records, plan.backup);
  await loadBackup(
    { source, keys, mustBeEncrypted, verified, dumpBytes: plan.backup.size_bytes },
    restoreTarget(records, plan, reporter.restore, password),
    {
      telling: reporter,
      workDirectory,
      signal,
      outageMs: outageMinutes * 60_000,
      contents: await contentsOf(own, plan.backup, verified.etag),
      analyze: (await records.settings.get()).analyze_after_restore,
      tables: reporter.tables,
      loaded: (rows) => keepCounted(job, plan.backup, verified.etag, rows),
      beforeFirstWrite: () => beforeFirstWrite(records, reporter, plan),
      beforeNextWrite: beforeNextWrite(records, reporter, plan),
      isAsBefore: () => reporter.target('untouched'),
    },
  );
  // also for a task that stands by, which ends as the other one did
  reporter.done();
  await reporter.save();
}

/** Stores the number of rows. It is only information, so an error here must not fail the restore. */
async function keepCounted(
  { records, own }: Pick<RestoreJob, 'records' | 'own'>,
  backup: Backup,
  etag: string,
  rows: readonly LoadedRows[],
): Promise<void> {
  if (backup.verified_etag !== etag) return;
  await keepRows({ records, own }, backup, rows).catch((error: Error) => {
    logger.warn('the rows that were loaded could not be kept', { backup_id: backup.id, cause: error });
  });
}

/** What the restored object contains. The load also works without it, and then asks the server. */
async function contentsOf(
  own: OwnBucket,
  { id, contents, verified_etag }: Backup,
  etag: string,
): Promise<DumpContents | undefined> {
  // the contents of another version of the object say nothing about this one
  if (contents === null || verified_etag !== etag) return undefined;
  return readContents(own, id).catch((error: Error) => {
    logger.warn('what the backup contains could not be read', { backup_id: id, cause: error });
    return undefined;
  });
}
