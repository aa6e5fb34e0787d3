import type { Backup } from './records.ts';

/** What a verification found, as far as the records keep it. */
export interface Verification {
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
    checksum: backup.checksum ?? verified.sha256,
    object_bytes: verified.objectBytes,
    size_bytes: backup.size_bytes ?? verified.dumpBytes,
    encryption_algo: verified.encrypted ? 'AES-256-GCM' : null,
  };
}

/** The restore's log line on it. */
export function verifiedLine(backup: Backup, { sha256 }: Verification): string {
  return backup.checksum === null
    ? `CHECKSUM: none was stored; the structure is sound, and ${sha256} is stored now`
    : `CHECKSUM: OK (SHA-256 ${sha256})`;
}
