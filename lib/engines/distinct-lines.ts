/** The errors and warnings of a load. Each is shown once, not ten thousand times. Pure. */

export const MOST_ERRORS = 200;
const LONGEST_ERROR = 1000;

/** How many are listed; the others are only counted. An error that several sessions get counts once. */
export class DistinctLines {
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
 * Combines errors into one message, and a list for the log.
 * @param first the message: the most harmful error
 * @param groups the most harmful group first
 */
export function toldTogether(first: string, groups: readonly DistinctLines[]): { message: string; errors: string[] } {
  const count = groups.reduce((sum, told) => sum + told.count, 0);
  const errors = groups.flatMap((told) => told.lines.map((line) => line.slice(0, LONGEST_ERROR))).slice(0, MOST_ERRORS);
  if (count > errors.length) errors.push(`… and ${count - errors.length} more`);
  const others = count > 1 ? ` (and ${count - 1} more ${count === 2 ? 'error' : 'errors'}: see the log)` : '';
  return { message: first + others, errors };
}
