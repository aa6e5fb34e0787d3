/** Random targets of any engine: what is skipped, and what counts as a fault. */
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { runSql } from '../harness.ts';

/** What a seed makes, each as statements of which the server may refuse some. */
export interface RandomTarget {
  source: string[];
  target: string[];
  /** Run by the administrator outside the target, once it is made. */
  around: string[];
  /** What has to be reset afterwards. */
  after: string[];
  /** Whether the administrator loads, instead of a user with random rights. */
  asSuperuser: boolean;
}

/** Skips what the server refuses. */
export async function tries(
  server: RunningServer,
  database: string | undefined,
  statements: readonly string[],
): Promise<void> {
  for (const one of statements) await runSql(server, database, [one]).catch(() => {});
}

/**
 * @param around makes the target what it is for the load
 * @param after takes that back, so that its state can be read
 * @returns the load's error, if it failed without a change
 * @throws the load's error if it failed after the first write
 */
export async function failsUntouched({
  state,
  around,
  load,
  after,
}: {
  state: () => Promise<string>;
  around: () => Promise<void>;
  load: () => Promise<unknown>;
  after: () => Promise<void>;
}): Promise<Error | undefined> {
  const before = await state();
  await around();
  const failure = await load().then(
    () => undefined,
    (error: Error) => error,
  );
  await after();
  if (failure !== undefined && (await state()) !== before) throw failure;
  return failure;
}
