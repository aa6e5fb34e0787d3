/**
 * What a run of pg_restore came to. It ends with 1 for errors that do no harm (the owner's role is missing) and for
 * those that lose data; only what it wrote to stderr tells them apart (`warn_or_exit_horribly` and `ExecuteSqlCommand`
 * in pg_backup_archiver.c and pg_backup_db.c; 12 to 18 write alike, with LC_MESSAGES=C):
 *
 *     pg_restore: while PROCESSING TOC:                                   with --verbose only
 *     pg_restore: from TOC entry 220; 1259 16500 TABLE customers app      with --verbose only, once an entry
 *     pg_restore: error: could not execute query: ERROR:  role "app" does not exist
 *     Command was: ALTER TABLE sales.customers OWNER TO app;
 *     …
 *     pg_restore: warning: errors ignored on restore: 3
 */

import { endOfTool } from '../../programs/tool-end.ts';
import { textOf } from './archive-tables.ts';
import type { PgRestoreError } from './pg-restore-error.ts';
import { type PgRestoreOutcome, PgRestoreVerdict } from './pg-restore-verdict.ts';

/** Reads pg_restore's stderr. */
export interface PgRestoreReader {
  /** @param text decoded, in pieces of any size */
  push(text: string): void;
  /**
   * Call this once, when pg_restore has ended.
   * @param exitCode null if a signal ended it
   * @param signal the signal that ended it: `SIGKILL`
   */
  outcome(exitCode: number | null, signal?: string | null): PgRestoreOutcome;
  /** Call this after `outcome`. Returns whether pg_restore reached the end of the archive, and explained each error. */
  isWhole(exitCode: number | null): boolean;
}

/** Called with what pg_restore reports while it runs. */
export interface PgRestoreListeners {
  /** An error that loses something. */
  onHarm?: (error: PgRestoreError) => void;
  /** A single session has reached an entry. The entry is passed as text, in the form of `archive-tables.ts`. */
  onReached?: (text: string) => void;
  /** One of several jobs has restored an entry. */
  onFinished?: (dumpId: number) => void;
}

const LONGEST_LINE = 8192;
const LONGEST_COMMAND = 2048;

const PREFIX = 'pg_restore: ';
const COMMAND = 'Command was: ';

/**
 * What is wrong, judging by the exit code alone.
 * @param ignored the number of errors that it reported at its end
 */
export function unusualEnd(
  exitCode: number | null,
  ignored: number | undefined,
  signal?: string | null,
): string | undefined {
  if (exitCode === null) return `pg_restore ended with ${endOfTool({ exitCode, signal })}`;
  if (exitCode !== 0 && exitCode !== 1) return `pg_restore ended with exit code ${exitCode}`;
  if (exitCode === 1 && ignored === undefined) return 'pg_restore gave up without saying why';
  return undefined;
}

/** Reads pg_restore's stderr while it runs with one session; memory stays bounded, whatever it writes. */
export class PgRestoreStderr implements PgRestoreReader {
  readonly #verdict: PgRestoreVerdict;
  readonly #onReached: (text: string) => void;
  #errors = 0;
  #ignored: number | undefined;
  #entry: string | undefined;
  #dumpId: number | undefined;
  #open:
    | { entry: string | undefined; dumpId: number | undefined; message: string; command: string; inCommand: boolean }
    | undefined;
  #line = '';

  /** @param server the target's major version */
  constructor(server: number, { onHarm, onReached = () => {} }: PgRestoreListeners = {}) {
    this.#verdict = new PgRestoreVerdict(server, onHarm);
    this.#onReached = onReached;
  }

  push(text: string): void {
    const lines = text.split('\n');
    lines[0] = this.#line + (lines[0] ?? '');
    this.#line = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#read(line.slice(0, LONGEST_LINE));
  }

  outcome(exitCode: number | null, signal?: string | null): PgRestoreOutcome {
    if (this.#line !== '') this.#read(this.#line);
    this.#line = '';
    this.#close();
    return this.#verdict.outcome(() => this.#unusual(exitCode, signal));
  }

  isWhole(exitCode: number | null): boolean {
    return this.#unusual(exitCode, undefined) === undefined;
  }

  #unusual(exitCode: number | null, signal: string | null | undefined): string | undefined {
    const unusual = unusualEnd(exitCode, this.#ignored, signal);
    if (unusual !== undefined) return unusual;
    const counted = this.#ignored ?? 0;
    if (counted !== this.#errors) return `pg_restore counted ${counted} errors, but reported ${this.#errors}`;
    if (exitCode === 0 && counted > 0) return `pg_restore ended with exit code 0 after ${counted} errors`;
    return undefined;
  }

  #read(line: string): void {
    if (line.startsWith(PREFIX)) this.#readOwn(line.slice(PREFIX.length));
    else if (this.#open?.inCommand) this.#appendCommand(`\n${line}`);
    else if (this.#open !== undefined && line.startsWith(COMMAND)) {
      this.#open.inCommand = true;
      this.#appendCommand(line.slice(COMMAND.length));
    }
  }

  #appendCommand(text: string): void {
    if (this.#open !== undefined) this.#open.command = (this.#open.command + text).slice(0, LONGEST_COMMAND);
  }

  #readOwn(text: string): void {
    const [, level, rest = ''] = /^(error|warning|detail|hint): (.*)$/.exec(text) ?? [];
    // The previous error continues.
    if (level === 'detail' || level === 'hint') return;
    this.#close();
    if (level === 'error') {
      this.#open = { entry: this.#entry, dumpId: this.#dumpId, message: rest, command: '', inCommand: false };
    } else if (level === 'warning') {
      const ignored = /^errors ignored on restore: (\d+)$/.exec(rest)?.[1];
      if (ignored === undefined) this.#verdict.warn(rest);
      else this.#ignored = Number(ignored);
    } else if (/^while (INITIALIZING|PROCESSING TOC|FINALIZING):$/.test(text)) {
      // A new stage begins. If it is about an entry, that is named next.
      this.#entry = undefined;
      this.#dumpId = undefined;
    } else {
      const [, dumpId, entry] = /^from TOC entry (\d+); \d+ \d+ (.*)$/.exec(text) ?? [];
      if (entry !== undefined) {
        this.#entry = entry.trim();
        this.#dumpId = Number(dumpId);
      } else this.#tellReached(text);
    }
  }

  #tellReached(text: string): void {
    const [, desc, made] = /^creating ([A-Z][A-Z ]*) "(.*)"$/.exec(text) ?? [];
    if (desc !== undefined && made !== undefined) this.#onReached(textOf(desc, made));
    const filled = /^processing data for table "(.*)"$/.exec(text)?.[1];
    if (filled !== undefined) this.#onReached(textOf('TABLE DATA', filled));
  }

  /** The current error is complete. */
  #close(): void {
    if (this.#open === undefined) return;
    const error: PgRestoreError = { ...this.#open, command: this.#open.command.trim() };
    this.#open = undefined;
    this.#errors++;
    this.#verdict.add(error);
  }
}
