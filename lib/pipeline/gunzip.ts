import { crc32, createInflateRaw } from 'node:zlib';
import { DecompressError } from '../domain/errors.ts';
import { gzipHeaderLength } from '../domain/gzip.ts';

/** Deflate grows up to 1032-fold, so a slice of input bounds what one step can put out: 64 MiB at the very worst. */
const SLICE_BYTES = 64 * 1024;
const TRAILER_BYTES = 8;

/**
 * Decompresses a gzip stream of exactly one member, as Jagad writes it. Node's own gunzip lets bytes after the member
 * pass unseen, or takes them for a second one; so the header and trailer (RFC 1952) are read here, and zlib inflates.
 * @throws DecompressError for a fault in the data, a wrong CRC or length, an early end, or anything after the member.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const member = new GzipMember();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      yield* await member.push(chunk.subarray(at, at + SLICE_BYTES));
    }
  }
  member.end();
}

class GzipMember {
  readonly #inflate = createInflateRaw({ chunkSize: 1024 * 1024 });
  #header: Buffer | undefined = Buffer.alloc(0);
  #trailer: Buffer | undefined;
  #output: Buffer[] = [];
  #inputBytes = 0;
  #crc = 0;
  #outputBytes = 0;
  #failure: Error | undefined;
  #ended = false;
  /** Ends the wait for the slice under way. */
  #settle: () => void = () => {};

  constructor() {
    this.#inflate.on('data', (data: Buffer) => this.#output.push(data));
    this.#inflate.on('end', () => {
      this.#ended = true;
    });
    this.#inflate.on('error', (error) => {
      this.#failure = error;
      this.#settle();
    });
  }

  /** What the slice inflates to. */
  async push(slice: Buffer): Promise<Buffer[]> {
    const body = this.#header === undefined ? slice : this.#afterHeader(slice);
    if (body === undefined || body.length === 0) return [];
    if (this.#trailer !== undefined) {
      this.#trailer = Buffer.concat([this.#trailer, body]);
      this.#checkNothingFollows();
      return [];
    }
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      this.#inflate.write(body, () => resolve());
    });
    // 'data' and 'end' of what was just inflated are emitted before this turn of the loop is over
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure) throw faulty(this.#failure.message, this.#failure);
    this.#inputBytes += body.length;
    const output = this.#output;
    this.#output = [];
    for (const data of output) {
      this.#crc = crc32(data, this.#crc);
      this.#outputBytes += data.length;
    }
    if (this.#ended) {
      this.#trailer = body.subarray(body.length - (this.#inputBytes - this.#inflate.bytesWritten));
      this.#checkNothingFollows();
    }
    return output;
  }

  end(): void {
    this.#inflate.close();
    if (this.#trailer === undefined || this.#trailer.length < TRAILER_BYTES) throw faulty('the gzip data ends early');
    if (this.#trailer.readUInt32LE(0) !== this.#crc) throw faulty('the CRC-32 of the gzip data is wrong');
    if (this.#trailer.readUInt32LE(4) !== this.#outputBytes % 2 ** 32)
      throw faulty('the length of the gzip data is wrong');
  }

  #afterHeader(slice: Buffer): Buffer | undefined {
    const seen = Buffer.concat([this.#header as Buffer, slice]);
    const length = gzipHeaderLength(seen);
    if (length === undefined) {
      this.#header = seen;
      return undefined;
    }
    this.#header = undefined;
    return seen.subarray(length);
  }

  #checkNothingFollows(): void {
    if (this.#trailer !== undefined && this.#trailer.length > TRAILER_BYTES) {
      throw faulty('there are bytes after the end of the gzip data');
    }
  }
}

function faulty(what: string, cause?: unknown): DecompressError {
  return new DecompressError(what, {
    hint: 'The object was damaged or is not what the backup wrote: restore another backup, and check the storage.',
    cause,
  });
}
