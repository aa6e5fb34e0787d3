/** What the handlers of the plan machine's own states have in common. */
import { logged } from './logged.ts';

/** A state's handler whose log lines name the run and the entry. */
export function planHandler<Input extends { run_id: string; entry?: number }, Output>(
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return logged<Input, Output>(({ run_id, entry }) => ({ run_id, entry }), run);
}
