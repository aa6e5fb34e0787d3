import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { argon2id } from 'hash-wasm';
import { DecryptError } from '../domain/errors.ts';
import {
  ARGON2ID,
  END_MARK_BYTES,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  type HeaderReading,
  NONCE_BYTES,
  readFrameHeader,
  SALT_BYTES,
  TAG_BYTES,
} from '../domain/jagad-frames.ts';
import { FrameBatch } from './frame-batch.ts';

export interface EncryptionKey {
  id: string;
  /** The passphrase as Jagad has it in its settings. */
  masterKey: string;
}

/**
 * Decrypts a Jagad stream; every frame's tag, the counter and the end mark are checked, since the format by itself does
 * not notice frames that were dropped, swapped or cut off.
 * @param keys tried in this order on the first frame.
 * @throws DecryptError for the first thing that is wrong; all that was handed on before it is authentic.
 */
export async function* decrypt(
  chunks: AsyncIterable<Buffer>,
  keys: readonly EncryptionKey[],
): AsyncGenerator<Buffer, void> {
  let pending: Buffer = Buffer.alloc(0);
  let opener: FrameOpener | undefined;
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (opener === undefined) {
      if (!holdsFirstFrame(pending)) continue;
      opener = new FrameOpener(await findKey(pending, keys));
      pending = pending.subarray(SALT_BYTES);
    }
    for (;;) {
      const { plain, consumed } = opener.open(pending);
      pending = pending.subarray(consumed);
      if (consumed === 0) break;
      if (plain.length > 0) yield plain;
    }
  }
  if (opener === undefined) throw damaged('the object ends within its first frame');
  opener.end(pending.length);
}

interface Opened {
  plain: Buffer;
  /** How many bytes the frames took. */
  consumed: number;
}

/** Opens the frames of one stream in order. */
class FrameOpener {
  readonly #key: KeyObject;
  readonly #batch: FrameBatch;
  #counter = 0;
  #endMarks = 0;

  constructor(key: KeyObject) {
    this.#key = key;
    this.#batch = new FrameBatch(key);
  }

  /**
   * Opens frames that `bytes` holds whole, as many as one batch takes.
   * @throws DecryptError when the first of them is wrong; those before a wrong one are handed on first.
   */
  open(bytes: Buffer): Opened {
    let at = 0;
    let counter = this.#counter;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const header = readFrameHeader(bytes, at);
      if (typeof header !== 'object' || header.counter !== counter + 1 || this.#endMarks > 0) {
        if (at > 0) break;
        return this.#takeEndMark(header);
      }
      const end = at + FRAME_HEADER_BYTES + header.sealedBytes;
      if (end > bytes.length) break;
      if (!this.#batch.hasRoomFor(header.sealedBytes)) {
        if (at > 0) break;
        return this.#openSingly(bytes.subarray(0, end));
      }
      this.#batch.add(header.counter, bytes, at + FRAME_HEADER_BYTES, end);
      counter = header.counter;
      at = end;
    }
    const plain = this.#batch.open();
    if (plain === undefined) return this.#openSingly(bytes.subarray(0, at));
    this.#counter = counter;
    return { plain, consumed: at };
  }

  /** @param left bytes that made no whole frame. */
  end(left: number): void {
    if (this.#endMarks === 0) throw damaged(`the object ends after frame ${this.#counter}, before its end mark`);
    if (left > 0) throw damaged('there are bytes after the end mark');
  }

  /** What stands where the next frame does not. */
  #takeEndMark(header: HeaderReading): Opened {
    const next = this.#counter + 1;
    if (header === 'nonsense') throw damaged(`frame ${next} has no valid header`);
    if (header !== 'end-mark') {
      if (this.#endMarks > 0) throw damaged('there are frames after the end mark');
      throw damaged(`frame ${header.counter} stands where frame ${next} belongs`);
    }
    this.#endMarks += 1;
    if (this.#endMarks > 2) throw damaged('there are bytes after the end mark');
    return { plain: Buffer.alloc(0), consumed: END_MARK_BYTES };
  }

  /** Opens whole frames each by itself, up to the first that does not authenticate. */
  #openSingly(frames: Buffer): Opened {
    const opened: Buffer[] = [];
    let at = 0;
    while (at < frames.length) {
      const { counter, sealedBytes } = readFrameHeader(frames, at) as FrameHeader;
      const end = at + FRAME_HEADER_BYTES + sealedBytes;
      const plain = openFrame(this.#key, frames, at, end);
      if (plain === undefined) {
        if (at === 0) throw damaged(`frame ${counter} does not authenticate`);
        break;
      }
      opened.push(plain);
      this.#counter = counter;
      at = end;
    }
    return { plain: Buffer.concat(opened), consumed: at };
  }
}

/** The plain text of the frame at `from`..`to`, or undefined when it does not authenticate. */
function openFrame(key: KeyObject, bytes: Buffer, from: number, to: number): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(from, from + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(to - TAG_BYTES, to));
  const plain = decipher.update(bytes.subarray(from + FRAME_HEADER_BYTES, to - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

function holdsFirstFrame(bytes: Buffer): boolean {
  if (bytes.length < SALT_BYTES + FRAME_HEADER_BYTES) return false;
  const header = readFrameHeader(bytes, SALT_BYTES);
  return typeof header !== 'object' || bytes.length >= SALT_BYTES + FRAME_HEADER_BYTES + header.sealedBytes;
}

async function findKey(bytes: Buffer, keys: readonly EncryptionKey[]): Promise<KeyObject> {
  if (keys.length === 0) {
    throw new DecryptError('the backup is encrypted and no encryption key is set', {
      hint: 'Store the encryption key that Jagad used when it made this backup.',
    });
  }
  const header = readFrameHeader(bytes, SALT_BYTES);
  if (typeof header !== 'object') throw damaged('the first frame has no valid header');
  const end = SALT_BYTES + FRAME_HEADER_BYTES + header.sealedBytes;
  for (const { masterKey } of keys) {
    const key = await deriveKey(masterKey, bytes.subarray(0, SALT_BYTES));
    if (openFrame(key, bytes, SALT_BYTES, end) !== undefined) return key;
  }
  throw new DecryptError(
    keys.length === 1
      ? 'the encryption key does not open this backup'
      : 'none of the encryption keys opens this backup',
    { hint: 'Restore with the original encryption key: the one that Jagad used when it made this backup.' },
  );
}

/** The AES key of a stream; as a KeyObject, since Node takes several times as long to make a cipher from its bytes. */
export async function deriveKey(masterKey: string, salt: Buffer): Promise<KeyObject> {
  const key = await argon2id({ ...ARGON2ID, password: Buffer.from(masterKey, 'utf8'), salt, outputType: 'binary' });
  return createSecretKey(key);
}

function damaged(what: string): DecryptError {
  return new DecryptError(what, {
    hint: 'The object was damaged or tampered with after the backup: restore another backup, and check the storage.',
  });
}
