import type { DumpHead } from '../databases/dump-head.ts';
import type { ObjectSource } from '../storage/objects/object-source.ts';
import { isArchive, notAnArchive } from './archive-check.ts';
import type { Contents } from './contents.ts';
import type { EncryptionKey } from './decryption/decrypt.ts';
import { readDumpHead } from './dump-head.ts';
import { openBackup } from './open-backup.ts';
import type { OpenOptions } from './open-object.ts';

/** What a look at the backup's object finds. */
export interface ObjectLook {
  bytes: number;
  encrypted: boolean;
  /** Of a dump. */
  head: DumpHead | undefined;
}

/** Only the head of the object is read, so little is asked for at once, and nothing ahead; and a user waits for the answer. */
export const HEAD_OPTIONS = {
  limits: { partBytes: 1024 * 1024, window: 1, idleTimeoutMs: 5_000 },
  patienceMs: () => 10_000,
};

/**
 * Reads no more of a backup than it takes to know what it holds. An archive says what it is at its end: of its head only
 * that it is one.
 * @throws the StepError of what is wrong with the object, as far as its head tells.
 */
export async function lookAtObject(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  signal: AbortSignal,
  { contents, ...options }: Pick<OpenOptions, 'mustBeEncrypted'> & { contents?: Contents | undefined } = {},
): Promise<ObjectLook> {
  const opened = await openBackup(source, keys, { ...options, signal, ...HEAD_OPTIONS });
  try {
    const { objectBytes: bytes, encrypted } = opened;
    if (contents === 'archive') {
      const { value: first = Buffer.alloc(0) } = await opened.dump.next();
      if (!isArchive(first)) throw notAnArchive(first);
      return { bytes, encrypted, head: undefined };
    }
    const { head } = await readDumpHead(opened.dump);
    return { bytes, encrypted, head };
  } finally {
    await opened.dump.return(undefined);
  }
}
