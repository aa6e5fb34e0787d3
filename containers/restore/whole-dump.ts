import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spool, spoolRoom } from './spool.ts';

const READ_BYTES = 1024 * 1024;

export interface WholeDump {
  chunks: AsyncGenerator<Buffer>;
  bytes: number;
  /** Where all of it lies until `chunks` has ended; undefined if there was no room. Whoever needs the file may move it away. */
  file: string | undefined;
}

/**
 * A dump of which all is known to come: its tool has ended well once before anything of it is handed on, as a table that
 * cannot be read would else be found when what it replaces is gone. It lies on the disk meanwhile; without room for it, it
 * is read to its end for nothing, and made again.
 * @param dump makes it; called again if there is no room.
 * @param directory where the file is made, which goes away with the last chunk.
 * @throws what the dump throws.
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
      'which proves that all of it can be read, and is made again for the load',
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
