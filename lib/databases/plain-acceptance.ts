/** Whether a restore would accept every statement of a plain SQL dump by pg_dump. Pure. */
import { PlainDump } from '../formats/pg-dump/plain/dump.ts';

/**
 * Push the dump in chunks of any size, then call `end`. A refused statement is only reported at the end: if the dump is
 * damaged, that is the better reason.
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

  /** @throws DecompressError if the dump ends half-way; RestoreError naming the line and the statement */
  end(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    for (const _piece of this.#plain.end());
  }
}
