/**
 * Compares what two loads of one dump left, object by object and row by row: ours and the plain client's. Every
 * difference is a fault, unless it is intended: each intended difference is listed with its reason, and no others are
 * accepted.
 */

/** What is known of a database: each object or table's rows by its name, with all that was read of it as text. */
export type Facts = ReadonlyMap<string, string>;

export interface WantedDifference {
  reason: string;
  /** @param theirs what the plain client left of it, @param ours what we did; undefined if it isn't there */
  is(subject: string, theirs: string | undefined, ours: string | undefined, allTheirs: Facts): boolean;
}

/** How one load ended. */
export interface Loaded {
  /** Undefined if it succeeded. */
  error: string | undefined;
  facts: Facts;
}

export interface Counts {
  /** Statements that the source accepted, and all random ones. */
  taken: number;
  made: number;
  /** Loads that the plain client could not do. */
  clientFailed: number;
  loads: number;
  /** Seeds of which several jobs restored an archive. */
  severalJobs?: number;
}

/** Unexplained differences, one line each. */
export function differences(theirs: Facts, ours: Facts, wanted: readonly WantedDifference[]): string[] {
  const subjects = [...new Set([...theirs.keys(), ...ours.keys()])].toSorted();
  return subjects.flatMap((subject) => {
    const [one, other] = [theirs.get(subject), ours.get(subject)];
    if (one === other || wanted.some((difference) => difference.is(subject, one, other, theirs))) return [];
    return [`${subject}\n  client: ${excerpt(one, other)}\n  ours:   ${excerpt(other, one)}`];
  });
}

/**
 * @returns what is wrong with our load, compared with the plain client's; nothing is compared if that one fails, too
 */
export function verdict(theirs: Loaded, ours: Loaded, wanted: readonly WantedDifference[]): string[] {
  if (theirs.error !== undefined) return [];
  if (ours.error !== undefined) return [`the plain client loads it, and we don't: ${ours.error}`];
  return differences(theirs.facts, ours.facts, wanted);
}

const EXCERPT = 400;

/** The part of a text in which it differs from another. */
function excerpt(text: string | undefined, other: string | undefined): string {
  if (text === undefined) return '(not there)';
  if (other === undefined) return text.slice(0, EXCERPT);
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const from = Math.max(0, at - EXCERPT / 4);
  return `${from > 0 ? '…' : ''}${text.slice(from, from + EXCERPT)}`;
}
