/** Checks, while a decompressed backup is being read, that it is complete, and gathers what a dump contains. Pure. */

import { DumpEndCheck } from '../../databases/dump-end.ts';
import type { DbType } from '../../databases/names.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { ArchiveFacts } from '../../formats/innodb/files.ts';
import type { Contents } from '../contents.ts';
import { ArchiveCheck, isArchive } from './archive-check.ts';
import { XBSTREAM_MAGIC } from './xbstream.ts';

/** Push the whole backup in chunks of any size, then call `end`. */
export class ContentCheck {
  #check: DumpEndCheck | ArchiveCheck | undefined;
  /** The first bytes, until there are enough to distinguish the two kinds. */
  #head: Buffer = Buffer.alloc(0);

  readonly #dbType: DbType | undefined;

  /**
   * @param contents the kind that it has to be. If it may be either, its first bytes decide.
   * @param dbType of the backed-up server. If unknown, it is read from the dump's first lines.
   */
  constructor(contents: Contents | undefined, dbType?: DbType) {
    this.#dbType = dbType;
    if (contents !== undefined) this.#check = checkFor(contents, dbType);
  }

  /** @throws DecompressError if it is of another kind, or damaged. */
  push(chunk: Buffer): void {
    if (this.#check !== undefined) {
      this.#check.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= XBSTREAM_MAGIC.length) this.#begin();
  }

  /**
   * @returns an archive's description of itself; undefined for a dump.
   * @throws DecompressError if it is empty or cut off; RestoreError for an intact archive that can't be restored.
   */
  end(): ArchiveFacts | undefined {
    const check = this.#check ?? this.#begin();
    if (check instanceof ArchiveCheck) return check.end();
    check.end();
    return undefined;
  }

  /**
   * Call after `end`.
   * @throws RestoreError for an intact dump with a statement that no restore would accept.
   */
  checkAccepted(): void {
    if (this.#check instanceof DumpEndCheck) this.#check.checkAccepted();
  }

  /**
   * Call this after `checkAccepted`. @returns what a dump contains; undefined if that is unknown, and for an archive.
   */
  dumpContents(): DumpContents | undefined {
    return this.#check instanceof DumpEndCheck ? this.#check.contents() : undefined;
  }

  #begin(): DumpEndCheck | ArchiveCheck {
    const check = checkFor(isArchive(this.#head) ? 'archive' : 'dump', this.#dbType);
    check.push(this.#head);
    this.#check = check;
    return check;
  }
}

function checkFor(contents: Contents, dbType: DbType | undefined): DumpEndCheck | ArchiveCheck {
  return contents === 'archive' ? new ArchiveCheck() : new DumpEndCheck(dbType);
}
