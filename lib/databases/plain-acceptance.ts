/** Whether every statement of a dump in plain SQL by pg_dump would be accepted by a restore. Pure. */
import { PlainDump } from '../formats/pg-dump/plain/dump.ts';

/**
 * Push the dump in chunks of any size, then call `end`. What is not accepted is told at the end alone: of a damaged dump,
 * the damage is what to tell.
 */
export class PlainAcceptance {
  readonly #plain = new PlainDump();
  #refusal: unknown;

  push(chunk: Buffer): void {
    if (this.#refusal !== undefined) return;
    try {
      for (const _piece of this.#plain.push(chunk));
    } catch (error) {
      this.#refusal = error;
    }
  }

  /** @throws DecompressError if the dump ends inside of something; RestoreError, which names the line and the statement */
  end(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    for (const _piece of this.#plain.end());
  }
}
