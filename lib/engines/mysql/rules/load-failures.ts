/**
 * The errors of a MySQL or MariaDB load. The load continues after an error, restores as much as it can, and reports
 * every error. Pure.
 */
import { DistinctLines, MOST_ERRORS, toldTogether } from '../../distinct-lines.ts';

/** Errors that lose rows come first, then keys, then objects without rows: views, routines, events, triggers. */
const KINDS = ['rows', 'keys', 'definitions'] as const;

/** The server is gone, is shutting down, or has ended the session, so nothing else would succeed. */
const ENDS_SESSION = new Set([1053, 1077, 1079, 1927, 2002, 2003, 2006, 2013, 4031]);

export function endsSession(errno: number): boolean {
  return ENDS_SESSION.has(errno);
}

export class LoadFailures {
  readonly #told = {
    rows: new DistinctLines(MOST_ERRORS),
    keys: new DistinctLines(MOST_ERRORS),
    definitions: new DistinctLines(MOST_ERRORS),
  };

  /** @param message in the wording of the clients. */
  add(kind: (typeof KINDS)[number], message: string): void {
    this.#told[kind].add(message);
  }

  /** All errors combined; undefined if there are none. The message begins with the first of the most serious ones. */
  together(): { first: string; message: string; errors: string[] } | undefined {
    const groups = KINDS.map((kind) => this.#told[kind]);
    const first = groups.find(({ lines }) => lines.length > 0)?.lines[0];
    return first === undefined ? undefined : { first, ...toldTogether(first, groups) };
  }
}
