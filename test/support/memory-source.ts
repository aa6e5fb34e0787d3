import type { ObjectRange, ObjectSource } from '../../lib/storage/objects/object-source.ts';

export interface ReadCall {
  from: number;
  to: number;
  etag: string | undefined;
  signal: AbortSignal;
}

/** The response to a read instead of the plain range: called with its number, from 1. */
export type Answer = (call: ReadCall, number: number) => Promise<Partial<ObjectRange>> | Partial<ObjectRange>;

/** An object in memory that records its reads. */
export class MemorySource implements ObjectSource {
  readonly location = 'backups/c/d/object.sql.gz';
  readonly calls: ReadCall[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #bytes: Buffer;
  readonly #answer: Answer;

  constructor(bytes: Buffer, answer: Answer = () => ({})) {
    this.#bytes = bytes;
    this.#answer = answer;
  }

  async read(from: number, to: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectRange> {
    const call = { from, to, etag, signal };
    this.calls.push(call);
    const plain = {
      etag: '"v1"',
      totalBytes: this.#bytes.length,
      body: this.#body(this.#bytes.subarray(from, to + 1), signal),
    };
    return { ...plain, ...(await this.#answer(call, this.calls.length)) };
  }

  async *#body(bytes: Buffer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      for (let at = 0; at < bytes.length; at += 7) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        yield bytes.subarray(at, at + 7);
      }
    } finally {
      this.underWay -= 1;
    }
  }
}

/** A body that sends nothing more until it is aborted. */
export async function* silentAfter(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** A body that breaks off. */
export async function* brokenAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
  throw new Error('socket hang up');
}
