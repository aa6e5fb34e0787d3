import type { DumpHead } from '../../databases/dump-head.ts';
import { ORIGIN_BYTES, type SqlDumpOrigin, sqlDumpOrigin } from '../../databases/sql-dump-origin.ts';
import type { Codec } from '../../formats/codecs.ts';
import type { EncryptionKey } from '../../pipeline/decryption/decrypt.ts';
import { readDumpHead } from '../../pipeline/opening/dump-head.ts';
import { HEAD_OPTIONS } from '../../pipeline/opening/look-at-object.ts';
import { openBackup } from '../../pipeline/opening/open-backup.ts';
import type { OpenOptions } from '../../pipeline/opening/open-object.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';

/** What the beginning of a backup says. */
export interface BackupLook {
  location: string;
  objectBytes: number;
  encrypted: boolean;
  /** Its compression. */
  codec: Codec | undefined;
  head: DumpHead;
  /** For an SQL dump, what its first comments say. */
  origin: SqlDumpOrigin | undefined;
}

/**
 * Reads only as much of a backup as is necessary.
 * @throws StepError for a problem with the backup.
 */
export async function lookAtBackup(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  options: Pick<OpenOptions, 'mustBeEncrypted' | 'signal'>,
): Promise<BackupLook> {
  const { dump, objectBytes, encrypted, codec } = await openBackup(source, keys, { ...options, ...HEAD_OPTIONS });
  try {
    const { head, whole } = await readDumpHead(dump);
    const origin = head.kind === 'sql' ? sqlDumpOrigin(await opening(whole)) : undefined;
    return { location: source.location, objectBytes, encrypted, codec: codec(), head, origin };
  } finally {
    await dump.return(undefined);
  }
}

/** The first bytes of a dump, regardless of the sizes of its chunks. */
async function opening(dump: AsyncIterator<Buffer>): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  while (bytes.length < ORIGIN_BYTES) {
    const next = await dump.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
  }
  return bytes;
}
