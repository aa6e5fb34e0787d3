import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { taskDiskFull } from '../../errors/errors.ts';

/** On Linux, a process can open its open files again by their number. */
const HAS_PROC = existsSync('/proc/self/fd');

/**
 * Files with passwords, certificates and dumps: only this user can read them, and they are deleted with the restore.
 */
export class PrivateFiles {
  readonly #directory: string;
  readonly #nameless: FileHandle[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param parent a writable directory. */
  static async in(parent: string): Promise<PrivateFiles> {
    return new PrivateFiles(await mkdtemp(join(parent, 'private-')));
  }

  /** A home directory without any settings files of the user. */
  get home(): string {
    return this.#directory;
  }

  /** The path for a file with that name, whether or not it exists. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Writes the file and returns its path. @throws RestoreError if the disk is full. */
  async write(name: string, text: string): Promise<string> {
    const path = this.path(name);
    await writeFile(path, text, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOSPC' ? taskDiskFull(cause) : cause;
    });
    return path;
  }

  /**
   * Writes a secret into a file without a name, so that nothing is left of it, however this process ends.
   * @returns a path at which programs of this user can read it, repeatedly, as long as this process runs and has the
   * file open.
   * @throws RestoreError if the disk is full.
   */
  async secret(name: string, text: string): Promise<string> {
    if (!HAS_PROC) return this.write(name, text);
    const path = this.path(name);
    const file = await open(path, 'wx+', 0o600);
    this.#nameless.push(file);
    // before the secret is written to it
    await unlink(path);
    await file.writeFile(text).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOSPC' ? taskDiskFull(cause) : cause;
    });
    return `/proc/${process.pid}/fd/${file.fd}`;
  }

  async remove(): Promise<void> {
    for (const file of this.#nameless.splice(0)) await file.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
