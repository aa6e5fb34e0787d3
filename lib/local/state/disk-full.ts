/** What cannot be written to the disk, and when it can be again. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_NOT_WRITABLE } from '../../errors/not-writable.ts';
import { ServiceFault } from '../aws/service-fault.ts';

const MIB = 1024 * 1024;
/** Kept free: a write that is begun has to end well, and so has what LevelDB does in the background. */
export const MIN_FREE_BYTES = 8 * MIB;
/** As much is written for a try before it is believed that there is room again: LevelDB needs it to open. */
const PROBE_BYTES = 16 * MIB;

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: "this account's disk quota is used up",
  EROFS: 'its disk is mounted read-only',
  EIO: 'the disk fails',
};
/** LevelDB has no codes: it passes on the words of the system. */
const WORDS: [RegExp, string][] = [
  [/No space left on device/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/Read-only file system/i, 'EROFS'],
  [/Input\/output error/i, 'EIO'],
];

/** Why something could not be written, in words; undefined if the disk is not the reason. */
export function diskFault(error: unknown): string | undefined {
  for (let one = error as NodeJS.ErrnoException | undefined; one instanceof Error; one = one.cause as Error) {
    const { code = '', message } = one;
    const found = code in REASONS ? code : WORDS.find(([words]) => words.test(message))?.[1];
    if (found !== undefined) return REASONS[found];
  }
  return undefined;
}

/** The answer of a service of this machine to a write that its disk does not take. */
export function notWritable(directory: string, reason: string): ServiceFault {
  return new ServiceFault(STATE_NOT_WRITABLE, `the service cannot write to ${directory}: ${reason}`);
}

/** @throws ServiceFault if so little is free that a write might stop half-way. */
export function checkRoom(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= MIN_FREE_BYTES) return;
  const sizes = `${Math.floor(free / MIB)} MiB are free, ${MIN_FREE_BYTES / MIB} MiB are needed`;
  throw notWritable(directory, `the disk is full (${sizes})`);
}

/** Writes for a try, as no number says what a quota or a failing disk still takes. @throws ServiceFault */
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
