/**
 * Checks the framing of a PostgreSQL server's messages before a driver reads them: pg 8 reads forever in an
 * unterminated error. Pure. Format: PostgreSQL manual, "Message Formats"; a message has a type byte, a length of four
 * bytes (which counts itself), and a body.
 */

const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** ErrorResponse and NoticeResponse: fields of a byte for their kind and a text that ends in NUL, then a NUL. */
const WITH_FIELDS = new Set(['E'.charCodeAt(0), 'N'.charCodeAt(0)]);
/** Far more than any server sends in one error. */
const MAX_FIELDS_BYTES = 1024 * 1024;

export class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

export class ServerMessages {
  /** The part of a message that is examined: its header, or its header and an error's body. */
  #begun: Buffer = Buffer.alloc(0);
  /** The bytes of a body that isn't examined. */
  #bytesToPass = 0;

  /**
   * @param bytes the next bytes, in pieces of any size.
   * @throws MalformedMessage
   */
  check(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#bytesToPass > 0) {
        const passed = Math.min(this.#bytesToPass, bytes.length - at);
        this.#bytesToPass -= passed;
        at += passed;
        continue;
      }
      const wanted = this.#wanted();
      const taken = bytes.subarray(at, at + wanted - this.#begun.length);
      this.#begun = this.#begun.length === 0 ? taken : Buffer.concat([this.#begun, taken]);
      at += taken.length;
      if (this.#begun.length === wanted) this.#complete();
    }
  }

  #wanted(): number {
    return this.#begun.length < HEADER_BYTES ? HEADER_BYTES : 1 + this.#begun.readUInt32BE(1);
  }

  /** Called with the header, and again with an error's body. */
  #complete(): void {
    const length = this.#begun.readUInt32BE(1);
    if (length < LENGTH_BYTES) throw new MalformedMessage(`a message of ${length} bytes`);
    const hasFields = WITH_FIELDS.has(this.#begun[0] as number);
    if (hasFields && length > MAX_FIELDS_BYTES) throw new MalformedMessage(`an error of ${length} bytes`);
    if (hasFields && this.#begun.length < 1 + length) return; // its body follows
    if (hasFields && !isFields(this.#begun.subarray(HEADER_BYTES))) {
      throw new MalformedMessage('an error whose fields do not end');
    }
    if (!hasFields) this.#bytesToPass = length - LENGTH_BYTES;
    this.#begun = Buffer.alloc(0);
  }
}

function isFields(body: Buffer): boolean {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) return false;
    at = end + 1;
  }
  return at === body.length - 1;
}
