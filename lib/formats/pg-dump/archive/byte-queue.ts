/**
 * Bytes that arrive in chunks of any size, for parsers that are generators: they yield when they need more than has
 * come, and go on when it has. What is skipped is never kept.
 */
export class ByteQueue {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #position = 0;

  /** How many bytes were taken or skipped so far. */
  get position(): number {
    return this.#position;
  }

  /** Hands over the next chunk; only when the parser asked for more, or before it starts. */
  push(chunk: Buffer): void {
    const rest = this.rest();
    this.#chunk = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** To be called after each step of the parser: what is left is copied, so that the chunk may be freed or used again. */
  settle(): void {
    this.#chunk = Buffer.from(this.rest());
    this.#at = 0;
  }

  /** What has been pushed and not been taken. */
  rest(): Buffer {
    return this.#chunk.subarray(this.#at);
  }

  /** The next `count` bytes, each copied once at most: a text may come in hundreds of chunks. */
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
