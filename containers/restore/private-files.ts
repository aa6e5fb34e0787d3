import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { taskDiskFull } from '../../lib/domain/errors.ts';

/** Files with passwords, certificates and dumps: readable by this user alone, and gone with the restore. */
export class PrivateFiles {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param parent a directory that may be written to. */
  static async in(parent: string): Promise<PrivateFiles> {
    return new PrivateFiles(await mkdtemp(join(parent, 'private-')));
  }

  /** A home without any settings file of anybody's. */
  get home(): string {
    return this.#directory;
  }

  /** Where a file of that name is, or would be. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Writes the file and returns its path. @throws RestoreError where the disk is full. */
  async write(name: string, text: string): Promise<string> {
    const path = this.path(name);
    await writeFile(path, text, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOSPC' ? taskDiskFull(cause) : cause;
    });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
