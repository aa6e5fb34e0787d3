/**
 * A test file may run a sample of its cases in `npm test`, and every case in `npm run test:long`. A file that imports this
 * module belongs to the long tier if the environment variable EVERY_CASE is set, and otherwise to the tier of its kind:
 * `support/runner/tiers.ts`. What isn't in the sample isn't registered, so it doesn't count as skipped.
 */
import type { TestAPI } from 'vitest';

/** Whether this run has every case: in the long tier, and in `EVERY_CASE=1 npx vitest run FILE`. */
export const EVERY_CASE = process.env.EVERY_CASE !== undefined;

/** The cases of the sample, and in the long tier all others too. */
export function everyCase<T>(sample: readonly T[], others: readonly NoInfer<T>[]): readonly T[] {
  return EVERY_CASE ? [...sample, ...others] : sample;
}

/** `it` if a case is in the sample, or this run has every case; otherwise a function that registers nothing. */
export function itIf(it: TestAPI, isInSample: boolean): TestAPI {
  return EVERY_CASE || isInSample ? it : NOTHING;
}

/** `it` in a run with every case; otherwise a function that registers nothing. */
export function inLongTier(it: TestAPI): TestAPI {
  return itIf(it, false);
}

const ignored = () => {};
const NOTHING = Object.assign(() => {}, {
  each: () => ignored,
  for: () => ignored,
}) as unknown as TestAPI;
