/** Checks, as a decompressed backup streams by, that it is whole, and gathers what a dump contains. Pure. */

import { DumpEndCheck } from '../databases/dump-end.ts';
import type { DbType } from '../databases/names.ts';
import type { DumpContents } from '../formats/dump-contents.ts';
import type { ArchiveFacts } from '../formats/innodb/files.ts';
import { ArchiveCheck, isArchive } from './archive-check.ts';
import type { Contents } from './contents.ts';
import { XBSTREAM_MAGIC } from './xbstream.ts';

/** Push the whole of it in chunks of any size, then call `end`. */
export class ContentCheck {
  #check: DumpEndCheck | ArchiveCheck | undefined;
  /** The first bytes, until there are enough to tell the two apart. */
  #head: Buffer = Buffer.alloc(0);

  readonly #dbType: DbType | undefined;

  /**
   * @param contents what it has to be; if it may be either, its first bytes tell.
   * @param dbType of what was backed up; a dump's first lines tell it if it isn't known.
   */
  constructor(contents: Contents | undefined, dbType?: DbType) {
    this.#dbType = dbType;
    if (contents !== undefined) this.#check = checkFor(contents, dbType);
  }

  /** @throws DecompressError if it is something else, or damaged. */
  push(chunk: Buffer): void {
    if (this.#check !== undefined) {
      this.#check.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= XBSTREAM_MAGIC.length) this.#begin();
  }

  /**
   * @returns what an archive says of itself; undefined of a dump.
   * @throws DecompressError if it is empty or cut off; RestoreError for a sound archive that cannot be put back.
   */
  end(): ArchiveFacts | undefined {
    const check = this.#check ?? this.#begin();
    if (check instanceof ArchiveCheck) return check.end();
    check.end();
    return undefined;
  }

  /** To be called after `end`. @throws RestoreError for a sound dump of which no restore would accept each statement. */
  checkAccepted(): void {
    if (this.#check instanceof DumpEndCheck) this.#check.checkAccepted();
  }

  /** To be called after `checkAccepted`. @returns what a dump contains; undefined if that can't be told, and of an archive. */
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
