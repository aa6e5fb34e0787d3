import { ContentCheck } from '../domain/content-check.ts';
import type { Contents } from '../domain/contents.ts';
import { ChecksumMismatch, TooLargeForLambda } from '../domain/errors.ts';
import type { ArchiveFacts } from '../domain/physical/innodb-files.ts';
import type { DbType } from '../domain/records.ts';
import type { EncryptionKey } from './decrypt.ts';
import type { ObjectSource } from './object-source.ts';
import { type BackupFigures, openBackup } from './open-backup.ts';
import type { OpenOptions } from './open-object.ts';

export interface VerifiedObject extends BackupFigures {
  /** The version that was read; a restore is pinned to it. */
  etag: string;
  objectBytes: number;
  encrypted: boolean;
  /** What an archive of Mariabackup or XtraBackup says of itself; undefined of a dump. */
  archive: ArchiveFacts | undefined;
}

export interface VerifyOptions extends OpenOptions {
  /** What the backup has to hold; either where this is left out. */
  contents?: Contents | undefined;
  /** Of the server that it is for; told by a dump's head if it isn't known. */
  dbType?: DbType | undefined;
  /** A larger object is given up at once. */
  maxObjectBytes?: number | undefined;
}

/**
 * Reads a backup whole and proves it sound: every frame authenticates, gzip's CRC and length hold, the dump has its own
 * end (of an archive, each chunk has its CRC and each file its end), and the SHA-256 is the expected one.
 * @param checksum hex SHA-256 that the backup's record holds, or null: then the structure alone is proven.
 * @throws DownloadError, DecryptError, DecompressError, ChecksumMismatch; RestoreError for a sound archive that cannot be
 * put back, and a dump with statements that aren't accepted; TooLargeForLambda
 */
export async function verifyBackup(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  checksum: string | null,
  options: VerifyOptions = {},
): Promise<VerifiedObject> {
  const opened = await openBackup(source, keys, options);
  if (opened.objectBytes > (options.maxObjectBytes ?? Number.POSITIVE_INFINITY)) {
    await opened.dump.return(undefined);
    throw new TooLargeForLambda(`${opened.objectBytes} bytes take longer to verify than a Lambda has`);
  }
  const check = new ContentCheck(options.contents, options.dbType);
  for await (const chunk of opened.dump) check.push(chunk);
  const archive = check.end();
  const passed = opened.passed();
  if (checksum !== null && checksum !== passed.sha256) {
    throw new ChecksumMismatch(`expected ${checksum}, the object has ${passed.sha256}`, {
      hint: 'The object is not the one that was backed up: restore another backup, and find out who wrote to the bucket.',
    });
  }
  return { etag: opened.etag, objectBytes: opened.objectBytes, encrypted: opened.encrypted, archive, ...passed };
}
