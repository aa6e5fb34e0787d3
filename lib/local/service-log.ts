import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { diskFault } from './state/disk-full.ts';

export interface LogSettings {
  /** When a file reaches this many bytes, it is rotated. */
  maxBytes: number;
  /** How many files are kept, including the current one. */
  files: number;
}

const MIB = 1024 * 1024;
const DEFAULTS = { LOG_MAX_MIB: 20, LOG_FILES: 5 };
/** The limit for lines that wait for the disk, so that a disk that stalls doesn't fill the memory. */
const MOST_WAITING_BYTES = 4 * MIB;
/** After lines were dropped, their number is reported after this time, even if no other line follows. */
const RETRY_MS = 5000;

/** Takes lines. Writing never fails for the caller. */
export type LogSink = { write(text: string | Uint8Array): unknown };

/**
 * Read from the environment: LOG_MAX_MIB, LOG_FILES.
 * @throws Error for invalid numbers
 */
export function logSettings(env: NodeJS.ProcessEnv): LogSettings {
  const read = (name: keyof typeof DEFAULTS, most: number) => {
    const text = env[name];
    if (text === undefined || text === '') return DEFAULTS[name];
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new Error(`${name} must be a number from 1 to ${most}, not "${text}"`);
  };
  return { maxBytes: read('LOG_MAX_MIB', 4096) * MIB, files: read('LOG_FILES', 100) };
}

/**
 * The log of one machine's service: `service.log`, and older files in `service.log.1`, `service.log.2`, … Writing never
 * fails for the caller, and never blocks it. Lines that the disk doesn't accept are dropped and counted, and the next
 * line that is written gives their number.
 */
export class ServiceLog {
  readonly #path: string;
  readonly #settings: LogSettings;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = { lines: 0, why: '' };
  /** Whether the file ends in the middle of a line because a write was incomplete. */
  #isBroken = false;
  #file: FileHandle | undefined;
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(path: string, settings: LogSettings) {
    this.#path = path;
    this.#settings = settings;
  }

  /** Dropped lines that haven't been reported yet. */
  get dropped(): number {
    return this.#dropped.lines;
  }

  write(text: string | Uint8Array): void {
    const bytes = Buffer.from(text as string);
    if (this.#waitingBytes + bytes.length > MOST_WAITING_BYTES) {
      this.#drop(bytes, 'the disk is too slow');
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#begin();
  }

  /** Writes what is waiting. */
  async end(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#dropped.lines > 0) this.write('');
    await this.#writing;
    clearTimeout(this.#retry);
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
  }

  #begin(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = this.#take();
      try {
        await this.#append(bytes);
      } catch (error) {
        this.#isBroken = true;
        this.#drop(bytes, diskFault(error) ?? (error as Error).message);
      }
    }
  }

  /**
   * Whole writes, at least one and at most as many as fit into a file: a slow disk must not put them all into one file.
   */
  #take(): Buffer {
    let count = 0;
    for (let sum = 0; count < this.#waiting.length && sum < this.#settings.maxBytes; count++) {
      sum += (this.#waiting[count] as Buffer).length;
    }
    const bytes = Buffer.concat(this.#waiting.splice(0, count));
    this.#waitingBytes -= bytes.length;
    return bytes;
  }

  async #append(bytes: Buffer): Promise<void> {
    const file = await this.#fileWithRoom();
    const { lines, why } = this.#dropped;
    const told = lines === 0 ? '' : `${JSON.stringify(droppedLine(lines, why))}\n`;
    const text = Buffer.concat([Buffer.from(`${this.#isBroken ? '\n' : ''}${told}`), bytes]);
    await file.appendFile(text);
    this.#bytes += text.length;
    this.#isBroken = false;
    // lines dropped in the meantime still have to be reported
    this.#dropped.lines -= lines;
  }

  async #fileWithRoom(): Promise<FileHandle> {
    if (this.#file !== undefined && this.#bytes < this.#settings.maxBytes) return this.#file;
    if (this.#file === undefined) this.#bytes = await sizeOf(this.#path);
    if (this.#bytes >= this.#settings.maxBytes) {
      await this.#file?.close();
      this.#file = undefined;
      await this.#putAside();
      this.#bytes = 0;
    }
    this.#file ??= await open(this.#path, 'a', 0o600);
    return this.#file;
  }

  async #putAside(): Promise<void> {
    const nth = (n: number) => (n === 0 ? this.#path : `${this.#path}.${n}`);
    const oldest = this.#settings.files - 1;
    await rm(nth(oldest), { force: true });
    for (let n = oldest; n > 0; n--) {
      await rename(nth(n - 1), nth(n)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  #drop(bytes: Buffer, why: string): void {
    this.#dropped = { lines: this.#dropped.lines + linesIn(bytes), why };
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.write(''), RETRY_MS).unref();
  }
}

function droppedLine(lines: number, why: string): object {
  return {
    level: 'ERROR',
    message: `${lines} lines of this log were dropped: it could not be written (${why})`,
    timestamp: new Date().toISOString(),
    dropped_lines: lines,
  };
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  return bytes.at(-1) === 10 || bytes.length === 0 ? lines : lines + 1;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
