import { createHash } from 'node:crypto';
import { DecompressError } from '../domain/errors.ts';
import { objectKind } from '../domain/jagad-frames.ts';
import { decrypt, type EncryptionKey } from './decrypt.ts';
import { type DownloadOptions, openDownload } from './download.ts';
import { gunzip } from './gunzip.ts';
import type { ObjectSource } from './object-source.ts';

export interface OpenedBackup {
  etag: string;
  /** Size of the object in the bucket. */
  objectBytes: number;
  encrypted: boolean;
  /** The dump: downloaded, decrypted, decompressed, and hashed on the way. */
  dump: AsyncGenerator<Buffer>;
  /** What passed so far; final once `dump` has ended. */
  passed(): BackupFigures;
}

export interface BackupFigures {
  compressedBytes: number;
  dumpBytes: number;
  /** Hex SHA-256 of the compressed, unencrypted bytes. */
  sha256: string;
}

/**
 * Opens a backup as one stream with bounded memory: download, decrypt where its bytes say that it is encrypted, hash,
 * decompress. Nothing is checked ahead: each fault ends the stream with its error when it is met.
 * @param keys the keys to try, likeliest first.
 */
export async function openBackup(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  options: DownloadOptions = {},
): Promise<OpenedBackup> {
  const closing = new AbortController();
  const signals = [closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const download = await openDownload(source, { ...options, signal: AbortSignal.any(signals) });
  const first = await download.chunks.next();
  const head: Buffer = first.done ? Buffer.alloc(0) : first.value;
  const kind = objectKind(head);
  if (kind === 'unknown') {
    await download.chunks.return(undefined);
    throw new DecompressError(`${source.location} is no Jagad backup: it is neither gzip nor encrypted by Jagad`, {
      hint: 'Check that the storage path names a full backup; if it does, the object was damaged.',
    });
  }

  const hash = createHash('sha256');
  const figures = { compressedBytes: 0, dumpBytes: 0 };
  let sha256: string | undefined;
  const raw = startingWith(head, download.chunks);
  const compressed = kind === 'encrypted' ? decrypt(raw, keys) : raw;

  return {
    etag: download.etag,
    objectBytes: download.bytes,
    encrypted: kind === 'encrypted',
    dump: counted(gunzip(hashed(compressed))),
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
      closing.abort(); // what is read ahead need not come any more
    }
  }
}

async function* startingWith(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
