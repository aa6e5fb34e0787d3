import type { DumpHead } from '../../databases/dump-head.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import type { Contents } from '../contents.ts';
import type { EncryptionKey } from '../decryption/decrypt.ts';
import { isArchive, notAnArchive } from '../verification/archive-check.ts';
import { readDumpHead } from './dump-head.ts';
import { openBackup } from './open-backup.ts';
import type { OpenOptions } from './open-object.ts';

/** What was found about the backup's object. */
export interface ObjectLook {
  bytes: number;
  encrypted: boolean;
  /** For a dump. */
  head: DumpHead | undefined;
}

/**
 * Only the beginning of the object is read, and a user waits for the response: so each request is small, and nothing is
 * read ahead.
 */
export const HEAD_OPTIONS = {
  limits: { partBytes: 1024 * 1024, window: 1, idleTimeoutMs: 5_000 },
  patienceMs: () => 10_000,
};

/**
 * Reads only as much of a backup as is needed to say what it contains. An archive is described at its end, so its
 * beginning only shows that it is one.
 * @throws the StepError for what is wrong with the object, as far as its beginning shows.
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
