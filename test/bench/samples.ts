/** The benchmark's data: deterministic, made if missing, and kept between runs. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { deriveKey } from '../../lib/pipeline/decryption/derive-key.ts';
import { randomNumbers } from '../support/chunks.ts';
import { END_MARK, frame, SALT } from '../support/jagad-stream.ts';

/** Where the data is kept. It may be deleted at any time. */
export const SAMPLES_DIRECTORY = join(tmpdir(), 'jagad-restore-bench');

export const MASTER_KEY = 'the key of the benchmark';
export const KEYS = [{ id: 'benchmark', masterKey: MASTER_KEY }];

const MIB = 1024 * 1024;
const DUMP_BYTES = 1024 * MIB;
const ROWS_A_STATEMENT = 1000;
const WORDS = 'backup restore order customer invoice frame counter object bucket street shipment payment'.split(' ');
/** One frame is one write of Go's gzip. */
const FRAME_TEXT_BYTES = 240;

export interface Sample {
  path: string;
  bytes: number;
}

export interface DumpSample {
  /** Of the dump itself, which is not kept. */
  dumpBytes: number;
  compressed: Sample;
  encrypted: Sample;
}

/** A dump of 1 GiB times `scale`, compressed as gzip does by default, and encrypted as Jagad does. */
export async function dumpSample(scale: number): Promise<DumpSample> {
  await mkdir(SAMPLES_DIRECTORY, { recursive: true });
  const dumpBytes = Math.round(DUMP_BYTES * scale);
  const compressed = await kept(`dump-${dumpBytes}.sql.gz`, () => Readable.from(dump(dumpBytes)).pipe(createGzip()));
  const encrypted = await kept(`dump-${dumpBytes}.sql.gz.encrypted`, () => encrypt(createReadStream(compressed.path)));
  return { dumpBytes, compressed, encrypted };
}

async function kept(name: string, make: () => AsyncIterable<Buffer>): Promise<Sample> {
  const path = join(SAMPLES_DIRECTORY, name);
  const known = await stat(path).catch(() => undefined);
  if (known !== undefined) return { path, bytes: known.size };
  const unfinished = `${path}.${process.pid}`;
  await pipeline(make(), createWriteStream(unfinished));
  await rename(unfinished, path);
  return { path, bytes: (await stat(path)).size };
}

/** Statements of a thousand rows, like mysqldump's, exactly so many bytes; gzip makes about a quarter of them. */
function* dump(bytes: number): Generator<Buffer> {
  const random = randomNumbers(1);
  const below = (limit: number) => Math.floor(random() * limit);
  const word = () => WORDS[below(WORDS.length)];
  let left = bytes;
  for (let id = 0; left > 0; ) {
    const rows: string[] = [];
    for (let row = 0; row < ROWS_A_STATEMENT; row++, id++) {
      rows.push(
        `(${id},'${word()} ${word()} ${word()}',${below(1e5)}.${below(100)},'${word()}@example.org',${below(1e9)})`,
      );
    }
    const statement = Buffer.from(`INSERT INTO \`orders\` VALUES ${rows.join(',')};\n`).subarray(0, left);
    left -= statement.length;
    yield statement;
  }
}

async function* encrypt(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const key = await deriveKey(MASTER_KEY, SALT);
  yield SALT;
  let counter = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of compressed) {
    const bytes = Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    let at = 0;
    for (; at + FRAME_TEXT_BYTES <= bytes.length; at += FRAME_TEXT_BYTES) {
      frames.push(frame(key, ++counter, bytes.subarray(at, at + FRAME_TEXT_BYTES)));
    }
    rest = bytes.subarray(at);
    yield Buffer.concat(frames);
  }
  yield Buffer.concat([frame(key, ++counter, rest), END_MARK, END_MARK]);
}
