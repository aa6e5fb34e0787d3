import type { Block } from './index.ts';

/**
 * How far several readers of one archive have got, in bytes of its data blocks. It needs two sources: positions alone
 * miss small tables that begin and end between two checks, and finished entries alone show no progress while one large
 * table loads.
 */
export class ArchiveProgress {
  readonly #blocks: ReadonlyMap<number, Block>;
  /** In the archive's order, for the search by position. */
  readonly #ordered: [number, Block][];
  readonly #done = new Map<number, number>();
  #bytesDone = 0;

  /** @param blocks by dumpId */
  constructor(blocks: ReadonlyMap<number, Block>) {
    this.#blocks = blocks;
    this.#ordered = [...blocks].sort(([, a], [, b]) => a.start - b.start);
  }

  get bytesDone(): number {
    return this.#bytesDone;
  }

  /** The bytes of all blocks. */
  get bytesTotal(): number {
    return this.#ordered.reduce((sum, [, { start, end }]) => sum + end - start, 0);
  }

  /** Call this when an entry has been restored. An entry without data changes nothing. */
  finished(dumpId: number): void {
    const block = this.#blocks.get(dumpId);
    if (block !== undefined) this.#reached(dumpId, block.end - block.start);
  }

  /** Call this when a reader is at this byte of the archive. */
  at(position: number): void {
    let [low, high] = [0, this.#ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ordered[middle] as [number, Block])[1].end <= position) low = middle + 1;
      else high = middle;
    }
    const [dumpId, block] = this.#ordered[low] ?? [];
    if (dumpId !== undefined && block !== undefined && position > block.start)
      this.#reached(dumpId, position - block.start);
  }

  #reached(dumpId: number, bytes: number): void {
    const known = this.#done.get(dumpId) ?? 0;
    if (bytes <= known) return;
    this.#done.set(dumpId, bytes);
    this.#bytesDone += bytes - known;
  }
}
