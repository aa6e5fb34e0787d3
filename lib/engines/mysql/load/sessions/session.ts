import type { ToolCommand, ToolEnd } from '../../../load/engine.ts';
import { runCommand } from '../../../programs/run-command.ts';
import { ASK_SESSION_ID } from '../commands.ts';

/** How many bytes may be queued for a client program. */
const QUEUED_BYTES = 1024 * 1024;
const LINE_END = Buffer.from('\n');
/** A text that the client is asked to print when it gets this far. No statement of a dump prints it. */
const DONE = 'jagad-restore: done';
const ERROR_LINE = /^(ERROR \d+.*? at line )(\d+)/m;

/** The bytes to send, and their position in the dump. */
export interface DumpPiece {
  bytes: Buffer;
  /** The 1-based line of the dump on which the bytes start. */
  line: number;
  /** The number of line ends in the bytes. */
  lines: number;
  /** Whether these bytes aren't from the dump. Then any error in them counts as an error on `line`. */
  made?: boolean;
  table?: string | undefined;
}

interface Span extends Omit<DumpPiece, 'bytes' | 'lines'> {
  /** The number that the client itself gives to the first line. */
  clientLine: number;
}

/** What an error means, with the dump's line number. */
export type Failure = (end: ToolEnd, table: string | undefined) => Error;

/**
 * One client process, and therefore one session on the server. It runs everything that it is sent, in order. If a
 * statement fails, or if the client ends for another reason, every promise rejects.
 */
export class MysqlSession {
  /** Resolves when the client has run everything and ended. */
  readonly ended: Promise<void>;
  /** Resolves when the session is open. */
  readonly connected: Promise<void>;
  /** The session's id on the server. */
  id: number | undefined;
  readonly #connect: () => void;
  readonly #signal: AbortSignal;
  #output = '';
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #closed = false;
  #exited = false;
  /** End the wait for more to send, and the wait for space in the queue. */
  #wake = () => {};
  #drained = () => {};

  #clientLine = 1;
  #passing = false;
  /** The dump's line after the last one that was sent. */
  #passedLine = 0;
  /** What was sent since the last mark, then the marks that the client has not reached yet. */
  #spans: Span[] = [];
  /** Work that another session does for this one. This session counts as busy until that is done. */
  #elsewhere: Promise<void> | undefined;
  readonly #marks: { spans: Span[]; ofRows: boolean; done: Promise<void>; reached: () => void }[] = [];

  /**
   * @param begin the statements with which the session begins, on one line that ends with a delimiter; empty if there
   * are none
   */
  constructor(command: ToolCommand, signal: AbortSignal, failure: Failure, begin = '') {
    this.#signal = signal;
    const connecting = Promise.withResolvers<void>();
    this.#connect = connecting.resolve;
    const listeners = {
      onStdout: (text: string) => this.#hear(text),
      onStderr: () => {},
      onEnd: () => {
        this.#exited = true;
        this.#wake();
      },
    };
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    this.ended = runCommand(command, this.#input(), listeners, signal).then((end) => {
      if (end.exitCode === 0 && this.#closed) return;
      const { stderr, table } = this.#inTheDump(end.stderr);
      throw failure({ ...end, stderr }, table);
    });
    this.connected = Promise.race([connecting.promise, this.ended]);
    for (const promise of [this.ended, this.connected]) promise.catch(() => {});
    this.#push(Buffer.from(ASK_SESSION_ID + begin));
  }

  get isBusy(): boolean {
    return this.#marks.length > 0 || this.#elsewhere !== undefined;
  }

  /** Whether more rows would soon be its turn. If so, its client already has them when it has run the last ones. */
  get takesRows(): boolean {
    return this.#elsewhere === undefined && this.#marks.length < 2 && this.#marks.every(({ ofRows }) => ofRows);
  }

  /** Resolves when the next awaited statement has been run. */
  async progress(): Promise<void> {
    await (this.#elsewhere ?? this.#marks[0]?.done);
  }

  /** Treats the session as busy until this work has ended. If the work fails, the session fails. */
  busyWith(work: Promise<void>): void {
    const elsewhere = work.then(() => {
      this.#elsewhere = undefined;
    });
    elsewhere.catch(() => {});
    this.#elsewhere = elsewhere;
  }

  /** Takes the dump's bytes one after another. Nothing is inserted between them. */
  async pass({ bytes, line, lines, table }: DumpPiece): Promise<void> {
    await this.#elsewhere;
    const goesOn = this.#passing && line === this.#passedLine;
    if (!goesOn) this.#spans.push({ line, table, clientLine: this.#clientLine });
    this.#passing = true;
    this.#passedLine = line + lines;
    this.#clientLine += lines;
    this.#push(bytes);
    await this.#room();
  }

  /** Takes complete statements with their delimiters, or a client command. */
  async send({ bytes, lines, ...place }: DumpPiece): Promise<void> {
    this.#endPassing();
    this.#spans.push({ ...place, clientLine: this.#clientLine });
    this.#clientLine += lines + 1;
    this.#push(bytes);
    this.#push(LINE_END);
    await this.#room();
  }

  /**
   * Resolves when everything that was sent so far has been run.
   * @param ofRows whether these are rows, which take about as long as other sessions' rows.
   */
  async settled(delimiter: string, ofRows = false): Promise<void> {
    if (this.#spans.length > 0) {
      this.#endPassing();
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = Promise.race([promise, this.ended]);
      done.catch(() => {});
      this.#marks.push({ spans: this.#spans, ofRows, done, reached: resolve });
      this.#spans = [];
      this.#push(Buffer.from(`SELECT '${DONE}' ${delimiter}\n`, 'latin1'));
      this.#clientLine++;
    }
    await this.#marks.at(-1)?.done;
    await this.#elsewhere;
  }

  /** Tells the client that nothing more comes. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #endPassing(): void {
    if (!this.#passing) return;
    this.#passing = false;
    this.#clientLine++;
    this.#push(LINE_END);
  }

  #push(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#wake();
  }

  async #room(): Promise<void> {
    if (this.#queuedBytes < QUEUED_BYTES) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    await Promise.race([promise, this.ended]);
  }

  async *#input(): AsyncGenerator<Buffer> {
    for (;;) {
      while (this.#queue.length > 0) {
        // writing each row separately would take longer than copying them together
        const bytes = Buffer.concat(this.#queue.splice(0));
        yield bytes;
        this.#queuedBytes -= bytes.length;
      }
      this.#drained();
      this.#signal.throwIfAborted();
      if (this.#closed || this.#exited) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #hear(text: string): void {
    const lines = (this.#output + text).split('\n');
    this.#output = lines.pop() ?? '';
    for (const line of lines) {
      if (this.id === undefined && /^\d+$/.test(line)) {
        this.id = Number(line);
        this.#connect();
      } else if (line === DONE) this.#marks.shift()?.reached();
    }
  }

  /** The client's message, with the dump's line number instead of the client's own. */
  #inTheDump(stderr: string): { stderr: string; table: string | undefined } {
    const clientLine = Number(ERROR_LINE.exec(stderr)?.[2]);
    const spans = [...this.#marks.flatMap((mark) => mark.spans), ...this.#spans];
    const span = spans.findLast((one) => one.clientLine <= clientLine);
    if (span === undefined) return { stderr, table: undefined };
    const line = span.made === true ? span.line : span.line + clientLine - span.clientLine;
    return { stderr: stderr.replace(ERROR_LINE, `$1${line}`), table: span.table };
  }
}
