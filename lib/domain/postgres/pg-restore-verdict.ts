/** What the errors of one pg_restore come to, all together. Pure. */
import { type PgRestoreError, readable, refusedByServer } from './pg-restore-error.ts';
import { isHarmless, isKeyDrop } from './pg-restore-harmless.ts';

export type PgRestoreOutcome =
  | { status: 'success'; warnings: [] }
  | { status: 'success_with_warnings'; warnings: string[] }
  /** @property errors all that do harm, those that lose rows first; the first of them is in the message */
  | { status: 'failure'; warnings: string[]; message: string; errors: string[] };

const MOST_ERRORS = 200;
export const MOST_WARNINGS = 50;
const LONGEST_ERROR = 1000;

const LOSES_ROWS = /^(?:TABLE DATA|BLOBS?|LARGE OBJECT) /;
const COPY_FAILED = /^COPY failed for table /;
const FILLS_WITHOUT_PATH = 17;
const REFRESH = /^REFRESH MATERIALIZED VIEW ((?:"(?:[^"]|"")+"|[^\s".;]+)\.)?((?:"(?:[^"]|"")+"|[^\s".;]+));?$/;

/** Takes errors as they are read; memory stays bounded, however many there are. */
export class PgRestoreVerdict {
  readonly #warnings = new Told(MOST_WARNINGS);
  readonly #losses = new Told(MOST_ERRORS);
  readonly #harms = new Told(MOST_ERRORS);
  /** Harmless unless something does harm: a key that was not dropped is told by what could not be made then. */
  readonly #keyDrops = new Told(MOST_ERRORS);
  readonly #server: number;

  /** @param server the target's major version */
  constructor(server: number) {
    this.#server = server;
  }

  warn(warning: string): void {
    this.#warnings.add(warning);
  }

  add(error: PgRestoreError): void {
    const { entry = '', message, command } = error;
    const said = refusedByServer(error);
    const view = said === undefined ? undefined : unfilledView(command, said, this.#server);
    if (view !== undefined) this.warn(view);
    else if (said !== undefined && isKeyDrop(command)) this.#keyDrops.add(readable(error));
    else if (isHarmless(error)) this.warn(readable(error));
    else if (LOSES_ROWS.test(entry) || COPY_FAILED.test(message)) this.#losses.add(readable(error));
    else this.#harms.add(readable(error));
  }

  /** @param end what else speaks against a success, if no error does */
  outcome(end: () => string | undefined): PgRestoreOutcome {
    const warnings = this.#warnings.all();
    const harmful = [this.#losses, this.#harms];
    const found = harmful.flatMap((told) => told.lines);
    const [first = end()] = found;
    if (first === undefined) {
      return warnings.length === 0
        ? { status: 'success', warnings: [] }
        : { status: 'success_with_warnings', warnings };
    }
    const all = found.length === 0 ? [] : [...harmful, this.#keyDrops];
    const count = all.reduce((sum, told) => sum + told.count, 0);
    const errors = all.flatMap((told) => told.lines.map((line) => line.slice(0, LONGEST_ERROR))).slice(0, MOST_ERRORS);
    if (count > errors.length) errors.push(`… and ${count - errors.length} more`);
    const others = count > 1 ? ` (and ${count - 1} more ${count === 2 ? 'error' : 'errors'}: see the log)` : '';
    return { status: 'failure', warnings, message: first + others, errors };
  }
}

/** So many are told, the others counted; each once, since the sessions of several jobs meet the same. */
export class Told {
  readonly lines: string[] = [];
  count = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: string): void {
    if (this.lines.includes(line)) return;
    this.count++;
    if (this.lines.length < this.#most) this.lines.push(line);
  }

  all(): string[] {
    const more = this.count - this.lines.length;
    return more === 0 ? this.lines : [...this.lines, `… and ${more} more`];
  }
}

/**
 * What is told of a materialized view that could not be filled. That comes last of all, from tables that are complete;
 * mostly a function that its query calls names something without its schema.
 * @param said the server's refusal
 * @param server its major version: since 17 it fills views with no search_path but its own
 * @returns undefined if the command fills none
 */
export function unfilledView(command: string, said: string, server: number): string | undefined {
  const [, schema = '', name = ''] = REFRESH.exec(command) ?? [];
  if (name === '') return undefined;
  const path = `SET search_path = ${schema === '' ? 'public' : schema.slice(0, -1)}`;
  const refresh = `REFRESH MATERIALIZED VIEW ${schema}${name};`;
  const cure =
    server < FILLS_WITHOUT_PATH
      ? `${path}; ${refresh}`
      : `ALTER FUNCTION … ${path}, for what it calls; then ${refresh}`;
  return `materialized view ${schema}${name} is empty: ${said}. The rows of all tables are there. To fill it: ${cure}`;
}
