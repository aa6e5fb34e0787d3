/**
 * The head and the table of contents of a custom-format archive: `ReadHead`, `ReadToc`, `ReadInt`, `ReadStr` of
 * pg_backup_archiver.c and `_ReadExtraToc` of pg_backup_custom.c.
 */

import { RestoreError } from '../../../errors/errors.ts';
import type { ByteQueue } from './byte-queue.ts';
import { type DatabaseLocale, localeOf } from './database-locale.ts';
import { layoutKnown, notSound, OLDEST_MINOR, type Toc, type TocEntry } from './format.ts';
import { ArchiveJudge, notAccepted } from './judge.ts';
import { describesOwn } from './own-entries.ts';
import { superuserDemand } from './superuser-demand.ts';
import { type DecodeText, decodeSafe, textDecoder } from './text-decoder.ts';

/** Longer names and version texts mean garbage. */
const LONGEST_NAME_BYTES = 1024 * 1024;
/**
 * The maximum size of an object's definition, or of the statement that drops it. This much is held in memory to check
 * it.
 */
const LONGEST_STATEMENTS_BYTES = 64 * 1024 * 1024;
/** These are an `int` in pg_restore's C code. */
const LARGEST_INT = 2 ** 31 - 1;
const MOST_ENTRIES = 100_000_000;
/** The kinds of entries whose definition is kept, because its content matters. */
const DEFINITIONS_KEPT = new Set([
  ...[
    'INDEX',
    'INDEX ATTACH',
    'FK CONSTRAINT',
    'ACL',
    'DEFAULT ACL',
    'SCHEMA',
    'EXTENSION',
    'FOREIGN DATA WRAPPER',
    'EVENT TRIGGER',
  ],
  ...['POLICY', 'PUBLICATION', 'PUBLICATION TABLES IN SCHEMA', 'BLOB METADATA', 'TYPE', 'COLLATION'],
]);
/** For these kinds, entries are kept if they are about objects that the restoring user creates itself. */
const DESCRIPTIONS = new Set(['COMMENT', 'SECURITY LABEL']);
/** SQL functions that have a FROM in their parentheses, which reads no table. */
const FROM_OF_FUNCTION = /\b(?:extract|substring|trim|overlay)\s*\([^()]*\bfrom\b/gi;

const FORMAT_CUSTOM = 1;
const COMPRESSIONS = ['none', 'gzip', 'lz4', 'zstd'] as const;
/**
 * `K_OFFSET_NO_DATA`: this entry has no block. The other states say whether its position is known, which doesn't matter
 * here.
 */
export const OFFSET_NO_DATA = 3;
/** `K_OFFSET_POS_SET`: the block's position follows. */
export const OFFSET_SET = 2;

export interface Head {
  readonly major: number;
  readonly minor: number;
  /** Bytes of an integer, without its sign byte. */
  readonly intSize: number;
  readonly offsetSize: number;
}

/** Any pg_restore would run such an archive, but its entries can't be checked. */
function tooOld(version: string): RestoreError {
  return new RestoreError(`an archive of version ${version} is not accepted: pg_dump before 9.0 wrote it`, {
    hint: 'Load it into a scratch server with pg_restore, and dump that one with a current pg_dump.',
  });
}

type Reading<T> = Generator<void, T, void>;

/**
 * Reads the first ten bytes: version and sizes. These are always in the same place, so this also reads archives of a
 * newer pg_dump, in which everything after them may differ.
 * @throws DecompressError if the bytes can't be a custom-format archive
 */
export function* readHead(bytes: ByteQueue): Reading<Head> {
  const magic = yield* bytes.take(5);
  if (magic.toString('latin1') !== 'PGDMP') throw notSound('it does not open with PGDMP');
  const [major = 0, minor = 0] = yield* bytes.take(3);
  if (major < 1 || (major === 1 && minor < OLDEST_MINOR)) throw tooOld(`${major}.${minor}`);
  if (!layoutKnown(major, minor)) return { major, minor, intSize: 0, offsetSize: 0 };
  const [intSize = 0, offsetSize = 0, format = 0] = yield* bytes.take(3);
  if (intSize < 1 || intSize > 8) throw notSound(`its integers have ${intSize} bytes`);
  if (offsetSize < 1 || offsetSize > 16) throw notSound(`its offsets have ${offsetSize} bytes`);
  // The toc.dat of a directory (format 5) begins with the same head, and so does that of a tar (3).
  if (format !== FORMAT_CUSTOM) throw notSound('it is the table of contents of a dump in another format than custom');
  return { major, minor, intSize, offsetSize };
}

/** A signed integer: its sign byte, then its bytes, least significant first. */
function* readInt(bytes: ByteQueue, head: Head): Reading<number> {
  const raw = yield* bytes.take(head.intSize + 1);
  let value = 0;
  for (let i = head.intSize; i >= 1; i--) value = value * 256 + (raw[i] ?? 0);
  if (value > LARGEST_INT) throw notSound(`it has the integer ${value}`);
  return raw[0] === 0 ? value : -value;
}

/** Reads a length and its bytes. Null is written as the length -1. */
function* readText(
  bytes: ByteQueue,
  head: Head,
  longest = LONGEST_NAME_BYTES,
  decode = decodeSafe,
): Reading<string | null> {
  const length = yield* readInt(bytes, head);
  if (length < 0) return null;
  if (length > longest) {
    throw notSound(`it has a ${longest === LONGEST_NAME_BYTES ? 'name' : 'text'} of ${length} bytes`);
  }
  return decode(yield* bytes.take(length));
}

function* readCompression(bytes: ByteQueue, head: Head): Reading<Toc['compression']> {
  if (head.minor < 15) return (yield* readInt(bytes, head)) === 0 ? 'none' : 'gzip';
  const [algorithm = 0] = yield* bytes.take(1);
  const name = COMPRESSIONS[algorithm];
  if (name === undefined) throw notSound(`it has the unknown compression ${algorithm}`);
  return name;
}

/** `SET client_encoding = 'UTF8';` */
function encodingOf(definition: string): string {
  return /client_encoding = '([^']*)'/.exec(definition)?.[1] ?? '';
}

function* readDependencies(bytes: ByteQueue, head: Head): Reading<number[]> {
  const dependencies: number[] = [];
  for (;;) {
    const dumpId = yield* readText(bytes, head);
    if (dumpId === null) return dependencies;
    dependencies.push(Number(dumpId));
  }
}

function writeInt(toc: Buffer, at: number, value: number, intSize: number): number {
  let left = Math.abs(value);
  toc[at] = value < 0 ? 1 : 0;
  for (let byte = 1; byte <= intSize; byte++, left = Math.floor(left / 256)) toc[at + byte] = left % 256;
  return at + 1 + intSize;
}

/**
 * Writes another list of dependencies over an entry's own, filling the same space: `ReadToc` reads each with `sscanf(…,
 * "%d", …)`, which ignores leading zeros.
 * @param toc the archive's first bytes
 * @returns false if there is too little space, and nothing was written
 */
export function writeDependencies(
  toc: Buffer,
  intSize: number,
  { dependenciesAt, offsetAt }: Pick<TocEntry, 'dependenciesAt' | 'offsetAt'>,
  dependencies: readonly number[],
): boolean {
  const texts = dependencies.map(String);
  const lengths = 1 + intSize; // includes the -1 that ends the list
  const spare = offsetAt - dependenciesAt - texts.reduce((sum, text) => sum + lengths + text.length, lengths);
  if (spare < 0) return false;
  const last = texts.pop() as string;
  texts.push(last.padStart(last.length + spare, '0'));
  let at = dependenciesAt;
  for (const text of texts) {
    at = writeInt(toc, at, text.length, intSize);
    at += toc.write(text, at, 'latin1');
  }
  writeInt(toc, at, -1, intSize);
  return true;
}

interface ReadEntry {
  entry: TocEntry;
  /** The definition, or its beginning, which is enough for an ENCODING entry. */
  text: string;
}

/**
 * Reads and checks one entry.
 * @param shared returns one instance for equal texts, so that a schema's or owner's name is in memory only once
 * @throws RestoreError for statements that pg_dump wouldn't write
 */
function* readEntry(
  bytes: ByteQueue,
  head: Head,
  judge: ArchiveJudge,
  shared: (text: string) => string,
  decodeText: DecodeText,
): Reading<ReadEntry> {
  const dumpId = yield* readInt(bytes, head);
  if (dumpId <= 0) throw notSound(`an entry of its table of contents has the number ${dumpId}`);
  const hadDumper = (yield* readInt(bytes, head)) !== 0; // whether it has data: the state at the end says so too
  yield* readText(bytes, head); // OID of the catalog
  yield* readText(bytes, head); // OID of the object
  const decode: DecodeText = (raw) => {
    try {
      return decodeText(raw);
    } catch {
      throw notAccepted(
        { dumpId, desc: '', namespace: '', tag: '' },
        "it has a text that isn't in the archive's encoding",
      );
    }
  };
  const tag = (yield* readText(bytes, head, LONGEST_NAME_BYTES, decode)) ?? '';
  const desc = shared((yield* readText(bytes, head)) ?? '');
  yield* readInt(bytes, head); // section
  const text = (yield* readText(bytes, head, LONGEST_STATEMENTS_BYTES, decode)) ?? '';
  const isKept = DEFINITIONS_KEPT.has(desc) || (DESCRIPTIONS.has(desc) && describesOwn(tag));
  const definition = isKept ? text : '';
  const readsTables = desc === 'FUNCTION' && /\bfrom\b/i.test(text.replace(FROM_OF_FUNCTION, ''));
  const drop = (yield* readText(bytes, head, LONGEST_STATEMENTS_BYTES, decode)) ?? '';
  const copy = (yield* readText(bytes, head, LONGEST_STATEMENTS_BYTES, decode)) ?? '';
  const namespace = shared((yield* readText(bytes, head, LONGEST_NAME_BYTES, decode)) ?? '');
  const tablespace = shared((yield* readText(bytes, head, LONGEST_NAME_BYTES, decode)) ?? '');
  if (head.minor >= 14) yield* readText(bytes, head); // table access method
  if (head.minor >= 16) yield* readInt(bytes, head); // relkind
  const owner = shared((yield* readText(bytes, head, LONGEST_NAME_BYTES, decode)) ?? '');
  yield* readText(bytes, head); // "with OIDs"
  const dependenciesAt = bytes.position;
  const dependencies = yield* readDependencies(bytes, head);
  const offsetAt = bytes.position;
  const [dataState = 0] = yield* bytes.take(1);
  yield* bytes.skip(head.offsetSize);
  if (dataState < 1 || dataState > OFFSET_NO_DATA) throw notSound(`entry ${dumpId} has the data state ${dataState}`);
  const hasData = dataState !== OFFSET_NO_DATA;
  judge.judge({ dumpId, desc, namespace, tag, definition: text, drop, copy, hasData: hasData || hadDumper });
  const demand = superuserDemand({ desc, tag, definition: text }, judge.standardStrings);
  const places = { dependenciesAt, offsetAt };
  const names = { desc, namespace, tag, owner, tablespace };
  const texts = { definition, drop, readsTables, demand };
  return { entry: { dumpId, ...names, hasData, ...places, ...texts, dependencies }, text };
}

function interner(): (text: string) => string {
  const seen = new Map<string, string>();
  return (text) => {
    const known = seen.get(text);
    if (known !== undefined) return known;
    seen.set(text, text);
    return text;
  };
}

/**
 * Reads from after the head to the first byte of data, for versions whose layout is known.
 * @throws DecompressError for bytes that pg_dump can't have written; RestoreError for a statement that it doesn't write
 */
export function* readToc(bytes: ByteQueue, head: Head): Reading<Toc> {
  const compression = yield* readCompression(bytes, head);
  // when it was created: from the second to the year, and daylight saving time
  for (let i = 0; i < 7; i++) yield* readInt(bytes, head);
  const databaseName = (yield* readText(bytes, head)) ?? '';
  const serverVersion = (yield* readText(bytes, head)) ?? '';
  const dumpVersion = (yield* readText(bytes, head)) ?? '';
  const count = yield* readInt(bytes, head);
  if (count < 0 || count > MOST_ENTRIES) throw notSound(`its table of contents has ${count} entries`);
  const shared = interner();
  const judge = new ArchiveJudge();
  const entries: TocEntry[] = [];
  let encoding = '';
  let locale: DatabaseLocale | undefined;
  let decode = decodeSafe;
  for (let i = 0; i < count; i++) {
    const { entry, text } = yield* readEntry(bytes, head, judge, shared, decode);
    if (entry.desc === 'ENCODING') {
      encoding = encodingOf(text);
      decode = textDecoder(encoding) ?? decodeSafe;
    } else if (entry.desc === 'DATABASE') locale = localeOf(text);
    entries.push(entry);
  }
  judge.end();
  const version = `${head.major}.${head.minor}`;
  const { standardStrings } = judge;
  return { version, serverVersion, dumpVersion, databaseName, encoding, locale, standardStrings, compression, entries };
}
