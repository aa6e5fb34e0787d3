import type { TransformOptions } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, type ZlibOptions } from 'node:zlib';
import { DecompressError } from '../../errors/errors.ts';
import { gzipHeaderLength } from '../../formats/gzip.ts';

/**
 * Inflating happens in another thread, which is kept busy as long as input is waiting and there is space for output.
 */
const OPTIONS: ZlibOptions & TransformOptions = {
  chunkSize: 1024 * 1024,
  writableHighWaterMark: 1024 * 1024,
  readableHighWaterMark: 2 * 1024 * 1024,
};

const TRAILER_BYTES = 8;

/**
 * Decompresses a gzip stream with exactly one member, as Jagad writes it. Node's own gunzip ignores bytes after the
 * member, or reads them as a second one; so the header and trailer (RFC 1952) are read here, and zlib inflates. The
 * input is read ahead, so a caller that stops early also has to end whatever the input waits for.
 * @throws DecompressError for a fault in the data, a wrong CRC or length, an early end, or anything after the member.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw(OPTIONS);
  const body = new MemberBody();
  const fed = pipeline(body.of(chunks), inflate);
  fed.catch(() => {}); // it is awaited at the end; until then, `inflate` reports its failure
  let crc = 0;
  let bytes = 0;
  try {
    // the output ends when deflate ends, and the input continues with what follows
    for await (const data of inflate.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      crc = crc32(data, crc);
      bytes += data.length;
      yield data;
    }
    await fed;
  } catch (error) {
    throw explained(error);
  } finally {
    inflate.destroy();
  }
  const unused = body.bytes - inflate.bytesWritten;
  if (unused > TRAILER_BYTES) throw faulty('there are bytes after the end of the gzip data');
  if (unused < TRAILER_BYTES) throw endsEarly();
  if (body.trailer.readUInt32LE(0) !== crc) throw faulty('the CRC-32 of the gzip data is wrong');
  if (body.trailer.readUInt32LE(4) !== bytes % 2 ** 32) throw faulty('the length of the gzip data is wrong');
}

/** What follows after a member's header. */
class MemberBody {
  bytes = 0;
  /** Its last bytes so far. */
  trailer: Buffer = Buffer.alloc(0);

  async *of(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let header: Buffer | undefined = Buffer.alloc(0);
    for await (const chunk of chunks) {
      let data = chunk;
      if (header !== undefined) {
        header = Buffer.concat([header, chunk]);
        const length = gzipHeaderLength(header);
        if (length === undefined) continue;
        data = header.subarray(length);
        header = undefined;
      }
      this.bytes += data.length;
      this.trailer = lastBytes(this.trailer, data);
      yield data;
    }
    if (header !== undefined) throw endsEarly();
  }
}

function lastBytes(before: Buffer, data: Buffer): Buffer {
  const bytes = data.length < TRAILER_BYTES ? Buffer.concat([before, data]) : data;
  return Buffer.from(bytes.subarray(-TRAILER_BYTES));
}

/** zlib's own errors in our words. Any other error comes from the previous stream. */
function explained(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'Z_BUF_ERROR') return endsEarly();
  return typeof code === 'string' && code.startsWith('Z_') ? faulty((error as Error).message, error) : error;
}

function endsEarly(): DecompressError {
  return faulty('the gzip data ends early');
}

function faulty(what: string, cause?: unknown): DecompressError {
  return new DecompressError(what, {
    hint: 'Restore another backup, and check the storage: the object was damaged, or is not what the backup wrote.',
    cause,
  });
}
