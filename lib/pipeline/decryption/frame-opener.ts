import { createDecipheriv, type KeyObject } from 'node:crypto';
import { DecryptError } from '../../errors/errors.ts';
import {
  END_MARK_BYTES,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  type HeaderReading,
  NONCE_BYTES,
  readFrameHeader,
  sealedBytesOf,
  TAG_BYTES,
} from '../../formats/jagad-frames.ts';
import { FrameBatch } from './frame-batch.ts';

interface Opened {
  plain: Buffer;
  /** How many bytes the frames took. */
  consumed: number;
}

/** Opens the frames of one stream in order. */
export class FrameOpener {
  readonly #key: KeyObject;
  readonly #batch: FrameBatch;
  #counter = 0;
  #endMarks = 0;
  /** A frame that isn't complete yet. */
  #begun: Buffer = Buffer.alloc(0);

  constructor(key: KeyObject) {
    this.#key = key;
    this.#batch = new FrameBatch(key);
  }

  /**
   * The text of the frames that this chunk completes, one batch at a time.
   * @throws DecryptError for the first fault, after the text before it was returned.
   */
  *push(chunk: Buffer): Generator<Buffer, void> {
    let rest = chunk;
    // only the frame that spans two chunks is copied together, and the rest of the chunk stays where it is
    while (this.#begun.length > 0 && rest.length > 0) {
      const missing = missingBytes(this.#begun);
      const begun = Buffer.concat([this.#begun, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      this.#begun = missingBytes(begun) > 0 ? begun : yield* this.#openWhole(begun);
    }
    if (rest.length > 0) this.#begun = yield* this.#openWhole(rest);
  }

  /** The text of the complete frames. Returns the rest. */
  *#openWhole(bytes: Buffer): Generator<Buffer, Buffer> {
    let rest = bytes;
    for (;;) {
      const { plain, consumed } = this.#open(rest);
      if (consumed === 0) return rest;
      rest = rest.subarray(consumed);
      if (plain.length > 0) yield plain;
    }
  }

  /**
   * Opens complete frames in `bytes`, as many as fit into one batch.
   * @throws DecryptError if the first one is wrong; frames before a wrong one are returned first.
   */
  #open(bytes: Buffer): Opened {
    let at = 0;
    let counter = this.#counter;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const sealedBytes = this.#endMarks > 0 ? undefined : sealedBytesOf(counter + 1, bytes, at);
      if (sealedBytes === undefined) {
        if (at > 0) break;
        return this.#takeEndMark(readFrameHeader(bytes, at));
      }
      const end = at + FRAME_HEADER_BYTES + sealedBytes;
      if (end > bytes.length) break;
      if (!this.#batch.hasRoomFor(sealedBytes)) {
        if (at > 0) break;
        return this.#openSingly(bytes.subarray(0, end));
      }
      counter += 1;
      this.#batch.add(counter, bytes, at + FRAME_HEADER_BYTES, end);
      at = end;
    }
    if (at === 0) return { plain: Buffer.alloc(0), consumed: 0 };
    const plain = this.#batch.open();
    if (plain === undefined) return this.#openSingly(bytes.subarray(0, at));
    this.#counter = counter;
    return { plain, consumed: at };
  }

  /** @throws DecryptError if the stream is incomplete. */
  end(): void {
    if (this.#endMarks === 0) throw damaged(`the object ends after frame ${this.#counter}, before its end mark`);
    if (this.#begun.length > 0) throw damaged('there are bytes after the end mark');
  }

  /** Describes what is in the place of the next frame. */
  #takeEndMark(header: HeaderReading): Opened {
    const next = this.#counter + 1;
    if (header === 'nonsense') throw damaged(`frame ${next} has no valid header`);
    if (header !== 'end-mark') {
      if (this.#endMarks > 0) throw damaged('there are frames after the end mark');
      throw damaged(`frame ${header.counter} is where frame ${next} belongs`);
    }
    this.#endMarks += 1;
    if (this.#endMarks > 2) throw damaged('there are bytes after the end mark');
    return { plain: Buffer.alloc(0), consumed: END_MARK_BYTES };
  }

  /** Opens complete frames one by one, up to the first one that doesn't authenticate. */
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

/** The plain text of the frame at `from`..`to`, or undefined if the frame doesn't authenticate. */
export function openFrame(key: KeyObject, bytes: Buffer, from: number, to: number): Buffer | undefined {
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

/** How many bytes the frame or mark at the start of `bytes` still lacks, as far as is known. */
function missingBytes(bytes: Buffer): number {
  if (bytes.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES - bytes.length;
  const header = readFrameHeader(bytes, 0);
  return typeof header === 'object' ? Math.max(0, FRAME_HEADER_BYTES + header.sealedBytes - bytes.length) : 0;
}

export function damaged(what: string): DecryptError {
  return new DecryptError(what, {
    hint: 'Restore another backup, and check the storage: the object was damaged or tampered with after the backup.',
  });
}
