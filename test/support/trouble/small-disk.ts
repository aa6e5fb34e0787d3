/** A real file system of a few MiB, to be filled to its last byte. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  /** A directory on it, for this account alone. */
  directory: string;
  freeBytes(): number;
  /** Leaves no room. */
  fill(): void;
  makeRoom(): void;
  /** Nothing may use it any more. */
  remove(): void;
}

const CHUNK = Buffer.alloc(1024 * 1024, 1);

/** @returns why there is none, if this account may not mount one */
export function smallDisk(mib: number): SmallDisk | string {
  const mountPoint = mkdtempSync(join(tmpdir(), 'jagad-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=700`, 'jagad-test', mountPoint], { stdio: 'pipe' });
  } catch (error) {
    rmSync(mountPoint, { recursive: true });
    return `no small disk could be mounted: ${(error as Error).message.trim()}`;
  }
  const directory = join(mountPoint, 'state');
  mkdirSync(directory, { mode: 0o700 });
  const filler = join(mountPoint, 'filler');
  return {
    directory,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(mountPoint);
      return bavail * bsize;
    },
    fill: () => {
      const file = openSync(filler, 'a');
      try {
        // a write may take a part: go on to the last byte
        for (let size = CHUNK.length; size > 0; ) {
          try {
            writeSync(file, CHUNK, 0, size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            size = Math.floor(size / 2);
          }
        }
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    remove: () => {
      execFileSync('umount', ['--lazy', mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}
