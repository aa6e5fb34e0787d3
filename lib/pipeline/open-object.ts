import { notEncrypted } from '../domain/encryption-demand.ts';
import { DecompressError } from '../domain/errors.ts';
import { notABackup, objectKind } from '../domain/jagad-frames.ts';
import { decrypt, type EncryptionKey } from './decrypt.ts';
import { type DownloadOptions, openDownload } from './download.ts';
import type { ObjectSource } from './object-source.ts';

export interface OpenedObject {
  etag: string;
  /** Size of the object in the bucket. */
  objectBytes: number;
  encrypted: boolean;
  /** The gzip data: downloaded, and decrypted if it was encrypted. */
  compressed: AsyncGenerator<Buffer>;
}

export interface OpenOptions extends DownloadOptions {
  /** Why the object has to be encrypted, in words (lib/domain/encryption-demand.ts); left out, it may be plain too. */
  mustBeEncrypted?: string | undefined;
}

/**
 * Opens a backup's object as far as its gzip data, which is not looked into; its bytes say whether it is encrypted.
 * @param keys the keys to try, likeliest first.
 * @throws DecryptError if it has to be encrypted and isn't; DecompressError if it isn't a backup.
 */
export async function openObject(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  options: OpenOptions = {},
): Promise<OpenedObject> {
  const download = await openDownload(source, options);
  const first = await download.chunks.next();
  const head: Buffer = first.done ? Buffer.alloc(0) : first.value;
  const kind = objectKind(head);
  if (kind !== 'gzip' && kind !== 'encrypted') {
    await download.chunks.return(undefined);
    const { message, hint } = notABackup(
      kind,
      'Check that the storage path names a full backup; if it does, the object was damaged.',
    );
    throw new DecompressError(`${source.location} ${message}`, { hint });
  }
  if (kind === 'gzip' && options.mustBeEncrypted !== undefined) {
    await download.chunks.return(undefined);
    throw notEncrypted(source.location, options.mustBeEncrypted);
  }
  const raw = startingWith(head, download.chunks);
  return {
    etag: download.etag,
    objectBytes: download.bytes,
    encrypted: kind === 'encrypted',
    compressed: kind === 'encrypted' ? decrypt(raw, keys) : raw,
  };
}

async function* startingWith(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
