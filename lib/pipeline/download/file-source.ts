import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DownloadError } from '../../errors/errors.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { empty } from '../../storage/objects/object-source.ts';

/** Doesn't wait until something writes to a pipe. For a file, it is the same as reading. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * A file as an object. Its version consists of its inode, size and time of change, so that a replacement is noticed.
 */
export function fileSource(path: string): ObjectSource {
  return {
    location: path,
    async read(from, to, _etag, signal) {
      signal.throwIfAborted();
      const file = await open(path, OPEN_FLAGS).catch((error: NodeJS.ErrnoException) => {
        throw unreadable(path, error);
      });
      try {
        const stat = await file.stat({ bigint: true });
        if (!stat.isFile()) throw noFile(path);
        const totalBytes = Number(stat.size);
        if (totalBytes === 0) throw empty(path);
        return {
          etag: `${stat.ino}-${stat.size}-${stat.mtimeNs}`,
          totalBytes,
          storedAt: stat.mtime,
          body: one(await readRange(file, from, Math.min(to + 1, totalBytes))),
        };
      } finally {
        await file.close();
      }
    },
  };
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function unreadable(path: string, cause: NodeJS.ErrnoException): DownloadError {
  return new DownloadError(cause.code === 'ENOENT' ? `there is no file ${path}` : cause.message, {
    hint: 'Check the path, and that this user may read the file.',
    cause,
  });
}

/** A pipe can't be read twice, nor from the middle. */
function noFile(path: string): DownloadError {
  return new DownloadError(`${path} is not a regular file`, { hint: 'Save the backup into a file first.' });
}
