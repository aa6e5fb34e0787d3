import { open, statfs } from 'node:fs/promises';
import { putBack } from '../../pipeline/peek.ts';

/**
 * The space to leave free on the disk: for the task's other files, and in case the stated size is slightly too small.
 */
const MARGIN_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** The maximum size of a file in this directory, in bytes. */
export async function spoolRoom(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return Math.max(0, bavail * bsize - MARGIN_BYTES);
}

/**
 * Writes a stream into a new file that only its owner can read, up to `room` bytes.
 * @returns undefined if it all fits; otherwise the whole stream again: the file's content, then the rest.
 * @throws the stream's errors.
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
        // other programs write to the disk too
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

/** The file's content, then the chunk that didn't fit. */
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
