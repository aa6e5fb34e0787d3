/**
 * Notes in a restore's log about the changes that were made to a dump. Each kind appears once, with its count, in order
 * of appearance.
 */
export class Notes {
  readonly #counts = new Map<string, { count: number; line: (count: number) => string }>();

  /** Counts one more of the kind `key`. `line` returns the note for a count. */
  add(key: string, line: (count: number) => string): void {
    const note = this.#counts.get(key);
    if (note === undefined) this.#counts.set(key, { count: 1, line });
    else note.count++;
  }

  lines(): string[] {
    return [...this.#counts.values()].map(({ count, line }) => line(count));
  }
}

/** "1 statement", "3 statements". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
