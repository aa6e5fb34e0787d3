import { DecompressError } from '../../errors/errors.ts';
import { notABackup, objectKind } from '../../formats/jagad-frames.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { decrypt, type EncryptionKey } from '../decryption/decrypt.ts';
import { notEncrypted } from '../decryption/encryption-demand.ts';
import { type DownloadOptions, openDownload } from '../download/download.ts';
import { Peek } from '../peek.ts';

export interface OpenedObject {
  etag: string;
  /** The size of the object in the bucket. */
  objectBytes: number;
  encrypted: boolean;
  /** The compressed data: downloaded, and decrypted if it was encrypted. */
  compressed: AsyncGenerator<Buffer>;
}

export interface OpenOptions extends DownloadOptions {
  /**
   * The reason why the object has to be encrypted, in words (lib/pipeline/decryption/encryption-demand.ts). If
   * undefined, it may also be plain.
   */
  mustBeEncrypted?: string | undefined;
}

/**
 * Opens a backup's object and returns its compressed data, which isn't examined. The object's bytes show whether it is
 * encrypted.
 * @param keys the keys to try, most likely first.
 * @throws DecryptError if it has to be encrypted but isn't; DecompressError if it isn't a backup.
 */
export async function openObject(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  options: OpenOptions = {},
): Promise<OpenedObject> {
  const download = await openDownload(source, options);
  const peek = new Peek(download.chunks);
  await peek.more();
  const kind = objectKind(peek.head());
  if (kind !== 'compressed' && kind !== 'encrypted') {
    await download.chunks.return(undefined);
    const { message, hint } = notABackup(
      kind,
      'Check that the storage path names a full backup; if it does, the object was damaged.',
    );
    throw new DecompressError(`${source.location} ${message}`, { hint });
  }
  if (kind === 'compressed' && options.mustBeEncrypted !== undefined) {
    await download.chunks.return(undefined);
    throw notEncrypted(source.location, options.mustBeEncrypted);
  }
  const raw = peek.whole();
  return {
    etag: download.etag,
    objectBytes: download.bytes,
    encrypted: kind === 'encrypted',
    compressed: kind === 'encrypted' ? decrypt(raw, keys) : raw,
  };
}
