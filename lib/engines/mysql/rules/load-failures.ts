/** Errors of a load into MySQL or MariaDB that went on: it restores as much as it can, and reports every error. Pure. */
import { DistinctLines, MOST_ERRORS, toldTogether } from '../../distinct-lines.ts';

/** Rows are lost without more of the load; then come keys; last what has no rows: views, routines, events, triggers. */
const KINDS = ['rows', 'keys', 'definitions'] as const;

/** The server is gone, ends, or has ended the session: nothing else would go well. */
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

  /** @param message as the clients word it. */
  add(kind: (typeof KINDS)[number], message: string): void {
    this.#told[kind].add(message);
  }

  /** All of them; undefined if there are none. The message begins with the first of the gravest. */
  together(): { first: string; message: string; errors: string[] } | undefined {
    const groups = KINDS.map((kind) => this.#told[kind]);
    const first = groups.find(({ lines }) => lines.length > 0)?.lines[0];
    return first === undefined ? undefined : { first, ...toldTogether(first, groups) };
  }
}
