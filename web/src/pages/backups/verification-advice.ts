/** What to do about a verification that failed. Its message begins as the lines of a restore's log do. */
const ADVICE: Record<string, string> = {
  'DOWNLOAD ERROR':
    'Check the path, and whether an earlier version of the object is still in the bucket. If it is not, restore another backup.',
  'DECRYPT ERROR':
    'Check that the key with which it was encrypted is among the encryption keys, then verify again. Where it is, the backup is damaged: restore another one.',
  'DECOMPRESS ERROR': 'The backup is damaged. Restore another one, and make a new backup soon.',
  'CHECKSUM MISMATCH': 'The bytes are not those that were backed up. Restore another one, and make a new backup soon.',
};

/** Nothing is wrong with the keys then. */
const NOT_ENCRYPTED =
  'Find out who can write to the bucket: the object may have been put there in place of the backup. Restore another one.';

export function verificationAdvice(error: string | null): string {
  if (/^DECRYPT ERROR: .* is not encrypted, but /.test(error ?? '')) return NOT_ENCRYPTED;
  const prefix = /^([A-Z ]+):/.exec(error ?? '')?.[1];
  return ADVICE[prefix ?? ''] ?? 'Verify again. If it fails once more, restore another backup.';
}

/** How far a verification is, in percent; undefined while the size is not known. */
export function percentDone(progress: { bytes_done: number; bytes_total: number } | null): number | undefined {
  if (progress === null || progress.bytes_total === 0) return undefined;
  return Math.min(100, Math.floor((100 * progress.bytes_done) / progress.bytes_total));
}
