import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import type { Codec } from '../../formats/codecs.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { decompress } from '../decompression/decompress.ts';
import type { EncryptionKey } from '../decryption/decrypt.ts';
import { type OpenedObject, type OpenOptions, openObject } from './open-object.ts';

// A stream uses buffers outside V8's heap. After every few dozen MB of them, V8 marks its whole heap, although that
// contains almost nothing. If V8 marks in steps, which is its default, this happens three times as often, and a stream
// takes a third more CPU.
setFlagsFromString('--no-incremental-marking');

export interface OpenedBackup extends Omit<OpenedObject, 'compressed'> {
  /** The dump: downloaded, decrypted, decompressed, and hashed at the same time. */
  dump: AsyncGenerator<Buffer>;
  /** Its compression format, according to its bytes. Known once the first chunk of `dump` has been read. */
  codec(): Codec | undefined;
  /** The totals so far. Final once `dump` has ended. */
  passed(): BackupFigures;
}

export interface BackupFigures {
  compressedBytes: number;
  dumpBytes: number;
  /** Hex SHA-256 of the compressed, unencrypted bytes. */
  sha256: string;
}

/**
 * Opens a backup as one stream with bounded memory: it downloads, decrypts if the bytes show that the backup is
 * encrypted, hashes and decompresses. Nothing is checked ahead: when the stream reaches a fault, it ends with the
 * fault's error.
 * @param keys the keys to try, most likely first.
 */
export async function openBackup(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  options: OpenOptions = {},
): Promise<OpenedBackup> {
  const closing = new AbortController();
  const signals = [closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const { compressed, ...object } = await openObject(source, keys, { ...options, signal: AbortSignal.any(signals) });
  const hash = createHash('sha256');
  const figures = { compressedBytes: 0, dumpBytes: 0 };
  let sha256: string | undefined;
  let codec: Codec | undefined;

  return {
    ...object,
    dump: counted(
      decompress(hashed(compressed), (found) => {
        codec = found;
      }),
    ),
    codec: () => codec,
    passed: () => {
      sha256 ??= hash.copy().digest('hex');
      return { ...figures, sha256 };
    },
  };

  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sha256 = undefined;
      figures.compressedBytes += chunk.length;
      yield chunk;
    }
  }

  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of chunks) {
        figures.dumpBytes += chunk.length;
        yield chunk;
      }
    } finally {
      closing.abort(); // what was read ahead is no longer needed
    }
  }
}
