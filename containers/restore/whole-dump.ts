import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spool, spoolRoom } from '../../lib/engines/programs/spool.ts';

const READ_BYTES = 1024 * 1024;

export interface WholeDump {
  chunks: AsyncGenerator<Buffer>;
  bytes: number;
  /**
   * The file with the whole dump until `chunks` has ended; undefined if there was no space for it. A reader that needs
   * the file may move it away.
   */
  file: string | undefined;
}

/**
 * A complete dump: its tool has succeeded once before any of it is passed on. Otherwise, a table that can't be read
 * would be found only after the data that it replaces is gone. Meanwhile, the dump is kept on the disk. If it doesn't
 * fit, it is read to its end as a check, and then made again.
 * @param dump makes it; called again if it doesn't fit.
 * @param directory where the file is created; it is deleted with the last chunk.
 * @throws the dump's errors.
 */
export async function wholeDump(
  dump: () => AsyncGenerator<Buffer>,
  directory: string,
  telling: { log(line: string): void; progress(bytes: number): void },
  room?: number,
): Promise<WholeDump> {
  const path = join(directory, 'whole.dump');
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of dump()) {
      bytes += chunk.length;
      telling.progress(bytes);
      yield chunk;
    }
  }
  const chunks = counted();
  const roomBytes = room ?? (await spoolRoom(directory));
  try {
    const all = await spool(chunks, path, roomBytes);
    if (all === undefined) return { chunks: fileChunks(path), bytes, file: path };
    await rm(path, { force: true });
    while (!(await chunks.next()).done);
  } catch (error) {
    await chunks.return(undefined);
    await rm(path, { force: true });
    throw error;
  }
  telling.log(
    `NOTE: the dump (${bytes} bytes) does not fit into the ${roomBytes} bytes on the task's disk: it was read to its end, ` +
      'which proves that all of it can be read, and is produced again for the load',
  );
  return { chunks: dump(), bytes, file: undefined };
}

async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(READ_BYTES) });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
