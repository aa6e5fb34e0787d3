/**
 * Reads from its stderr how a pg_restore with several jobs ended. Its workers share the stderr and do not wait for each
 * other. Each log line takes several writes (`pg_log_generic_v` of common/logging.c, on an unbuffered stream), and another
 * worker may write between them:
 *
 *     pg_restore:pg_restore: error:  error: could not execute query: ERROR:  role "app" does not exist
 *     Command was: GRANT SELECT ON TABLE public.a TO app;
 *
 *     could not execute query: ERROR:  could not create unique index "b_pkey"
 *     …
 *
 * The writes themselves stay whole: `pg_restore:`, ` `, `error: `, and the message with the command in it, in pieces of
 * 1024 bytes (`pg_vfprintf` of port/snprintf.c; a pipe takes 4096 at once). So the first 1024 bytes of a message are
 * certainly its own, and only those are used. The line that names the entry may belong to another error, and is ignored.
 * Every `error: ` must have its message: if there is one too many or too few, the restore counts as failed.
 */
import { type PgRestoreListeners, type PgRestoreReader, unusualEnd } from './pg-restore-outcome.ts';
import { type PgRestoreOutcome, PgRestoreVerdict } from './pg-restore-verdict.ts';

/** Less than 1024, so that it doesn't matter whether the piece has 1023 or 1024 bytes. */
const OWN_BYTES = 1000;
/** The beginnings of messages that don't always mean the end of the restore. */
const ERROR_START = /could not (?:execute query: |set "?default_table)|COPY failed for table "/g;
const LONGEST_START = 40;
/** At the start of a line: another message has begun. */
const NEXT =
  /\n(?= *(?:pg_restore:|error: |warning: |could not (?:execute query: |set "?default_table)|COPY failed for table "))/;
const LONGEST_LINE = 8192;
/** Text after `error: ` that can only come from another worker. */
const OTHERS = /^(?:error: |warning: |pg_restore:|(?:finished|launching|creating|processing|dropping|from|while) )/;
/**
 * A message about a worker's own work, up to the line's end. It contains the name of an entry, which may contain any
 * words.
 */
const WORK =
  /(?:(?:finished|launching|processing|skipping) item \d|(?:creating|dropping|executing) [A-Z]|processing data for table "|setting owner and privileges for |from TOC entry \d).*$/;

/** Reads pg_restore's output with --verbose; memory stays bounded, whatever it writes. */
export class ParallelPgRestoreStderr implements PgRestoreReader {
  readonly #onFinished: (dumpId: number) => void;
  readonly #verdict: PgRestoreVerdict;
  #text = '';
  /** Counts of `error: `, and of messages that belong to one. */
  #errors = 0;
  #messages = 0;
  #ignored: number | undefined;
  /** The first error whose message isn't known. */
  #other: string | undefined;

  /** @param server the target's major version */
  constructor(server: number, { onFinished = () => {}, onHarm }: PgRestoreListeners = {}) {
    this.#onFinished = onFinished;
    this.#verdict = new PgRestoreVerdict(server, onHarm);
  }

  push(text: string): void {
    this.#text += text;
    this.#readAll(false);
  }

  outcome(exitCode: number | null, signal?: string | null): PgRestoreOutcome {
    this.#readAll(true);
    return this.#verdict.outcome(() => this.#unusual(exitCode, signal));
  }

  isWhole(exitCode: number | null): boolean {
    return this.#unusual(exitCode, undefined) === undefined;
  }

  #unusual(exitCode: number | null, signal: string | null | undefined): string | undefined {
    if (this.#errors !== this.#messages) {
      return this.#other ?? `pg_restore reported ${this.#errors} errors, but explained only ${this.#messages}`;
    }
    const unusual = unusualEnd(exitCode, this.#ignored, signal);
    if (unusual !== undefined) return unusual;
    // If a worker has an error, the error and its entry are counted again (`mark_restore_job_done` of
    // pg_backup_archiver.c). What happens in a worker's session before its first entry doesn't count.
    const counted = this.#ignored ?? 0;
    if (counted > 2 * this.#messages) return `pg_restore counted ${counted} errors, but reported ${this.#messages}`;
    return undefined;
  }

  /** @param ended whether nothing follows */
  #readAll(ended: boolean): void {
    for (;;) {
      ERROR_START.lastIndex = 0;
      const start = ERROR_START.exec(this.#text);
      if (start === null) break;
      this.#readPlain(this.#text.slice(0, start.index));
      this.#text = this.#text.slice(start.index);
      if (!ended && Buffer.byteLength(this.#text) < OWN_BYTES) return;
      const own = Buffer.from(this.#text.slice(0, OWN_BYTES)).subarray(0, OWN_BYTES).toString();
      const next = NEXT.exec(own);
      const message = next === null ? own : own.slice(0, next.index);
      this.#readMessage(message);
      this.#text = this.#text.slice(message.length);
    }
    // complete lines, without the last part if a message may begin in it
    const whole = ended ? this.#text.length : this.#text.lastIndexOf('\n') + 1;
    this.#readPlain(this.#text.slice(0, whole));
    this.#text = this.#text.slice(whole);
    if (this.#text.length > LONGEST_LINE) {
      const read = this.#text.length - LONGEST_START;
      this.#readPlain(this.#text.slice(0, read));
      this.#text = this.#text.slice(read);
    }
  }

  #readMessage(text: string): void {
    this.#messages++;
    const at = text.indexOf('\nCommand was: ');
    const [message = ''] = text.split('\n', 1);
    // the first statement: pg_restore only sends changes of owner, and an ACL only has GRANTs and REVOKEs
    const command = at < 0 ? '' : (text.slice(at + '\nCommand was: '.length).split(/(?<=;)\s*\n/, 1)[0] ?? '');
    this.#verdict.add({ entry: undefined, message, command: command.trim() });
  }

  /** Everything except the messages of errors. */
  #readPlain(text: string): void {
    for (const whole of text.split('\n')) {
      const finished = /finished item (\d+) /.exec(whole)?.[1];
      if (finished !== undefined) this.#onFinished(Number(finished));
      const line = whole.replace(WORK, '');
      this.#errors += line.split('error: ').length - 1;
      const said = /error: (\S.*)$/.exec(line)?.[1];
      if (said !== undefined && !OTHERS.test(said)) this.#other ??= said;
      const warning = /warning: (?!error: |pg_restore:)(\S.*)$/.exec(line)?.[1];
      const ignored = /^errors ignored on restore: (\d+)$/.exec(warning ?? '')?.[1];
      if (ignored !== undefined) this.#ignored = Number(ignored);
      else if (warning !== undefined) this.#verdict.warn(warning);
    }
  }
}
