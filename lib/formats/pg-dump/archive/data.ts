/**
 * Walks over the data blocks of a custom-format archive without keeping any of them (`_StartData`, `_StartLOs`,
 * `_skipData`, `_skipLOs` of pg_backup_custom.c): a block is its type, the entry's dumpId, and chunks with their
 * lengths up to a length of zero; a block of large objects is an OID and such chunks for each, up to an OID of zero.
 *
 * This is a loop over states, not a generator, because there are millions of chunks: pg_dump writes chunks of 4 KiB, or
 * one for each row if it doesn't compress.
 */
import { endsHalfWay, notSound, type Toc } from './format.ts';

const BLOCK_DATA = 1;
const BLOCK_LARGE_OBJECTS = 3;

type State = 'type' | 'dumpId' | 'oid' | 'length' | 'chunk';

/**
 * Called for each block when it ends, with the positions in the archive of its type byte and of the byte after its last
 * one.
 */
export type OnBlock = (dumpId: number, start: number, end: number) => void;

export class DataWalker {
  readonly #intBytes: number;
  readonly #onBlock: OnBlock;
  /** Where in the archive the next chunk begins. */
  #position: number;
  #blockStart = 0;
  #dumpId = 0;
  /** Entries whose block hasn't begun yet: dumpId → its name. */
  readonly #missing = new Map<number, string>();
  #state: State = 'type';
  /** How many bytes the state still needs, of the integer or of the skipped chunk. */
  #left = 1;
  #integer = 0;
  #scale = 1;
  #negative = false;
  #largeObjects = false;
  #current = '';

  /**
   * @param intSize bytes of an integer, without its sign byte
   * @param position where the first block begins
   */
  constructor(toc: Toc, intSize: number, position: number, onBlock: OnBlock) {
    this.#intBytes = intSize + 1;
    this.#position = position;
    this.#onBlock = onBlock;
    for (const { dumpId, hasData, desc, namespace, tag } of toc.entries) {
      if (hasData) this.#missing.set(dumpId, `${desc} ${namespace === '' ? '' : `${namespace}.`}${tag}`);
    }
  }

  /** @throws DecompressError at bytes that can't be valid here */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'chunk') {
        const step = Math.min(this.#left, chunk.length - at);
        at += step;
        this.#left -= step;
        if (this.#left === 0) this.#expectInt('length');
      } else if (this.#state === 'type') {
        this.#blockStart = this.#position + at;
        this.#blockType(chunk[at++] ?? 0);
      } else {
        this.#intByte(chunk[at++] ?? 0);
        if (this.#left > 0) continue;
        this.#integerRead(this.#negative ? -this.#integer : this.#integer);
        if (this.#blockEnded()) this.#onBlock(this.#dumpId, this.#blockStart, this.#position + at);
      }
    }
    this.#position += chunk.length;
  }

  /** @throws DecompressError if a block is missing or incomplete */
  end(): void {
    if (this.#state !== 'type') throw endsHalfWay(`it stops inside ${this.#current}`);
    const [first] = this.#missing.values();
    if (first === undefined) return;
    const others = this.#missing.size === 1 ? '' : ` and of ${this.#missing.size - 1} more`;
    throw endsHalfWay(`the data of ${first}${others} is missing`);
  }

  /** This isn't a plain comparison in the code, because the compiler assumes that a call doesn't change the state. */
  #blockEnded(): boolean {
    return this.#state === 'type';
  }

  #blockType(type: number): void {
    if (this.#missing.size === 0) throw notSound('bytes follow its last entry');
    if (type !== BLOCK_DATA && type !== BLOCK_LARGE_OBJECTS) throw notSound(`it has a data block of type ${type}`);
    this.#largeObjects = type === BLOCK_LARGE_OBJECTS;
    this.#current = 'the head of a data block';
    this.#expectInt('dumpId');
  }

  #expectInt(state: 'dumpId' | 'oid' | 'length'): void {
    this.#state = state;
    this.#left = this.#intBytes;
    this.#integer = 0;
    this.#scale = 1;
  }

  #intByte(byte: number): void {
    if (this.#left-- === this.#intBytes) {
      this.#negative = byte !== 0;
    } else {
      this.#integer += byte * this.#scale;
      this.#scale *= 256;
    }
  }

  #integerRead(value: number): void {
    if (this.#state === 'dumpId') {
      const name = this.#missing.get(value);
      if (name === undefined) throw notSound(`it has a data block for entry ${value}, which has none or had it before`);
      this.#missing.delete(value);
      this.#current = name;
      this.#dumpId = value;
      this.#expectInt(this.#largeObjects ? 'oid' : 'length');
    } else if (this.#state === 'oid') {
      // OIDs are unsigned, but written as signed integers, so those from 2^31 on are read as negative numbers.
      if (value === 0) this.#state = 'type';
      else this.#expectInt('length');
    } else if (value < 0) {
      throw notSound(`${this.#current} has a chunk of ${value} bytes`);
    } else if (value > 0) {
      this.#state = 'chunk';
      this.#left = value;
    } else if (this.#largeObjects) {
      this.#expectInt('oid');
    } else {
      this.#state = 'type';
    }
  }
}
