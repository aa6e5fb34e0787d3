/** Recognises when the disk can't be written to, and when it can again. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_NOT_WRITABLE } from '../../errors/not-writable.ts';
import { ServiceFault } from '../aws/service-fault.ts';

const MIB = 1024 * 1024;
/** The space to keep free, so that a write that has begun can finish, and so can LevelDB's background work. */
export const MIN_FREE_BYTES = 8 * MIB;
/** How many bytes to write as a test before the disk counts as writable again. LevelDB needs this much to open. */
const PROBE_BYTES = 16 * MIB;

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: "this account's disk quota is used up",
  EROFS: 'its disk is mounted read-only',
  EIO: 'the disk fails',
};
/** LevelDB has no error codes: it passes on the system's messages. */
const WORDS: [RegExp, string][] = [
  [/No space left on device/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/Read-only file system/i, 'EROFS'],
  [/Input\/output error/i, 'EIO'],
];

/** Why something could not be written, in words; undefined if it wasn't because of the disk. */
export function diskFault(error: unknown): string | undefined {
  for (let one = error as NodeJS.ErrnoException | undefined; one instanceof Error; one = one.cause as Error) {
    const { code = '', message } = one;
    const found = code in REASONS ? code : WORDS.find(([words]) => words.test(message))?.[1];
    if (found !== undefined) return REASONS[found];
  }
  return undefined;
}

/** The response of this machine's services to a write that the disk doesn't accept. */
export function notWritable(directory: string, reason: string): ServiceFault {
  return new ServiceFault(STATE_NOT_WRITABLE, `the service cannot write to ${directory}: ${reason}`);
}

/** @throws ServiceFault if there is so little space that a write might be incomplete. */
export function checkRoom(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= MIN_FREE_BYTES) return;
  const sizes = `${Math.floor(free / MIB)} MiB are free, ${MIN_FREE_BYTES / MIB} MiB are needed`;
  throw notWritable(directory, `the disk is full (${sizes})`);
}

/**
 * Writes a test file, because no figure shows what a quota or a failing disk still accepts.
 * @throws ServiceFault
 */
export function probeRoom(directory: string): void {
  const path = join(directory, `.probe-${randomUUID()}`);
  const chunk = Buffer.alloc(MIB, 1);
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      for (let bytes = 0; bytes < PROBE_BYTES; ) bytes += writeSync(file, chunk);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const reason = diskFault(error);
    throw reason === undefined ? error : notWritable(directory, reason);
  } finally {
    rmSync(path, { force: true });
  }
}
