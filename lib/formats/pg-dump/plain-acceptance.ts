/** Whether a restore would accept every statement of a plain SQL dump by pg_dump, and what the dump contains. Pure. */
import type { DumpOrigin, PostgresContents } from '../dump-contents.ts';
import { PlainDump } from './plain/dump.ts';
import { PlainDumpContents } from './plain-contents.ts';

/**
 * Push the dump in chunks of any size, then call `end`. A refused statement is only reported at the end: if the dump is
 * damaged, that is the better reason.
 */
export class PlainAcceptance {
  readonly #plain = new PlainDump();
  readonly #contents = new PlainDumpContents();
  #refusal: unknown;

  push(chunk: Buffer): void {
    if (this.#refusal !== undefined) return;
    try {
      for (const piece of this.#plain.push(chunk)) this.#contents.take(piece);
    } catch (error) {
      this.#refusal = error;
    }
  }

  /** @throws DecompressError if the dump ends too early; RestoreError that names the line and the statement */
  end(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    for (const piece of this.#plain.end()) this.#contents.take(piece);
  }

  /** Call this after `end`, if the dump is accepted. */
  contents(dumpBytes: number, origin: DumpOrigin): PostgresContents {
    return this.#contents.contents(dumpBytes, origin);
  }
}
