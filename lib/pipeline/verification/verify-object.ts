import { crc32 } from 'node:zlib';
import type { DbType } from '../../databases/names.ts';
import { ChecksumMismatch, DownloadError, isVerdict, TooLargeForLambda } from '../../errors/errors.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { ArchiveFacts } from '../../formats/innodb/files.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import type { Contents } from '../contents.ts';
import type { EncryptionKey } from '../decryption/decrypt.ts';
import { type BackupFigures, openBackup } from '../opening/open-backup.ts';
import type { OpenOptions } from '../opening/open-object.ts';
import { ContentCheck } from './content-check.ts';

export interface VerifiedObject extends BackupFigures {
  /** The version that was read. A restore only uses this one. */
  etag: string;
  objectBytes: number;
  encrypted: boolean;
  /** An archive's description of itself, for Mariabackup and XtraBackup; undefined for a dump. */
  archive: ArchiveFacts | undefined;
  /** What a dump contains; undefined for an archive, and for a dump with an unknown layout or from an unknown tool. */
  dumpContents: DumpContents | undefined;
  /**
   * The fault of the first read, if a second read of the same object was sound: then the object is sound, but the
   * connection to the storage isn't.
   */
  changedOnItsWay?: string | undefined;
}

export interface VerifyOptions extends OpenOptions {
  /** The kind of backup that it has to be; by default, either. */
  contents?: Contents | undefined;
  /** The engine of the backed-up server. If unknown, it is read from the dump's first lines. */
  dbType?: DbType | undefined;
  /** The verification of a larger object stops at once. */
  maxObjectBytes?: number | undefined;
}

/**
 * Reads a whole backup and verifies it: every frame authenticates, gzip's CRC and length are right, the dump has its
 * own end (in an archive, each chunk has its CRC and each file its end), and the SHA-256 is the expected one. A fault
 * is checked twice, so that bytes that change during the transfer aren't taken for a damaged object.
 * @param checksum the hex SHA-256 in the backup's record, or null: then only the structure is verified.
 * @throws DownloadError, which also says so if two reads had different bytes; DecryptError, DecompressError,
 * ChecksumMismatch; RestoreError for a sound archive that can't be restored, and for a sound dump with a statement that
 * isn't accepted; TooLargeForLambda
 */
export async function verifyBackup(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  checksum: string | null,
  options: VerifyOptions = {},
): Promise<VerifiedObject> {
  const first = new PartSums();
  try {
    return await readOnce(source, keys, checksum, { ...options, onPart: first.add });
  } catch (error) {
    if (!isVerdict(error)) throw error;
    const second = new PartSums();
    try {
      const verified = await readOnce(source, keys, checksum, { ...options, onPart: second.add });
      return { ...verified, changedOnItsWay: error.message };
    } catch (again) {
      const part = isVerdict(again) ? first.firstDifference(second) : undefined;
      if (part === undefined) throw again;
      throw new DownloadError(
        `${source.location} came with different bytes when it was read twice (part ${part + 1})`,
        {
          hint: 'Look for a proxy, a faulty network card or memory between the storage and this service: bytes change in transit. The object itself may be sound.',
          cause: again,
        },
      );
    }
  }
}

/** The checksums of an object's parts as they were read. */
class PartSums {
  readonly #sums: number[] = [];

  readonly add = (part: Buffer): void => {
    this.#sums.push(crc32(part));
  };

  /** The first part that both have read and that differs. */
  firstDifference(other: PartSums): number | undefined {
    const both = Math.min(this.#sums.length, other.#sums.length);
    const index = this.#sums.slice(0, both).findIndex((sum, at) => sum !== other.#sums[at]);
    return index === -1 ? undefined : index;
  }
}

async function readOnce(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  checksum: string | null,
  options: VerifyOptions,
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
      hint: 'Restore another backup, and find out who wrote to the bucket: the object is not the one that was backed up.',
    });
  }
  check.checkAccepted();
  const dumpContents = check.dumpContents();
  const { etag, objectBytes, encrypted } = opened;
  return { etag, objectBytes, encrypted, archive, dumpContents, ...passed };
}
