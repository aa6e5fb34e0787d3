/**
 * Detects when a MySQL or MariaDB server asks the client for a file, which is how LOAD DATA LOCAL works: whatever the
 * client was told to do, the server names the file. Pure. Format: MySQL's client/server protocol, "Protocol::Packet"
 * and "LOCAL INFILE Request", without TLS and compression.
 */

/** length u24 · sequence u8; little-endian. */
const HEADER_BYTES = 4;
const FILE_REQUEST = 0xfb;
/** Longer names than this (PATH_MAX) are cut, because no file has such a name. */
const LONGEST_NAME_BYTES = 4096;

export class FileRequests {
  #header = Buffer.alloc(0);
  /** The rest of the packet whose header was read. */
  #left = 0;
  #atStart = false;
  /** The part of the name that has arrived; undefined if no file is being requested. */
  #name: Buffer | undefined;

  /**
   * Takes the next bytes; pass them on only after checking the names.
   * @returns the files requested in packets that end within these bytes.
   */
  push(chunk: Buffer): string[] {
    const names: string[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        const missing = HEADER_BYTES - this.#header.length;
        this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + missing)]);
        at += missing;
        if (this.#header.length < HEADER_BYTES) break;
        this.#left = this.#header.readUIntLE(0, 3);
        this.#header = Buffer.alloc(0);
        this.#atStart = true;
        continue;
      }
      const payload = chunk.subarray(at, at + this.#left);
      // a row with a single NULL column consists of this byte alone
      if (this.#atStart && payload[0] === FILE_REQUEST && this.#left > 1) this.#name = Buffer.alloc(0);
      if (this.#name !== undefined) {
        const text = payload.subarray(this.#atStart ? 1 : 0);
        this.#name = Buffer.concat([this.#name, text]).subarray(0, LONGEST_NAME_BYTES);
      }
      this.#atStart = false;
      this.#left -= payload.length;
      at += payload.length;
      if (this.#left > 0 || this.#name === undefined) continue;
      names.push(this.#name.toString('utf8'));
      this.#name = undefined;
    }
    return names;
  }
}
