/** Checks an archive of Mariabackup or XtraBackup while it is being read, and reads its description of itself. Pure. */
import { DUMP_KIND_BYTES, whatElse } from '../../databases/dump-kind.ts';
import { DecompressError } from '../../errors/errors.ts';
import { type ArchiveFacts, archiveFacts, tellsOfArchive } from '../../formats/innodb/files.ts';
import { XBSTREAM_MAGIC, XbstreamReader } from './xbstream.ts';

/** Push the whole decompressed archive in chunks of any size, then call `end`. */
export class ArchiveCheck {
  readonly #reader = new XbstreamReader(tellsOfArchive);
  /** The first bytes, until there are enough to recognise the archive. */
  #head: Buffer | undefined = Buffer.alloc(0);

  /** The number of files so far. */
  get files(): number {
    return this.#reader.files;
  }

  /** @throws DecompressError if it isn't such an archive, or if it is damaged. */
  push(chunk: Buffer): void {
    if (this.#head === undefined) {
      this.#reader.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= DUMP_KIND_BYTES) this.#begin(this.#head);
  }

  /**
   * @throws DecompressError if it is cut off, or if it lacks the files that the backup tool writes last; RestoreError
   * for a backup that can't be prepared or restored as it is.
   */
  end(): ArchiveFacts {
    if (this.#head !== undefined) this.#begin(this.#head);
    this.#reader.end();
    return archiveFacts(new Map([...this.#reader.kept].map(([path, bytes]) => [path, bytes.toString('utf8')])));
  }

  #begin(head: Buffer): void {
    if (!isArchive(head)) throw notAnArchive(head);
    this.#head = undefined;
    this.#reader.push(head);
  }
}

/** Whether a stream is an archive, judging by its first 8 bytes. */
export function isArchive(head: Buffer): boolean {
  return head.subarray(0, XBSTREAM_MAGIC.length).equals(XBSTREAM_MAGIC);
}

/** @param head its first 512 bytes, or all if it is shorter. */
export function notAnArchive(head: Buffer): DecompressError {
  return new DecompressError(`this is not an archive of Mariabackup or XtraBackup: ${whatElse(head)}`, {
    hint: "Check that the storage path names the backup, and that the record's engine is what made it.",
  });
}
