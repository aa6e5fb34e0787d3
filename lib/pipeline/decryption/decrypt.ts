import type { KeyObject } from 'node:crypto';
import { DecryptError } from '../../errors/errors.ts';
import { FRAME_HEADER_BYTES, readFrameHeader, SALT_BYTES } from '../../formats/jagad-frames.ts';
import { deriveKey } from './derive-key.ts';
import { damaged, FrameOpener, openFrame } from './frame-opener.ts';

export interface EncryptionKey {
  id: string;
  /** The passphrase, as in Jagad's settings. */
  masterKey: string;
}

/**
 * Decrypts a Jagad stream. It checks every frame's tag, the frame counter and the end mark, because the format itself
 * doesn't detect frames that were dropped, swapped or cut off.
 * @param keys tried in this order on the first frame.
 * @param derive another way to derive a stream's key
 * @throws DecryptError for the first fault; everything returned before it is authentic.
 */
export async function* decrypt(
  chunks: AsyncIterable<Buffer>,
  keys: readonly EncryptionKey[],
  derive = deriveKey,
): AsyncGenerator<Buffer, void> {
  let head: Buffer = Buffer.alloc(0);
  let opener: FrameOpener | undefined;
  for await (const chunk of chunks) {
    if (opener !== undefined) {
      yield* opener.push(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (!holdsFirstFrame(head)) continue;
    opener = new FrameOpener(await findKey(head, keys, derive));
    yield* opener.push(head.subarray(SALT_BYTES));
  }
  if (opener === undefined) throw damaged('the object ends within its first frame');
  opener.end();
}

function holdsFirstFrame(bytes: Buffer): boolean {
  if (bytes.length < SALT_BYTES + FRAME_HEADER_BYTES) return false;
  const header = readFrameHeader(bytes, SALT_BYTES);
  return typeof header !== 'object' || bytes.length >= SALT_BYTES + FRAME_HEADER_BYTES + header.sealedBytes;
}

async function findKey(bytes: Buffer, keys: readonly EncryptionKey[], derive: typeof deriveKey): Promise<KeyObject> {
  if (keys.length === 0) {
    throw new DecryptError('the backup is encrypted and no encryption key is set', {
      hint: 'Store the encryption key that Jagad used when it made this backup.',
      verdict: false,
    });
  }
  const header = readFrameHeader(bytes, SALT_BYTES);
  if (typeof header !== 'object') throw damaged('the first frame has no valid header');
  const end = SALT_BYTES + FRAME_HEADER_BYTES + header.sealedBytes;
  for (const { masterKey } of keys) {
    const key = await derive(masterKey, bytes.subarray(0, SALT_BYTES));
    if (openFrame(key, bytes, SALT_BYTES, end) !== undefined) return key;
  }
  throw new DecryptError(
    keys.length === 1
      ? 'the encryption key does not open this backup'
      : 'none of the encryption keys opens this backup',
    {
      hint: 'Restore with the original encryption key: the one that Jagad used when it made this backup.',
      isOfKeys: true,
    },
  );
}
