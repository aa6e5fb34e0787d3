/** What the handlers of the state machine's own states have in common. */
import type { Records } from '../lib/api/tables.ts';
import { TooLargeForLambda, toFailure } from '../lib/errors/errors.ts';
import { recordError } from '../lib/restores/end/end-restore.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

/**
 * A state's handler. It writes an error into the restore's record, because it knows the details best. The error then
 * ends the state, and its class name tells the state machine which it is.
 */
export function workflowHandler<Input extends { restore_id: string }, Output>(
  records: Records,
  run: (input: Input) => Promise<Output>,
): (input: Input, context: unknown) => Promise<Output> {
  return logged<Input, Output>(
    ({ restore_id }) => ({ restore_id }),
    async (input) => {
      const restore = await records.restores.get(input.restore_id);
      if (restore !== undefined) bindRestore(restore);
      try {
        return await run(input);
      } catch (error) {
        // a task verifies an object that is too large for a Lambda, so the restore has not failed
        if (!(error instanceof TooLargeForLambda)) await recordError(records, input.restore_id, toFailure(error));
        throw error;
      }
    },
  );
}
