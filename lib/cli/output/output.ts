import type { Writable } from 'node:stream';

/** A command's output could not be written: the disk is full or fails. */
export class OutputFailed extends Error {
  readonly hint = 'Free some space or write to another place, then start again. The output so far is incomplete.';

  constructor(cause: Error) {
    super(`the output could not be written: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf({ message, ...error }: NodeJS.ErrnoException): string {
  return error.code === 'ENOSPC' ? 'the disk is full' : message;
}

/** System errors about writing. Errors about reading aren't included, because they are about another file. */
export function isWriteFault(error: unknown): error is Error {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall === 'write' && ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'].includes(code ?? '');
}

/** Whether the reader of our output has closed it. */
export function isReaderGone(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'EPIPE';
}

/** Watches whether all of a command's output is written. If the reader closed it, the command isn't at fault. */
export class WatchedOutput {
  readonly #out: Writable;
  #failure: Error | undefined;
  readonly #listener = (error: Error): void => {
    this.#failure ??= error;
  };

  constructor(out: Writable) {
    this.#out = out;
    out.on('error', this.#listener);
  }

  /** Waits until everything is written. @throws OutputFailed */
  async end(): Promise<void> {
    if (this.#failure === undefined) await this.#flushed();
    this.#out.off('error', this.#listener);
    if (this.#failure !== undefined && !isReaderGone(this.#failure)) throw new OutputFailed(this.#failure);
  }

  async #flushed(): Promise<void> {
    if (this.#out.destroyed || this.#out.writableEnded) return;
    await new Promise<void>((resolve) => {
      try {
        this.#out.write('', (error) => {
          if (error) this.#listener(error);
          resolve();
        });
      } catch (error) {
        this.#listener(error as Error);
        resolve();
      }
    });
  }
}
