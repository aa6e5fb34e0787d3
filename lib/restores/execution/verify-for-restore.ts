import { backupObject } from '../../backups/backup-object.ts';
import type { Backup } from '../../backups/model.ts';
import { unreadOf } from '../../backups/physical/chain.ts';
import { loadChain } from '../../backups/physical/load-chain.ts';
import { changedOnItsWay, NOT_VERIFIED, passedRecently, verifiedLines } from '../../backups/verify/model.ts';
import { type VerificationOptions, verifyAndRecord } from '../../backups/verify/verify-and-record.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { orNotFound } from '../../errors/not-found.ts';
import { currentVersion } from '../../pipeline/download/download.ts';
import type { Recorder } from '../../storage/event-publisher.ts';
import type { RestoreReporter } from '../end/reporter.ts';
import type { VerifyMode } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import type { VerifyOutput } from './states.ts';

/**
 * Verifies what a restore needs before the target is touched. Then the restore's record says which version was
 * verified. For a physical backup, this reads one archive of the chain that was never read before, and records what the
 * archive contains.
 * @throws the StepError for what is wrong with the backup; TooLargeForLambda.
 */
export async function verifyForRestore(
  recorder: Recorder<RestoreTables>,
  secrets: Secrets,
  reporter: RestoreReporter,
  mode: VerifyMode,
  options: VerificationOptions = {},
): Promise<VerifyOutput> {
  const { records } = recorder;
  const backup = orNotFound(await records.backups.get(reporter.restore.backup_id), 'backup');
  if (backup.engine !== null) return readingArchive(recorder, secrets, backup, reporter, options);
  const output = mode === 'always' ? undefined : await withoutReading(records, secrets, backup, mode, reporter);
  const verified = output ?? (await readingAll(recorder, secrets, backup, reporter, options));
  const { etag, sha256 } = verified;
  // not if the call was repeated, and a task already works on what the first call verified
  await records.restores.update(
    reporter.restore.id,
    { verified: { etag, sha256 } },
    { status: 'running', claimed_by: null },
  );
  return verified;
}

/** The requested backup comes first: whether it is a full one decides whether there is more to read. */
async function readingArchive(
  recorder: Recorder<RestoreTables>,
  secrets: Secrets,
  backup: Backup,
  reporter: RestoreReporter,
  options: VerificationOptions,
): Promise<VerifyOutput> {
  const { chain } = await loadChain(recorder.records, backup);
  const unread = unreadOf(chain).at(-1);
  if (unread !== undefined) return readingAll(recorder, secrets, unread, reporter, options);
  // something else has read it in the meantime, or this same state did, and its response was lost
  return { etag: backup.verified_etag ?? '', sha256: backup.checksum, object_bytes: backup.object_bytes ?? 0 };
}

async function readingAll(
  recorder: Recorder<RestoreTables>,
  secrets: Secrets,
  backup: Backup,
  reporter: RestoreReporter,
  options: VerificationOptions,
): Promise<VerifyOutput> {
  reporter.stage('verifying', backup.object_bytes ?? 0);
  const verified = await verifyAndRecord(recorder, secrets, backup, {
    ...options,
    onProgress: reporter.progress,
    onOutage: (line) => reporter.log(`DOWNLOAD: ${line}`),
  });
  for (const line of verifiedLines(backup, verified)) reporter.log(line);
  if (verified.changedOnItsWay !== undefined) reporter.warn(changedOnItsWay(verified.changedOnItsWay));
  return { etag: verified.etag, sha256: verified.sha256, object_bytes: verified.objectBytes };
}

async function withoutReading(
  records: RestoreTables,
  secrets: Secrets,
  backup: Backup,
  mode: 'recent' | 'skip',
  reporter: RestoreReporter,
): Promise<VerifyOutput | undefined> {
  const { etag, bytes } = await currentVersion(await backupObject(records, secrets, backup));
  if (mode === 'skip') {
    reporter.warn(NOT_VERIFIED);
    return { etag, sha256: null, object_bytes: bytes };
  }
  if (!passedRecently(backup, etag, new Date())) return undefined;
  reporter.log(`CHECKSUM: passed at ${backup.verified_at}, and the object is still the same`);
  return { etag, sha256: backup.checksum, object_bytes: bytes };
}
