/** Streams of buffers for tests: cut anywhere, collected, and random but repeatable. */

/** The same numbers in every run, 0 up to 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytesOf(length: number, seed: number): Buffer {
  const random = randomNumbers(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

export async function* piecesOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Cut at random, into pieces of up to `most` bytes; each is its own memory. */
export async function* randomPieces(bytes: Buffer, most: number, seed: number): AsyncGenerator<Buffer> {
  const random = randomNumbers(seed);
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + Math.floor(random() * most);
    yield Buffer.from(bytes.subarray(at, next));
    at = next;
  }
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** What came through before the stream failed, and what it failed with. */
export async function collectUntilError(chunks: AsyncIterable<Buffer>): Promise<{ seen: Buffer; error: unknown }> {
  const all: Buffer[] = [];
  let error: unknown;
  try {
    for await (const chunk of chunks) all.push(Buffer.from(chunk));
  } catch (thrown) {
    error = thrown;
  }
  return { seen: Buffer.concat(all), error };
}
