import type { Writable } from 'node:stream';
import { isReaderGone } from './exit-codes.ts';
import { OutputFailed } from './output-failed.ts';

/** Watches whether all of a command's output arrives. A reader that has gone isn't a fault of the command. */
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

  /** Waits for what is being written. @throws OutputFailed */
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
