/** What to do about a failed verification. Its message starts like a line of a restore's log. */
const ADVICE: Record<string, string> = {
  'DOWNLOAD ERROR':
    'Check the path, and whether the bucket still has an earlier version of the object. If not, restore another backup.',
  'DECRYPT ERROR':
    'Check that the key it was encrypted with is among the encryption keys, then verify again. If the key is there, the backup is damaged: restore another one.',
  'DECOMPRESS ERROR': 'The backup is damaged. Restore another one, and make a new backup soon.',
  'CHECKSUM MISMATCH':
    'The object has changed since the backup was made. Restore another one, and make a new backup soon.',
};

/** These mean that nothing is wrong with the keys. */
const NOT_ENCRYPTED =
  'Find out who can write to the bucket: someone may have replaced the backup with this object. Restore another one.';

export function verificationAdvice(error: string | null): string {
  if (/^DECRYPT ERROR: .* is not encrypted, but /.test(error ?? '')) return NOT_ENCRYPTED;
  const prefix = /^([A-Z ]+):/.exec(error ?? '')?.[1];
  return ADVICE[prefix ?? ''] ?? 'Verify again. If it fails once more, restore another backup.';
}

/** The progress of a verification, in percent; undefined while the size is unknown. */
export function percentDone(progress: { bytes_done: number; bytes_total: number } | null): number | undefined {
  if (progress === null || progress.bytes_total === 0) return undefined;
  return Math.min(100, Math.floor((100 * progress.bytes_done) / progress.bytes_total));
}
