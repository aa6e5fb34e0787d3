/** The archive on the task's disk: writes it, lets the workers read it, and watches their progress. */
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { ArchiveIndex } from '../../../formats/pg-dump/archive/index.ts';
import { ArchiveProgress } from '../../../formats/pg-dump/archive/progress.ts';
import type { Reporter } from '../../load/engine.ts';
import { positionsIn } from '../../programs/file-positions.ts';
import { spool } from '../../programs/spool.ts';
import { ParallelPgRestoreStderr } from '../rules/parallel-stderr.ts';
import type { PgRestoreListeners } from '../rules/pg-restore-outcome.ts';

const LOOK_INTERVAL_MS = 1000;

export interface Spooled {
  progress: ArchiveProgress;
  /** Whether several jobs give the same result as one job. */
  parallel: boolean;
}

/**
 * Writes an archive into a file. In its table of contents, adds the positions of the data and an order for several
 * jobs.
 * @returns what it contains; or, if it is larger than `room` bytes, the whole archive as a stream again.
 * @throws the stream's errors; DecompressError if the archive ends too early.
 */
export async function spoolArchive(
  chunks: AsyncGenerator<Buffer>,
  path: string,
  room: number,
): Promise<Spooled | AsyncGenerator<Buffer>> {
  const index = new ArchiveIndex();
  const stream = await spool(indexed(chunks, index), path, room);
  return stream ?? prepareArchive(path, index);
}

/**
 * Like `spoolArchive`, for an archive that is already on the disk.
 * @param from the archive's path, on the same file system as `path`, to which it is moved.
 */
export async function takeArchive(from: string, path: string): Promise<Spooled> {
  await rename(from, path);
  const index = new ArchiveIndex();
  for await (const chunk of createReadStream(path)) index.push(chunk);
  return prepareArchive(path, index);
}

async function prepareArchive(path: string, index: ArchiveIndex): Promise<Spooled> {
  index.end();
  let parallel = false;
  const file = await open(path, 'r+');
  try {
    const toc = Buffer.alloc(index.tocBytes);
    await file.read(toc, 0, toc.length, 0);
    index.writePlaces(toc);
    parallel = index.writeOrder(toc);
    await file.write(toc, 0, toc.length, 0);
  } finally {
    await file.close();
  }
  return { progress: new ArchiveProgress(index.blocks), parallel };
}

async function* indexed(chunks: AsyncGenerator<Buffer>, index: ArchiveIndex): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    index.push(chunk);
    yield chunk;
  }
}

export interface WatchedArchive {
  path: string;
  progress: ArchiveProgress;
}

/**
 * Reads pg_restore's stderr, which also says which entries are finished.
 * @param server the target's major version
 */
export function parallelReader(
  { progress }: WatchedArchive,
  server: number,
  telling: Reporter,
  { onFinished, onHarm }: PgRestoreListeners,
): ParallelPgRestoreStderr {
  return new ParallelPgRestoreStderr(server, {
    onFinished: (dumpId) => {
      progress.finished(dumpId);
      telling.progress(progress.bytesDone);
      onFinished?.(dumpId);
    },
    ...(onHarm === undefined ? {} : { onHarm }),
  });
}

/** Checks once a second where in the file pg_restore and its workers are, until it has ended. */
export function watchReaders({ path, progress }: WatchedArchive, pid: number, telling: Reporter): void {
  const look = async (): Promise<void> => {
    const positions = await positionsIn(path, pid);
    if (positions === undefined) return;
    for (const position of positions) progress.at(position);
    telling.progress(progress.bytesDone);
    setTimeout(look, LOOK_INTERVAL_MS).unref();
  };
  void look();
}
