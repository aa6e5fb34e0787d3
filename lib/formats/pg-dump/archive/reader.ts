/** Reads a custom-format archive in chunks: its table of contents, and whether it is complete. */

import { ByteQueue } from './byte-queue.ts';
import { DataWalker, type OnBlock } from './data.ts';
import { endsHalfWay, layoutKnown, type Toc } from './format.ts';
import { type Head, readHead, readToc } from './toc.ts';

/**
 * Push the archive's bytes in chunks of any size, then call `end`. The table of contents is kept (names, and few
 * definitions), but not the data. The data in the blocks isn't decompressed, because pg_restore does that, and gzip's
 * checksum covers it. An archive of a version with an unknown layout (above 1.16, below 1.12) is read as far as its
 * version: `toc` stays undefined, `checksEnd` is false, and `end` accepts it. `archiveNewerThanTool` decides whether
 * pg_restore can read it.
 */
export class ArchiveReader {
  readonly #bytes = new ByteQueue();
  readonly #parsing: Generator<void, void, void>;
  readonly #onBlock: OnBlock;
  #head: Head | undefined;
  #toc: Toc | undefined;
  #data: DataWalker | undefined;

  constructor(onBlock: OnBlock = () => {}) {
    this.#onBlock = onBlock;
    this.#parsing = this.#parse();
  }

  /** The archive's version, such as `1.14`, once its first bytes have been read. */
  get version(): string | undefined {
    return this.#head === undefined ? undefined : `${this.#head.major}.${this.#head.minor}`;
  }

  /** The table of contents, once it is complete. */
  get toc(): Toc | undefined {
    return this.#toc;
  }

  /** The size of head and table of contents, once both have been read. The data follows. */
  get tocBytes(): number {
    return this.#bytes.position;
  }

  /** The size of a position in the table of contents, in bytes. */
  get offsetSize(): number {
    return this.#head?.offsetSize ?? 0;
  }

  /** The size of an integer in the table of contents, in bytes, without its sign byte. */
  get intSize(): number {
    return this.#head?.intSize ?? 0;
  }

  /** Whether `end` can distinguish a complete archive from a part. False for versions whose layout isn't known. */
  get checksEnd(): boolean {
    return this.#head === undefined || layoutKnown(this.#head.major, this.#head.minor);
  }

  /** @throws DecompressError if the bytes aren't an archive */
  push(chunk: Buffer): void {
    if (!this.checksEnd) return;
    if (this.#data !== undefined) {
      this.#data.push(chunk);
      return;
    }
    this.#bytes.push(chunk);
    this.#parsing.next();
    if (this.#head !== undefined && this.#toc !== undefined) {
      this.#data = new DataWalker(this.#toc, this.#head.intSize, this.tocBytes, this.#onBlock);
      this.#data.push(this.#bytes.rest());
    } else {
      this.#bytes.settle();
    }
  }

  /** @throws DecompressError if the archive ends too early */
  end(): void {
    if (!this.checksEnd) return;
    if (this.#data === undefined) throw endsHalfWay('it stops inside its table of contents');
    this.#data.end();
  }

  *#parse(): Generator<void, void, void> {
    this.#head = yield* readHead(this.#bytes);
    if (this.checksEnd) this.#toc = yield* readToc(this.#bytes, this.#head);
  }
}
