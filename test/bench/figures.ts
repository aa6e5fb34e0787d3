/** Helpers for several rows of the benchmark. */
import { open } from 'node:fs/promises';
import type { Sample } from './samples.ts';

/** How much a download requests at once. */
export const PART_BYTES = 4 * 1024 * 1024;

/** How long a promise takes, in seconds. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of chunks) void chunk;
}

export function megabytesPerSecond(bytes: number, seconds: number): number {
  return bytes / 1e6 / seconds;
}

/** A file in such parts. */
export async function* partsOf({ path }: Sample): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PART_BYTES), 0, PART_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Keeps both results of a row, and compares them. */
export class Results {
  ours: string | undefined;
  theirs: string | undefined;

  /** @throws if they differ, or are missing. */
  check(): void {
    if (this.ours === undefined || this.ours !== this.theirs) {
      throw new Error(`the results differ: ours is ${this.ours}, theirs ${this.theirs}`);
    }
  }
}
