/**
 * Reads xbstream, the format in which XtraBackup and Mariabackup (there called mbstream) stream a backup, while its bytes
 * arrive. It checks every chunk, and keeps the content of only a few small files. Pure. Memory is bounded, except for 8 bytes
 * per file.
 *
 *     chunk  = "XBSTCK01" · flags u8 · type u8 · path length u32 · path · rest
 *     rest   = for P: payload length u64 · offset in the file u64 · CRC-32 of the payload u32 · payload
 *              for E (the end of a file) and D (remove the file): nothing
 *              for S, MariaDB: offset u64 at which the file goes on
 *              for S, XtraBackup: number of holes u32 · length, offset and CRC-32 as for P · holes · payload
 *              for R (rename the file): path length u32 · its new path
 *     hole   = bytes to skip u32 · bytes of payload behind them u32; the CRC-32 is over holes and payload
 *
 * All numbers are little-endian, the CRC-32 is zlib's. Chunks of several files may alternate; those of one file are in order
 * and without gaps, except with S. A file may occur once, unless its flags have bit 2: then it replaces the earlier one. R and
 * D are only for files that have ended; if the file does not exist, they have no effect. Nothing marks the end of the stream.
 *
 * This reader also refuses some streams that mbstream accepts: if a file occurs twice, or its path leads out of the directory,
 * mbstream stops half-way and still exits with 0.
 *
 * Sources: extra/mariabackup/xbstream{,_read,_write}.cc of MariaDB (S, R, D and bit 2 since 10.11, compared with its mbstream);
 * storage/innobase/xtrabackup/src/xbstream{,_read}.cc of Percona XtraBackup 8.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DecompressError } from '../../errors/errors.ts';

export const XBSTREAM_MAGIC = Buffer.from('XBSTCK01');

/** Magic, flags, type and path length. */
const FIXED_BYTES = XBSTREAM_MAGIC.length + 1 + 1 + 4;
/** Payload length, offset and CRC-32. */
const PIECE_BYTES = 8 + 8 + 4;
const HOLE_BYTES = 8;
const SEEK_BYTES = 8;
/** No tool accepts a path longer than FN_REFLEN. */
const LONGEST_PATH = 511;
/** A chunk of XtraBackup's holds 10 MiB by default, with at most one hole every 4 KiB: this is many times that. */
const MOST_HOLES = 1_000_000;
/** A tool has one file open for each of its threads, and its log. */
const MOST_OPEN_FILES = 10_000;
/** How much of a file is kept, in bytes. The requested files have a few hundred bytes. */
const KEPT_BYTES = 64 * 1024;

const PIECE = 'P';
const END_OF_FILE = 'E';
/** MariaDB and XtraBackup use it differently. */
const SEEK_OR_SPARSE = 'S';
const RENAME = 'R';
const REMOVE = 'D';
const TYPES = [PIECE, END_OF_FILE, SEEK_OR_SPARSE, RENAME, REMOVE];

/** The file replaces an earlier one with the same name. */
const REWRITE_FLAG = 0x02;

interface Chunk {
  path: string;
  payloadBytes: number;
  /** The position in the file of the payload's next byte, without holes. */
  position: number;
  /** The position in the file at which the payload ends. */
  endsAt: number;
  /** The expected value at the end. */
  expectedCrc: number;
  crc: number;
  leftBytes: number;
}

export class XbstreamReader {
  readonly #isKept: (path: string) => boolean;
  readonly #kept = new Map<string, Buffer>();
  /** The expected position of the next chunk of each file that hasn't ended. */
  readonly #open = new Map<string, number>();
  /** All files so far, as 53 bits of a hash each: among a million files, the chance that two collide is 1 in 18,000. */
  readonly #files = new Set<number>();
  /** The position in the stream, not counting what is in `#head`. */
  #position = 0;
  #head: Buffer = Buffer.alloc(0);
  /** The chunk whose payload is being read. */
  #chunk: Chunk | undefined;

  /** @param isKept whether to keep the first 64 KiB of a file. */
  constructor(isKept: (path: string) => boolean) {
    this.#isKept = isKept;
  }

  /** The kept contents, by the files' paths. */
  get kept(): ReadonlyMap<string, Buffer> {
    return this.#kept;
  }

  /** The number of files so far. */
  get files(): number {
    return this.#files.size;
  }

  /** Takes the next bytes, of any length. @throws DecompressError */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#chunk !== undefined) {
        const payload = bytes.subarray(at, at + this.#chunk.leftBytes);
        at += payload.length;
        this.#position += payload.length;
        this.#takePayload(this.#chunk, payload);
        continue;
      }
      const wanted = this.#headBytes() - this.#head.length;
      const more = bytes.subarray(at, at + wanted);
      at += more.length;
      this.#head = Buffer.concat([this.#head, more]);
      if (more.length === wanted && this.#headBytes() === this.#head.length) this.#takeHead();
    }
  }

  /** @throws DecompressError if the stream ends within a chunk, or before the end of a file. */
  end(): void {
    if (this.#chunk !== undefined) throw cut(`it ends in the middle of ${this.#chunk.path}`);
    if (this.#head.length > 0) throw cut('it ends in the middle of a chunk');
    const [path, ...others] = this.#open.keys();
    if (path === undefined) return;
    throw cut(`it ends before the end of ${path}${others.length === 0 ? '' : ` and of ${others.length} other files`}`);
  }

  /** How many bytes the next chunk's head has, as far as its bytes so far show. */
  #headBytes(): number {
    const head = this.#head;
    if (head.length < FIXED_BYTES) return FIXED_BYTES;
    if (!head.subarray(0, XBSTREAM_MAGIC.length).equals(XBSTREAM_MAGIC)) {
      throw this.#damaged('there is something else where a chunk should begin');
    }
    const type = typeOf(head);
    if (!TYPES.includes(type)) {
      throw this.#damaged(`a chunk has the type 0x${head.subarray(9, 10).toString('hex')}, which no tool unpacks`);
    }
    const pathBytes = head.readUInt32LE(10);
    if (pathBytes === 0 || pathBytes > LONGEST_PATH) {
      throw this.#damaged(`a chunk belongs to a file whose name has ${pathBytes} bytes`);
    }
    const pathEnd = FIXED_BYTES + pathBytes;
    switch (type) {
      case PIECE:
        return pathEnd + PIECE_BYTES;
      case SEEK_OR_SPARSE:
        // another chunk follows a seek; its magic shows which of the two forms it is
        if (head.length < pathEnd + SEEK_BYTES + XBSTREAM_MAGIC.length) {
          return pathEnd + SEEK_BYTES + XBSTREAM_MAGIC.length;
        }
        return isSeek(head, pathEnd) ? head.length : pathEnd + 4 + PIECE_BYTES + this.#holesOf(head, pathEnd);
      case RENAME:
        if (head.length < pathEnd + 4) return pathEnd + 4;
        return pathEnd + 4 + Math.min(head.readUInt32LE(pathEnd), LONGEST_PATH + 1);
      default:
        return pathEnd;
    }
  }

  /** @returns the bytes that the holes take. */
  #holesOf(head: Buffer, at: number): number {
    const holes = head.readUInt32LE(at);
    if (holes > MOST_HOLES) throw this.#damaged(`a chunk has ${holes} holes`);
    return holes * HOLE_BYTES;
  }

  /** Takes a complete head. */
  #takeHead(): void {
    const head = this.#head;
    const pathEnd = FIXED_BYTES + head.readUInt32LE(10);
    const path = this.#pathIn(head.subarray(FIXED_BYTES, pathEnd));
    const type = typeOf(head);
    const seeks = type === SEEK_OR_SPARSE && isSeek(head, pathEnd);
    if (type === REMOVE) this.#remove(path);
    else if (type === RENAME) this.#rename(path, this.#pathIn(head.subarray(pathEnd + 4)));
    else {
      if (!this.#open.has(path)) this.#begin(path, (head.readUInt8(8) & REWRITE_FLAG) !== 0);
      if (type === END_OF_FILE) this.#open.delete(path);
      else if (seeks) this.#open.set(path, Number(head.readBigUInt64LE(pathEnd)));
      else this.#beginPiece(this.#pieceOf(path, head, pathEnd + (type === SEEK_OR_SPARSE ? 4 : 0)));
    }
    // for a seek, the next chunk's magic has already been read
    const used = seeks ? pathEnd + SEEK_BYTES : head.length;
    this.#position += used;
    this.#head = head.subarray(used);
  }

  #pathIn(bytes: Buffer): string {
    const path = bytes.toString('latin1');
    if (bytes.length > LONGEST_PATH || !staysBelow(path)) {
      throw this.#damaged(`a chunk belongs to ${JSON.stringify(path)}, which is outside of the backup`);
    }
    return path;
  }

  #beginPiece(chunk: Chunk): void {
    this.#chunk = chunk;
    if (chunk.payloadBytes === 0) this.#takePayload(chunk, Buffer.alloc(0));
  }

  /** @param at where the payload's length is in the head. */
  #pieceOf(path: string, head: Buffer, at: number): Chunk {
    const payloadBytes = Number(head.readBigUInt64LE(at));
    const offset = head.readBigUInt64LE(at + 8);
    const holes = head.subarray(at + PIECE_BYTES);
    let skipped = 0;
    let filled = 0;
    for (let hole = 0; hole < holes.length; hole += HOLE_BYTES) {
      skipped += holes.readUInt32LE(hole);
      filled += holes.readUInt32LE(hole + 4);
    }
    if (holes.length > 0 && filled !== payloadBytes) {
      throw this.#damaged(`a chunk of ${payloadBytes} bytes of ${path} has holes around ${filled}`);
    }
    const beginsAt = this.#open.get(path) ?? 0;
    if (offset !== BigInt(beginsAt)) {
      throw this.#damaged(`the chunk of ${path} from byte ${beginsAt} is missing: the next one begins at ${offset}`);
    }
    return {
      ...{ path, payloadBytes, position: beginsAt, endsAt: beginsAt + skipped + payloadBytes },
      ...{ expectedCrc: head.readUInt32LE(at + 16), crc: crc32(holes), leftBytes: payloadBytes },
    };
  }

  #takePayload(chunk: Chunk, payload: Buffer): void {
    chunk.crc = crc32(payload, chunk.crc);
    chunk.leftBytes -= payload.length;
    this.#keep(chunk, payload);
    chunk.position += payload.length;
    if (chunk.leftBytes > 0) return;
    if (chunk.crc !== chunk.expectedCrc) throw this.#damaged(`the CRC-32 of a chunk of ${chunk.path} is wrong`);
    this.#open.set(chunk.path, chunk.endsAt);
    this.#chunk = undefined;
  }

  /** @param rewrites whether it replaces an existing one. */
  #begin(path: string, rewrites: boolean): void {
    const hash = hashOf(path);
    if (this.#files.has(hash) && !rewrites) throw this.#damaged(`${path} is there twice`);
    this.#files.add(hash);
    if (this.#open.size >= MOST_OPEN_FILES) throw this.#damaged(`more than ${MOST_OPEN_FILES} files have no end`);
    this.#open.set(path, 0);
    if (this.#isKept(path)) this.#kept.set(path, Buffer.alloc(0));
  }

  #remove(path: string): void {
    if (this.#open.has(path)) throw this.#damaged(`${path} is removed before its end`);
    this.#files.delete(hashOf(path));
    this.#kept.delete(path);
  }

  #rename(path: string, to: string): void {
    const open = [path, to].find((one) => this.#open.has(one));
    if (open !== undefined) throw this.#damaged(`${path} is renamed to ${to}, and ${open} has not ended`);
    if (!this.#files.has(hashOf(path))) return;
    const kept = this.#kept.get(path);
    this.#remove(path);
    this.#remove(to);
    this.#files.add(hashOf(to));
    if (kept !== undefined && this.#isKept(to)) this.#kept.set(to, kept);
  }

  #keep({ path, position }: Chunk, payload: Buffer): void {
    const before = this.#kept.get(path);
    const part = payload.subarray(0, Math.max(0, KEPT_BYTES - position));
    if (before === undefined || part.length === 0) return;
    const after = Buffer.alloc(Math.max(before.length, position + part.length));
    before.copy(after);
    part.copy(after, position);
    this.#kept.set(path, after);
  }

  #damaged(what: string): DecompressError {
    return new DecompressError(`the archive is damaged at byte ${this.#position} of its stream: ${what}`, {
      hint: 'Restore another backup, and check the storage: the object was damaged, or is not what the backup tool wrote.',
    });
  }
}

/**
 * Whether a chunk of type S is MariaDB's.
 * @param at where its rest begins.
 */
function isSeek(head: Buffer, at: number): boolean {
  const next = at + SEEK_BYTES;
  return head.subarray(next, next + XBSTREAM_MAGIC.length).equals(XBSTREAM_MAGIC);
}

function typeOf(head: Buffer): string {
  return head.toString('latin1', 9, 10);
}

/** Whether a path leads to a file below the directory that an archive is unpacked into. */
function staysBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => !['', '.', '..'].includes(part));
}

function hashOf(path: string): number {
  const hash = createHash('sha256').update(path, 'latin1').digest();
  return hash.readUInt32BE(0) * 2 ** 21 + (hash.readUInt32BE(4) >>> 11);
}

function cut(what: string): DecompressError {
  return new DecompressError(`the archive is incomplete: ${what}`, {
    hint: 'Restore another backup: this one was not finished, or was cut off later.',
  });
}
