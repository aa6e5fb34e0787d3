import { open, statfs } from 'node:fs/promises';
import { putBack } from '../../pipeline/peek.ts';

/** Left free on the disk: for what else the task writes, and for a size that is a little more than was said. */
const MARGIN_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** How many bytes a file in this directory may have. */
export async function spoolRoom(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return Math.max(0, bavail * bsize - MARGIN_BYTES);
}

/**
 * Writes a stream into a new file that only its owner can read, up to `room` bytes.
 * @returns undefined when all of it is there; else the whole stream again: what the file has, then what follows.
 * @throws what the stream throws.
 */
export async function spool(
  chunks: AsyncIterator<Buffer>,
  path: string,
  room: number,
): Promise<AsyncGenerator<Buffer> | undefined> {
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      if (bytes + next.value.length > room) return putBack(kept(path, next.value), chunks);
      try {
        await file.writeFile(next.value);
      } catch (error) {
        // others write to the disk too
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        await file.truncate(bytes);
        return putBack(kept(path, next.value), chunks);
      }
      bytes += next.value.length;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** What the file has, and the chunk that had no room in it. */
async function* kept(path: string, last: Buffer): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(READ_BYTES) });
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
  yield last;
}
