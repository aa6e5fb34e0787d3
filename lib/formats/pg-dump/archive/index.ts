import { orderAttaches } from './attach-order.ts';
import type { Toc } from './format.ts';
import { ArchiveReader } from './reader.ts';
import { OFFSET_SET, writeDependencies } from './toc.ts';

/** A block of data in an archive: the bytes from `start` up to `end`. */
export interface Block {
  start: number;
  end: number;
}

/**
 * Finds the position of each entry's data while an archive is being read. pg_dump writes these positions into the table
 * of contents when it is done, if it can (`_CloseArchive` in pg_backup_custom.c). If it writes into a pipe, it can't.
 * Then each worker of a parallel pg_restore reads the file from its start to find its blocks, and the workers don't
 * know which blocks are the largest, which should be started first (`_PrepParallelRestore`).
 */
export class ArchiveIndex {
  readonly #blocks = new Map<number, Block>();
  readonly #reader = new ArchiveReader((dumpId, start, end) => this.#blocks.set(dumpId, { start, end }));

  /** @throws DecompressError if the bytes aren't an archive */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** @throws DecompressError if the archive ends too early */
  end(): void {
    this.#reader.end();
  }

  /** By dumpId. */
  get blocks(): ReadonlyMap<number, Block> {
    return this.#blocks;
  }

  /** How many bytes at the archive's start `writePlaces` and `writeOrder` need. */
  get tocBytes(): number {
    return this.#reader.tocBytes;
  }

  /**
   * Writes the blocks' positions into the archive's first `tocBytes` bytes, as `WriteOffset` in pg_backup_archiver.c
   * does.
   */
  writePlaces(toc: Buffer): void {
    for (const { dumpId, offsetAt } of (this.#reader.toc as Toc).entries) {
      const block = this.#blocks.get(dumpId);
      if (block === undefined) continue;
      toc[offsetAt] = OFFSET_SET;
      let left = BigInt(block.start);
      for (let byte = 0; byte < this.#reader.offsetSize; byte++) {
        toc[offsetAt + 1 + byte] = Number(left & 0xffn);
        left >>= 8n;
      }
    }
  }

  /**
   * Makes several jobs attach the partitions of indexes one after another, without conflicting work.
   * @returns false if the archive's dependency lists have no space for that: then one job has to restore it.
   */
  writeOrder(toc: Buffer): boolean {
    return orderAttaches(this.#reader.toc as Toc).every(({ entry, dependencies }) =>
      writeDependencies(toc, this.#reader.intSize, entry, dependencies),
    );
  }
}
