import { DecryptError, type Failure } from '../../errors/errors.ts';
import type { ArchiveFacts } from '../../formats/innodb/files.ts';
import type { Backup } from '../model.ts';

/**
 * How many bytes per second a Lambda with one CPU verifies in the slowest case: Jagad's frames of 240 bytes, each with
 * its own tag. Measured: 49 MB/s on a noisy core. This is a third of that, to allow for slow storage.
 */
const LAMBDA_BYTES_PER_SECOND = 32_000_000;
/** Half of a Lambda's 15 minutes, because a fault is checked twice. */
const LAMBDA_SECONDS = 7 * 60;

/** The largest object that a Lambda verifies, about 13 GB. Larger objects are verified in a task. */
export const MAX_LAMBDA_OBJECT_BYTES = LAMBDA_BYTES_PER_SECOND * LAMBDA_SECONDS;

/** How old a verification may be if a restore accepts a recent one. */
const RECENT_MS = 24 * 60 * 60 * 1000;

/** Whether the backup was verified recently, in the version that is in the bucket now. */
export function passedRecently(backup: Backup, etag: string, now: Date): boolean {
  return (
    lastVerdict(backup) === 'passed' &&
    backup.verified_at !== null &&
    backup.verified_etag === etag &&
    backup.checksum !== null &&
    now.getTime() - Date.parse(backup.verified_at) <= RECENT_MS
  );
}

/** The state of a backup that was never verified, or whose object has changed. */
export const UNVERIFIED = {
  verify_status: 'pending',
  verified_at: null,
  verified_etag: null,
  verify_error: null,
  verify_attempt: null,
  contents: null,
  contents_state: null,
} as const satisfies Partial<Backup>;

/** The last verdict on the backup's bytes. Another verification may be running. */
export function lastVerdict({
  verify_status,
  verify_error,
  verified_at,
}: Pick<Backup, 'verify_status' | 'verify_error' | 'verified_at'>): 'pending' | 'passed' | 'failed' {
  if (verify_status !== 'verifying') return verify_status;
  if (verify_error !== null) return 'failed';
  return verified_at === null ? 'pending' : 'passed';
}

/**
 * Whether the key that the backup's record names is missing: then the backup may be sound although no other key opens
 * it.
 */
export function lacksItsKey(
  error: unknown,
  { encryption_key_id }: Pick<Backup, 'encryption_key_id'>,
  keys: readonly { id: string }[],
): boolean {
  if (!(error instanceof DecryptError) || !error.isOfKeys || encryption_key_id === null) return false;
  return !keys.some(({ id }) => id === encryption_key_id);
}

/** The fields to set after a verification that found a fault in the backup's bytes. */
export function failedBackup(why: string): Partial<Backup> {
  return { verify_status: 'failed', verify_error: why, verify_progress: null, verify_attempt: null };
}

/** The fields to set after a verification that could not determine anything: the last verdict stays. */
export function unreadBackup(backup: Backup, error: Failure, now: Date): Partial<Backup> {
  return {
    verify_status: lastVerdict(backup),
    verify_progress: null,
    verify_attempt: { at: now.toISOString(), error },
  };
}

/** What a verification found, as far as records store it. */
export interface Verification {
  etag: string;
  sha256: string;
  objectBytes: number;
  dumpBytes: number;
  encrypted: boolean;
  /** An archive's description of itself, for Mariabackup and XtraBackup; undefined for a dump. */
  archive: ArchiveFacts | undefined;
}

/**
 * The fields to set after a passed verification. What the record already says about a dump is kept. An archive,
 * however, says itself what it is: Jagad records every archive as incremental, without log sequence numbers.
 */
export function verifiedBackup(backup: Backup, verified: Verification, now: Date): Partial<Backup> {
  return {
    verify_status: 'passed',
    verified_at: now.toISOString(),
    verify_error: null,
    verify_progress: null,
    verify_attempt: null,
    verified_etag: verified.etag,
    checksum: backup.checksum ?? verified.sha256,
    object_bytes: verified.objectBytes,
    size_bytes: backup.size_bytes ?? verified.dumpBytes,
    // the event need not say whether a backup is plain: one that is recorded as encrypted doesn't pass as plain
    ...(verified.encrypted ? { encryption_algo: 'AES-256-GCM' } : {}),
    ...(verified.archive === undefined ? {} : archiveFields(backup, verified.archive)),
  };
}

function archiveFields(
  { parent_id }: Backup,
  { checkpoints: { type, fromLsn, toLsn }, serverVersion }: ArchiveFacts,
): Partial<Backup> {
  return {
    backup_type: type,
    // a full backup builds on nothing
    parent_id: type === 'full' ? null : parent_id,
    from_lsn: fromLsn,
    to_lsn: toLsn,
    server_version: serverVersion,
  };
}

/** The warning for a restore that asked for no verification. */
export const NOT_VERIFIED =
  'the backup was not verified, as requested: damage in it may only be found after the target was touched';

/** The restore's log lines about the verification. */
export function verifiedLines(
  backup: Pick<Backup, 'checksum' | 'backup_type' | 'to_lsn'>,
  { sha256, archive }: Verification,
): string[] {
  const checksum =
    backup.checksum === null
      ? `CHECKSUM: none was stored; the structure is sound, and ${sha256} is stored now`
      : `CHECKSUM: OK (SHA-256 ${sha256})`;
  return archive === undefined ? [checksum] : [checksum, archiveLine(archive, backup)];
}

/** The warning for a backup that failed its first reading and passed the second one. */
export function changedOnItsWay(error: string): string {
  return `the backup is sound, but its bytes changed in transit when it was first read (${error}): look for a proxy, a faulty network card or memory between the storage and this service`;
}

/** @param recorded the archive's record before it was read. */
export function archiveLine(
  { checkpoints, serverVersion }: ArchiveFacts,
  recorded?: Pick<Backup, 'backup_type' | 'to_lsn'> | undefined,
): string {
  const { type, fromLsn, toLsn } = checkpoints;
  const line = `ARCHIVE: ${type} backup from LSN ${fromLsn} to ${toLsn} of ${serverVersion}`;
  if (recorded === undefined) return line;
  const isOther = recorded.backup_type !== type || (recorded.to_lsn !== null && recorded.to_lsn !== toLsn);
  const upTo = recorded.to_lsn === null ? '' : ` up to LSN ${recorded.to_lsn}`;
  return isOther ? `${line}, though it was recorded as ${recorded.backup_type}${upTo}` : line;
}
