/**
 * Bytes that arrive in chunks of any size, for parsers that are generators: they yield when they need more bytes, and
 * continue when these have arrived. Skipped bytes are never kept.
 */
export class ByteQueue {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #position = 0;

  /** The number of bytes taken or skipped so far. */
  get position(): number {
    return this.#position;
  }

  /** Adds the next chunk. Only call this if the parser asked for more, or before it starts. */
  push(chunk: Buffer): void {
    const rest = this.rest();
    this.#chunk = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** Call this after each step of the parser. It copies the rest, so that the chunk may be freed or reused. */
  settle(): void {
    this.#chunk = Buffer.from(this.rest());
    this.#at = 0;
  }

  /** The bytes that were pushed and not taken yet. */
  rest(): Buffer {
    return this.#chunk.subarray(this.#at);
  }

  /**
   * Takes the next `count` bytes. Each byte is copied at most once, because a text may arrive in hundreds of chunks.
   */
  *take(count: number): Generator<void, Buffer, void> {
    if (this.#chunk.length - this.#at >= count) return this.#taken(count);
    const all = Buffer.alloc(count);
    for (let filled = 0; ; ) {
      filled += this.#taken(Math.min(count - filled, this.#chunk.length - this.#at)).copy(all, filled);
      if (filled === count) return all;
      yield;
    }
  }

  #taken(count: number): Buffer {
    const taken = this.#chunk.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.#position += count;
    return taken;
  }

  *skip(count: number): Generator<void, void, void> {
    let left = count;
    for (;;) {
      const step = Math.min(left, this.#chunk.length - this.#at);
      this.#at += step;
      this.#position += step;
      left -= step;
      if (left === 0) return;
      yield;
    }
  }
}
