import type { Secrets } from '../../connections/secrets.ts';
import { type Failure, isVerdict, TooLargeForLambda, toFailure } from '../../errors/errors.ts';
import { contentsOf } from '../../pipeline/contents.ts';
import type { EncryptionKey } from '../../pipeline/decryption/decrypt.ts';
import { type VerifiedObject, verifyBackup } from '../../pipeline/verification/verify-object.ts';
import type { Recorder } from '../../storage/event-publisher.ts';
import type { OwnBucket } from '../../storage/objects/own-bucket.ts';
import { emit } from '../../telemetry/emit.ts';
import { logger } from '../../telemetry/log.ts';
import { measuredVerification, type VerificationOutcome } from '../../telemetry/metrics.ts';
import { backupObject, encryptionDemandOf, keysFor } from '../backup-object.ts';
import { keepContents } from '../contents/kept-contents.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { verificationStatusChange } from './events.ts';
import { changedOnItsWay, failedBackup, lacksItsKey, unreadBackup, verifiedBackup } from './model.ts';

const PROGRESS_INTERVAL_MS = 1000;

const STOPPED = { code: 'STOPPED', message: 'the verification was stopped before its end' };

export interface VerificationOptions {
  /** Where to store what a dump contains. Without it, that isn't stored. */
  own?: OwnBucket | undefined;
  /** Stops at once for an object larger than this. */
  maxObjectBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the number of bytes of the object that were read. */
  onProgress?: ((bytesDone: number) => void) | undefined;
  /** Called during a longer storage outage. By default, the outage is logged. */
  onOutage?: ((line: string) => void) | undefined;
}

/**
 * Verifies a backup, and writes progress and result into its record.
 * @throws the StepError for what is wrong with it; TooLargeForLambda, which says nothing about the backup.
 */
export async function verifyAndRecord(
  recorder: Recorder<BackupTables>,
  secrets: Secrets,
  backup: Backup,
  options: VerificationOptions = {},
): Promise<VerifiedObject> {
  const { records } = recorder;
  let bytesDone = 0;
  const bytesTotal = backup.object_bytes ?? 0;
  await recordVerification(recorder, backup, {
    verify_status: 'verifying',
    verify_progress: { bytes_done: 0, bytes_total: bytesTotal },
  });
  const timer = setInterval(() => {
    const verify_progress = { bytes_done: bytesDone, bytes_total: Math.max(bytesTotal, bytesDone) };
    // a lost update doesn't matter, because the next one contains everything
    records.backups.update(backup.id, { verify_progress }, { verify_status: 'verifying' }).catch(() => {});
  }, PROGRESS_INTERVAL_MS);
  let keys: EncryptionKey[] = [];
  try {
    const source = await backupObject(records, secrets, backup);
    keys = await keysFor(secrets, backup);
    const verified = await verifyBackup(source, keys, backup.checksum, {
      signal: options.signal,
      maxObjectBytes: options.maxObjectBytes,
      contents: contentsOf(backup),
      dbType: backup.db_type,
      mustBeEncrypted: await encryptionDemandOf(records, backup),
      onOutage: options.onOutage ?? ((line) => logger.warn(line)),
      onProgress: (bytes) => {
        bytesDone = bytes;
        options.onProgress?.(bytes);
      },
    });
    if (verified.changedOnItsWay !== undefined) logger.warn(changedOnItsWay(verified.changedOnItsWay));
    const now = new Date();
    const kept = await contentsOfVerified(recorder, backup, verified, options.own, now);
    await recordVerification(recorder, backup, { ...verifiedBackup(backup, verified, now), ...kept }, 'passed');
    return verified;
  } catch (error) {
    if (error instanceof TooLargeForLambda) throw error;
    const failure = options.signal?.aborted ? STOPPED : toFailure(error);
    if (isVerdict(error) && !lacksItsKey(error, backup, keys)) {
      await recordVerification(recorder, backup, failedBackup(failure.message), 'failed');
    } else await recordUnread(recorder, backup, failure);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Stores the contents. The verdict matters more, so it stays even if that fails. */
async function contentsOfVerified(
  { records }: Recorder<BackupTables>,
  backup: Backup,
  { dumpContents }: VerifiedObject,
  own: OwnBucket | undefined,
  now: Date,
): Promise<Partial<Backup>> {
  if (own === undefined || dumpContents === undefined) return {};
  try {
    return await keepContents({ records, own }, backup, dumpContents, now);
  } catch (error) {
    logger.warn('what the backup contains could not be stored', { backup_id: backup.id, cause: error as Error });
    return {};
  }
}

/** Records that an attempt ended without a verdict, and why. What was known about the backup's bytes stays. */
export async function recordUnread(recorder: Recorder<BackupTables>, backup: Backup, why: Failure): Promise<void> {
  await recordVerification(recorder, backup, unreadBackup(backup, why, new Date()), 'unread');
}

/**
 * Writes the state of a backup's verification, and sends its event. This is the only place where that state changes.
 */
async function recordVerification(
  { records, events }: Recorder<BackupTables>,
  backup: Backup,
  fields: Partial<Backup>,
  outcome?: VerificationOutcome,
): Promise<void> {
  const isThere = await records.backups.update(backup.id, fields);
  if (!isThere) return;
  if (outcome !== undefined) emit(measuredVerification(backup, outcome));
  await events.publish(verificationStatusChange({ ...backup, ...fields }));
}
