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
import { isHarmless, isInheritedKeyDrop } from './pg-restore-harmless.ts';

export type PgRestoreOutcome =
  | { status: 'success'; warnings: [] }
  | { status: 'success_with_warnings'; warnings: string[] }
  | { status: 'failure'; warnings: string[]; message: string };

/** Reads what pg_restore writes to stderr. */
export interface PgRestoreReader {
  /** @param text decoded, in pieces of any size */
  push(text: string): void;
  /**
   * Call once, when pg_restore has ended.
   *
   * @param exitCode null where a signal ended it
   */
  outcome(exitCode: number | null): PgRestoreOutcome;
}

export interface PgRestoreError {
  /** As in `TABLE customers app`: kind, name, owner. Undefined without --verbose, and outside of entries. */
  readonly entry: string | undefined;
  /** What follows `error: `, its first line. */
  readonly message: string;
  /** What follows `Command was: `, or empty. */
  readonly command: string;
}

const MOST_WARNINGS = 50;
const LONGEST_LINE = 8192;
const LONGEST_COMMAND = 2048;
const LONGEST_EXCERPT = 160;

const PREFIX = 'pg_restore: ';
const COMMAND = 'Command was: ';

/** On one line, without what stands in quotes: a subscription's command has a password in it. */
function excerpt(command: string): string {
  const line = command
    .replace(/'(?:[^']|'')*(?:'|$)/g, "'…'")
    .replace(/\s+/g, ' ')
    .replace(/[; ]+$/, '');
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}

/** `role "app" does not exist (ALTER TABLE sales.customers OWNER TO app)` */
export function readable({ entry, message, command }: PgRestoreError): string {
  const said = message.replace(/^could not execute query: /, '').replace(/^ERROR: {2}/, '');
  const where = [entry, command === '' ? undefined : excerpt(command)].filter((part) => part !== undefined);
  return where.length === 0 ? said : `${said} (${where.join(': ')})`;
}

/** What its exit code alone says against it. @param ignored the count of errors that it told at its end */
export function unusualEnd(exitCode: number | null, ignored: number | undefined): string | undefined {
  if (exitCode === null) return 'pg_restore was ended by a signal';
  if (exitCode !== 0 && exitCode !== 1) return `pg_restore ended with exit code ${exitCode}`;
  if (exitCode === 1 && ignored === undefined) return 'pg_restore gave up without saying why';
  return undefined;
}

/** @param harm why it is a failure, where it is one */
export function outcomeOf(warnings: string[], harm: string | undefined): PgRestoreOutcome {
  if (harm !== undefined) return { status: 'failure', warnings, message: harm };
  return warnings.length === 0 ? { status: 'success', warnings: [] } : { status: 'success_with_warnings', warnings };
}

/** So many are told, the others counted. */
export class Warnings {
  readonly #told: string[] = [];
  #more = 0;

  add(warning: string): void {
    if (this.#told.length < MOST_WARNINGS) this.#told.push(warning);
    else this.#more++;
  }

  all(): string[] {
    return this.#more === 0 ? this.#told : [...this.#told, `… and ${this.#more} more`];
  }
}

/** Takes what pg_restore writes to stderr as it comes, with one session; memory stays bounded, whatever it writes. */
export class PgRestoreStderr implements PgRestoreReader {
  readonly #warnings = new Warnings();
  #errors = 0;
  #firstHarm: PgRestoreError | undefined;
  #ignored: number | undefined;
  #entry: string | undefined;
  #open: { entry: string | undefined; message: string; command: string; inCommand: boolean } | undefined;
  #line = '';

  push(text: string): void {
    const lines = text.split('\n');
    lines[0] = this.#line + (lines[0] ?? '');
    this.#line = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#read(line.slice(0, LONGEST_LINE));
  }

  outcome(exitCode: number | null): PgRestoreOutcome {
    if (this.#line !== '') this.#read(this.#line);
    this.#line = '';
    this.#close();
    return outcomeOf(this.#warnings.all(), this.#harm(exitCode));
  }

  #harm(exitCode: number | null): string | undefined {
    if (this.#firstHarm !== undefined) return readable(this.#firstHarm);
    const unusual = unusualEnd(exitCode, this.#ignored);
    if (unusual !== undefined) return unusual;
    const counted = this.#ignored ?? 0;
    if (counted !== this.#errors) return `pg_restore counted ${counted} errors, but told of ${this.#errors}`;
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
    // More of the error before.
    if (level === 'detail' || level === 'hint') return;
    this.#close();
    if (level === 'error') {
      this.#open = { entry: this.#entry, message: rest, command: '', inCommand: false };
    } else if (level === 'warning') {
      const ignored = /^errors ignored on restore: (\d+)$/.exec(rest)?.[1];
      if (ignored === undefined) this.#warnings.add(rest);
      else this.#ignored = Number(ignored);
    } else if (/^while (INITIALIZING|PROCESSING TOC|FINALIZING):$/.test(text)) {
      // A new stage; if it has to do with an entry, that is named next.
      this.#entry = undefined;
    } else {
      this.#entry = /^from TOC entry \d+; \d+ \d+ (.*)$/.exec(text)?.[1]?.trim() ?? this.#entry;
    }
  }

  /** The error that was being read is complete. */
  #close(): void {
    if (this.#open === undefined) return;
    const error: PgRestoreError = { ...this.#open, command: this.#open.command.trim() };
    this.#open = undefined;
    this.#errors++;
    if (isInheritedKeyDrop(error)) return;
    if (isHarmless(error)) this.#warnings.add(readable(error));
    else this.#firstHarm ??= error;
  }
}
