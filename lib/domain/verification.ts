import type { Backup } from './records.ts';

/**
 * What a Lambda of one CPU verifies a second, by the slowest way there is: Jagad's frames of 240 bytes, each with a tag
 * of its own. Measured: 49 MB/s on a noisy core; a third of that is left for slow storage.
 */
const LAMBDA_BYTES_PER_SECOND = 32_000_000;
/** Of the 15 minutes that a Lambda has. */
const LAMBDA_SECONDS = 12 * 60;

/** The largest object that a Lambda verifies, about 23 GB; a larger one is verified in a task. */
export const MAX_LAMBDA_OBJECT_BYTES = LAMBDA_BYTES_PER_SECOND * LAMBDA_SECONDS;

/** How long a pass counts where a restore asks for a recent one. */
const RECENT_MS = 24 * 60 * 60 * 1000;

/** Whether the backup passed lately, as the version that is there now. */
export function passedRecently(backup: Backup, etag: string, now: Date): boolean {
  return (
    backup.verify_status === 'passed' &&
    backup.verified_at !== null &&
    backup.verified_etag === etag &&
    backup.checksum !== null &&
    now.getTime() - Date.parse(backup.verified_at) <= RECENT_MS
  );
}

/** Of a backup that nothing has verified, or that is another object now. */
export const UNVERIFIED = {
  verify_status: 'pending',
  verified_at: null,
  verified_etag: null,
  verify_error: null,
} as const satisfies Partial<Backup>;

/** Whether a failed verification says nothing of the backup itself: what could not be read then may be readable now. */
export function mayStillBeSound({ verify_error }: Pick<Backup, 'verify_error'>): boolean {
  return /^(DOWNLOAD|STORAGE PROVIDER) ERROR/.test(verify_error ?? '');
}

/** What a verification found, as far as the records keep it. */
export interface Verification {
  etag: string;
  sha256: string;
  objectBytes: number;
  dumpBytes: number;
  encrypted: boolean;
}

/** The fields of a backup that a passed verification sets. What the record already holds of the dump is kept. */
export function verifiedBackup(backup: Backup, verified: Verification, now: Date): Partial<Backup> {
  return {
    verify_status: 'passed',
    verified_at: now.toISOString(),
    verify_error: null,
    verify_progress: null,
    verified_etag: verified.etag,
    checksum: backup.checksum ?? verified.sha256,
    object_bytes: verified.objectBytes,
    size_bytes: backup.size_bytes ?? verified.dumpBytes,
    encryption_algo: verified.encrypted ? 'AES-256-GCM' : null,
  };
}

/** What is said of a restore that asked for none. */
export const NOT_VERIFIED =
  'the backup was not verified, as asked for: a fault in it may show only after the target was touched';

/** The restore's log line on it. */
export function verifiedLine(backup: Backup, { sha256 }: Verification): string {
  return backup.checksum === null
    ? `CHECKSUM: none was stored; the structure is sound, and ${sha256} is stored now`
    : `CHECKSUM: OK (SHA-256 ${sha256})`;
}
