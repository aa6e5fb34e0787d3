/** Judges all errors of one pg_restore run together. Pure. */
import { DistinctLines, MOST_ERRORS, toldTogether } from '../../distinct-lines.ts';
import { type PgRestoreError, readable, refusedByServer } from './pg-restore-error.ts';
import { isHarmless, isKeyDrop } from './pg-restore-harmless.ts';

export type PgRestoreOutcome =
  | { status: 'success'; warnings: [] }
  | { status: 'success_with_warnings'; warnings: string[] }
  /** @property errors all harmful ones, with those that lose rows first. The message contains the first one */
  | { status: 'failure'; warnings: string[]; message: string; errors: string[] };

export const MOST_WARNINGS = 50;

const LOSES_ROWS = /^(?:TABLE DATA|BLOBS?|LARGE OBJECT) /;
const COPY_FAILED = /^COPY failed for table /;
const FILLS_WITHOUT_PATH = 17;
const REFRESH = /^REFRESH MATERIALIZED VIEW ((?:"(?:[^"]|"")+"|[^\s".;]+)\.)?((?:"(?:[^"]|"")+"|[^\s".;]+));?$/;

/** Takes errors as they are read. Memory stays bounded, however many there are. */
export class PgRestoreVerdict {
  readonly #warnings = new DistinctLines(MOST_WARNINGS);
  readonly #losses = new DistinctLines(MOST_ERRORS);
  readonly #harms = new DistinctLines(MOST_ERRORS);
  /**
   * These are harmless unless another error is harmful: if a key was not dropped, something else could not be created.
   */
  readonly #keyDrops = new DistinctLines(MOST_ERRORS);
  readonly #server: number;
  readonly #onHarm: (error: PgRestoreError) => void;

  /**
   * @param server the target's major version
   * @param onHarm called with each error that loses something
   */
  constructor(server: number, onHarm: (error: PgRestoreError) => void = () => {}) {
    this.#server = server;
    this.#onHarm = onHarm;
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
    else {
      const isLoss = LOSES_ROWS.test(entry) || COPY_FAILED.test(message);
      (isLoss ? this.#losses : this.#harms).add(readable(error));
      this.#onHarm(error);
    }
  }

  /** @param end other reasons for a failure, if no error is one */
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
    return { status: 'failure', warnings, ...toldTogether(first, all) };
  }
}

/**
 * The warning about a materialized view that could not be filled. Views are filled last, from complete tables. The
 * usual reason is that a function in the view's query names something without its schema.
 * @param said the server's error
 * @param server its major version: since 17, it fills views only with its own search_path
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
