import type { ObjectLook } from '../domain/preview.ts';
import type { EncryptionKey } from './decrypt.ts';
import { readDumpHead } from './dump-head.ts';
import type { ObjectSource } from './object-source.ts';
import { openBackup } from './open-backup.ts';

/** Only the head of the object is read, so little is asked for at once, and nothing ahead. */
export const HEAD_LIMITS = { partBytes: 1024 * 1024, window: 1, idleTimeoutMs: 5_000, maxConsecutiveFailures: 3 };

/**
 * Reads no more of a backup than it takes to know what it holds.
 * @throws the StepError of what is wrong with the object, as far as its head tells.
 */
export async function lookAtObject(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  signal: AbortSignal,
): Promise<ObjectLook> {
  const opened = await openBackup(source, keys, { signal, limits: HEAD_LIMITS });
  try {
    const { head } = await readDumpHead(opened.dump);
    return { bytes: opened.objectBytes, encrypted: opened.encrypted, head };
  } finally {
    await opened.dump.return(undefined);
  }
}
