import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync, unlinkSync, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';

/**
 * The number of bytes that are kept in memory before a file is used. Without a directory for files, no body may be
 * longer.
 */
const MEMORY_BYTES = 1024 * 1024;
const MEMORY_ONLY_BYTES = 16 * 1024 * 1024;

/**
 * A request's body that is held back from the code that will read it. It is *receiving* until the body has ended. Then
 * it is either *handed on*, as if it had arrived only then, or *dropped*. A long body is kept in a nameless file
 * meanwhile, so that it doesn't take more memory.
 */
export class HeldBody {
  /**
   * Hex SHA-256 of the whole body; undefined if the body is too long. Rejects if the sender disconnects, or the disk is
   * full.
   */
  readonly sha256: Promise<string | undefined>;
  readonly #request: IncomingMessage;
  readonly #directory: string | undefined;
  readonly #hash = createHash('sha256');
  #chunks: Buffer[] = [];
  #bytes = 0;
  #file: number | undefined;
  #isDropped = false;

  /**
   * Call this when the request arrives, before its first byte.
   * @param directory for the files of long bodies, on a disk with space, and not accessible to other accounts.
   */
  constructor(request: IncomingMessage, directory: string | undefined) {
    this.#request = request;
    this.#directory = directory;
    this.sha256 = new Promise((resolve, reject) => {
      // Node's parser passes the body to this function, and null at its end
      request.push = (chunk: Buffer | null) => {
        try {
          if (chunk !== null) this.#add(chunk);
          else resolve(this.#isDropped ? undefined : this.#hash.digest('hex'));
        } catch (error) {
          // the disk is full; an error thrown here would end the process
          this.drop();
          reject(error);
        }
        return true;
      };
      request.once('close', () => {
        this.drop();
        reject(new Error('the request was aborted'));
      });
    });
    this.sha256.catch(() => {});
  }

  /** From here on, the request can be read. */
  handOn(): void {
    const request = this.#request;
    Reflect.deleteProperty(request, 'push');
    for (const chunk of this.#chunks) request.push(chunk);
    this.#chunks = [];
    if (this.#file === undefined) {
      request.push(null);
      return;
    }
    const file = createReadStream('', { fd: this.#file, start: 0 });
    this.#file = undefined; // the stream closes it
    request.once('close', () => file.destroy());
    file.on('data', (chunk) => {
      if (!request.push(chunk)) file.pause();
    });
    file.on('end', () => request.push(null));
    file.on('error', (error) => request.destroy(error));
    request._read = () => void file.resume();
  }

  /** Drops everything that has arrived or will arrive. */
  drop(): void {
    this.#isDropped = true;
    this.#chunks = [];
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Lets the request end without a body, so that its connection can be reused. */
  dropAll(): void {
    this.drop();
    Reflect.deleteProperty(this.#request, 'push');
    this.#request.push(null);
    this.#request.resume();
  }

  #add(chunk: Buffer): void {
    if (this.#isDropped) return;
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#directory === undefined) {
      if (this.#bytes > MEMORY_ONLY_BYTES) this.drop();
      else this.#chunks.push(chunk);
      return;
    }
    this.#chunks.push(chunk);
    if (this.#bytes <= MEMORY_BYTES) return;
    this.#file ??= namelessFile(this.#directory);
    for (const one of this.#chunks) writeAll(this.#file, one);
    this.#chunks = [];
  }
}

function namelessFile(directory: string): number {
  const path = join(directory, `.body-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
