/**
 * What a restore has done to its target. The restore's record stores it, and error messages about the target rely only
 * on it, because the kind of error proves nothing about the target. Pure.
 * - `untouched`: nothing was written, or everything was rolled back.
 * - `incomplete`: the first write may have happened. This is recorded before that write, so that it is true however the
 *   restore ends from then on.
 * - `complete`: everything in the backup is in the target.
 */
export const TARGET_STATES = ['untouched', 'incomplete', 'complete'] as const;
export type TargetState = (typeof TARGET_STATES)[number];

const SENTENCE: Record<TargetState, string> = {
  untouched: 'The target is as it was before.',
  incomplete: 'The target is incomplete: restore into it again, or into another database.',
  complete: 'The target is complete.',
};

/** @param state null if it is unknown, because the record is older than this field. */
export function targetSentence(state: TargetState | null): string {
  return state === null ? 'The target may be incomplete: restore again, or into another database.' : SENTENCE[state];
}

/** The failure, with a hint that also gives the state of the target. */
export function withTarget<F extends { hint?: string | undefined }>(failure: F, state: TargetState | null): F {
  return { ...failure, hint: [failure.hint, targetSentence(state)].filter(Boolean).join(' ') };
}

/** Whether a restore in this state may have written to its target. */
export function mayHaveWritten(state: TargetState | null): boolean {
  return state !== 'untouched';
}
