/**
 * Finds where the transactions of a binary log begin, while its bytes are being read. It doesn't read their content.
 * Pure. Format: MySQL Internals, "Binary Log Event"; MariaDB Knowledge Base, "Gtid_event".
 */
import { RestoreError } from '../../errors/errors.ts';

const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const ENCRYPTED_MAGIC = Buffer.from([0xfd, 0x62, 0x69, 0x6e]);
/** time u32 · type u8 · server id u32 · size u32, header included · position after it u32 · flags u16; little-endian. */
const HEADER_BYTES = 19;
/** How much of an event is read: for MySQL's GTID event, flags u8 · uuid [16] · number i64. */
const HEAD_BYTES = HEADER_BYTES + 25;

const QUERY = 2;
const STOP = 3;
const ROTATE = 4;
const MYSQL_GTID = 33;
const MYSQL_ANONYMOUS = 34;
const MYSQL_TAGGED_GTID = 42;
const MARIADB_GTID = 162;
const START_ENCRYPTION = 164;
const BEGINS = [MARIADB_GTID, MYSQL_GTID, MYSQL_ANONYMOUS, MYSQL_TAGGED_GTID];

export interface LoggedTransaction {
  /** The byte position of its first event, which is also the end of the previous transaction. */
  position: number;
  /**
   * When its commit (or its only statement) began, in whole seconds since 1970: a binary log has no more precise time.
   */
  seconds: number;
  /** `0-1-100` of MariaDB, `uuid:7` of MySQL; null if it has none, or one with a tag. */
  gtid: string | null;
}

export class BinaryLogReader {
  readonly #name: string;
  #rest: Buffer = Buffer.alloc(0);
  /** Position of the first byte of `#rest`, and thus of the next bytes. */
  #position = 0;
  /** The bytes of a skipped event that haven't arrived yet. */
  #skip = 0;
  #began = false;
  #closed = false;

  /** @param name for messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Whether its last event says that the server closed the log and continued with another one, or stopped. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Takes the next bytes.
   * @returns the transactions that begin in them.
   * @throws RestoreError if it isn't a binary log, or if it can't be read without the server's own keys.
   */
  push(chunk: Buffer): LoggedTransaction[] {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    this.#position += skipped;
    const bytes = Buffer.concat([this.#rest, chunk.subarray(skipped)]);
    let at = 0;
    if (this.#position === 0) {
      if (bytes.length < MAGIC.length) return this.#keep(bytes, 0);
      this.#checkMagic(bytes.subarray(0, MAGIC.length));
      at = MAGIC.length;
    }
    const found: LoggedTransaction[] = [];
    while (at < bytes.length) {
      const event = bytes.subarray(at);
      if (event.length < HEADER_BYTES) break;
      const type = event.readUInt8(4);
      const size = event.readUInt32LE(9);
      if (size < HEADER_BYTES) throw this.#damaged(this.#position + at);
      if (BEGINS.includes(type) && event.length < HEAD_BYTES) break;
      this.#look(type);
      if (BEGINS.includes(type)) {
        found.push({ position: this.#position + at, seconds: event.readUInt32LE(0), gtid: readGtid(type, event) });
      }
      at += size;
    }
    this.#keep(bytes, at);
    return found;
  }

  #look(type: number): void {
    if (type === START_ENCRYPTION) throw this.#encrypted();
    this.#closed = type === ROTATE || type === STOP;
    if (BEGINS.includes(type)) this.#began = true;
    if (type !== QUERY || this.#began) return;
    throw new RestoreError(
      `${this.#name} does not say where its transactions begin: a server before MySQL 5.7 wrote it`,
      {
        hint: 'Restore to the state of a backup, without replaying binary logs.',
      },
    );
  }

  #keep(bytes: Buffer, from: number): [] {
    this.#skip += Math.max(0, from - bytes.length);
    this.#rest = bytes.subarray(Math.min(from, bytes.length));
    this.#position += Math.min(from, bytes.length);
    return [];
  }

  #checkMagic(magic: Buffer): void {
    if (magic.equals(MAGIC)) return;
    if (magic.equals(ENCRYPTED_MAGIC)) throw this.#encrypted();
    throw new RestoreError(`${this.#name} is not a binary log: it does not begin like one`, {
      hint: "Archive binary logs exactly as they are in the server's directory, neither compressed nor changed.",
    });
  }

  #encrypted(): RestoreError {
    return new RestoreError(`${this.#name} is encrypted by the database server`, {
      hint: "Restore to the state of a backup: encrypted binary logs can't be replayed without the server's keys.",
    });
  }

  #damaged(position: number): RestoreError {
    return new RestoreError(`${this.#name} is damaged: there is no event at position ${position}`, {
      hint: 'Archive the binary log again if the server still has it, or restore to a point before this one.',
    });
  }
}

function readGtid(type: number, event: Buffer): string | null {
  if (type === MARIADB_GTID) {
    const number = event.readBigUInt64LE(HEADER_BYTES);
    return `${event.readUInt32LE(HEADER_BYTES + 8)}-${event.readUInt32LE(5)}-${number}`;
  }
  if (type !== MYSQL_GTID) return null;
  const uuid = event.toString('hex', HEADER_BYTES + 1, HEADER_BYTES + 17);
  return `${uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}:${event.readBigInt64LE(HEADER_BYTES + 17)}`;
}
