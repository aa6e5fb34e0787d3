/** Combines the responses to several calls of one import. Pure. */
import type { AnswerOf } from '../../../../lib/api/routes.ts';

export type ImportAnswer = AnswerOf<'POST /api/backups/import'>;
/** Includes the counts of a running Jagad's lists. */
export type JagadAnswer = AnswerOf<'POST /api/backups/import-from-jagad'>;
export type Said = ImportAnswer['skipped'][number];

/** How many responses in a row may make no progress. */
const MOST_IDLE_CALLS = 3;

/**
 * Sends a part again until nothing of it is left, because one call has only 20 s. It gives up if there is no progress;
 * then `left` of the response isn't zero.
 * @param onAnswer called with the sum of the responses so far.
 */
export async function untilNothingIsLeft<A extends ImportAnswer>(
  send: () => Promise<A>,
  onAnswer: (sum: A) => void,
): Promise<A> {
  let sum = await send();
  onAnswer(sum);
  for (let idle = 0; sum.backups.left > 0 && idle < MOST_IDLE_CALLS; ) {
    const { left } = sum.backups;
    sum = sameAgain(sum, await send());
    onAnswer(sum);
    idle = sum.backups.left < left ? 0 : idle + 1;
  }
  return sum;
}

/** Combines the response to a repeated call with the previous response, which ran out of time. */
export function sameAgain<A extends ImportAnswer>(before: A, again: A): A {
  const { created, corrected, filled } = before.backups;
  return {
    ...again,
    storage_providers: countedAgain(before.storage_providers, again.storage_providers),
    connections: countedAgain(before.connections, again.connections),
    backups: {
      created: created + again.backups.created,
      corrected: corrected + again.backups.corrected,
      filled: filled + again.backups.filled,
      known: Math.max(0, again.backups.known - created - corrected - filled),
      left: again.backups.left,
    },
    warnings: distinct([...before.warnings, ...again.warnings]),
    ...('notes' in again ? { notes: [...new Set([...notesOf(before), ...notesOf(again)])] } : {}),
    verification_job: again.verification_job ?? before.verification_job,
  };
}

/** Combines the responses to two parts, which both contain the same storage providers and connections. */
export function together(first: ImportAnswer, next: ImportAnswer): ImportAnswer {
  const sum = (name: keyof ImportAnswer['backups']) => first.backups[name] + next.backups[name];
  return {
    storage_providers: first.storage_providers,
    connections: first.connections,
    backups: {
      created: sum('created'),
      corrected: sum('corrected'),
      filled: sum('filled'),
      known: sum('known'),
      left: sum('left'),
    },
    skipped: distinct([...first.skipped, ...next.skipped]),
    warnings: distinct([...first.warnings, ...next.warnings]),
    verification_job: next.verification_job ?? first.verification_job,
  };
}

type Counts = ImportAnswer['connections'];

/** What one call has created, the next one counts as known. */
function countedAgain(before: Counts, again: Counts): Counts {
  const created = before.created + again.created;
  return { created, known: Math.max(0, again.created + again.known - created) };
}

function notesOf(answer: ImportAnswer | JagadAnswer): string[] {
  return 'notes' in answer ? answer.notes : [];
}

/** Each part and call reports the same connections. */
function distinct(said: readonly Said[]): Said[] {
  return [...new Map(said.map((one) => [`${one.id} ${one.reason}`, one])).values()];
}
