/** The directory for tasks' files, on a disk that can be made full or read-only. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Less than a page is left on it, which no file can use. */
const SIZE = '64k';
const FILLER = 'filler';

export class TaskDisk {
  readonly #directory: string;
  #isSpoilt = false;

  /** @param directory need not be there yet */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws Error if this account may not mount */
  spoil(how: 'full' | 'read-only'): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const options = how === 'full' ? `size=${SIZE},mode=700` : 'ro,mode=700';
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'jagad-test', this.#directory], { stdio: 'pipe' });
    this.#isSpoilt = true;
    if (how === 'full') {
      expectFull(() => writeFileSync(join(this.#directory, FILLER), Buffer.alloc(1024 * 1024)));
    }
  }

  /** What tasks have left there. */
  files(): string[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory).filter((name) => name !== FILLER);
  }

  /** Restores the earlier state. */
  restore(): void {
    if (!this.#isSpoilt) return;
    execFileSync('umount', ['--lazy', this.#directory]);
    this.#isSpoilt = false;
  }
}

function expectFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
    throw error;
  }
  throw new Error('the disk is larger than it should be');
}
