/**
 * Looks at the beginning of a stream without consuming it. A `Peek` reads as many chunks ahead as it is asked to, and
 * keeps them. `whole` then returns the stream from its beginning: first the kept chunks, each released when it is
 * returned, then the rest. Nothing is lost or repeated. When the reader ends the result of `whole`, the source ends
 * too.
 */
export class Peek {
  readonly #source: AsyncIterator<Buffer>;
  readonly #seen: Buffer[] = [];
  #bytes = 0;
  /** A chunk that was requested but hasn't arrived yet. */
  #asked: Promise<IteratorResult<Buffer>> | undefined;

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** The number of chunks that were read ahead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The chunks that were read ahead, as one buffer. */
  head(): Buffer {
    const [only, ...others] = this.#seen;
    return only !== undefined && others.length === 0 ? only : Buffer.concat(this.#seen);
  }

  /**
   * Reads one more chunk ahead.
   * @param timeIsUp ends the wait when it resolves. The chunk then comes with the rest
   * @returns undefined if the stream has ended, or if time was up
   * @throws the source's errors
   */
  async more(timeIsUp?: Promise<undefined>): Promise<Buffer | undefined> {
    const asked = this.#ask();
    const next = await (timeIsUp === undefined ? asked : Promise.race([asked, timeIsUp]));
    // keep the request for the end, so that `whole` finds it again
    if (next === undefined || next.done) return undefined;
    this.#asked = undefined;
    this.#seen.push(next.value);
    this.#bytes += next.value.length;
    return next.value;
  }

  #ask(): Promise<IteratorResult<Buffer>> {
    if (this.#asked === undefined) {
      this.#asked = this.#source.next();
      this.#asked.catch(() => {}); // it is awaited later
    }
    return this.#asked;
  }

  /** The rest, after the chunks that were read ahead. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let next = await this.#ask(); !next.done; next = await this.#ask()) {
      this.#asked = undefined;
      yield next.value;
    }
  }

  /**
   * The whole stream.
   * @param rest what follows the chunks that were read ahead, if it is transformed on the way
   */
  whole(rest: AsyncIterable<Buffer> = this.rest()): AsyncGenerator<Buffer> {
    return together([drained(this.#seen), rest], this.#source);
  }
}

/** For chunks that the caller keeps: first those, then the rest of their stream, which ends with this one. */
export function putBack(ahead: AsyncIterable<Buffer>, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  return together([ahead, { [Symbol.asyncIterator]: () => rest }], rest);
}

/** @param source is ended after these chunks, or when their reader stops */
async function* together(
  parts: (AsyncIterable<Buffer> | Iterable<Buffer>)[],
  source: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    for (const part of parts) yield* part;
  } finally {
    await source.return?.();
  }
}

/** Releases each chunk when it is taken. */
function* drained(chunks: Buffer[]): Generator<Buffer> {
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk;
}
