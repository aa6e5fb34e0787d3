/** What the handlers of the state machine's own states share. */
import type { Records } from '../lib/api/tables.ts';
import { TooLargeForLambda, toFailure } from '../lib/errors/errors.ts';
import { recordError } from '../lib/restores/end/end-restore.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

/**
 * A state's handler: it writes an error into the restore's record, as exactly as it is known here; the error then ends
 * the state under its class name.
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
        // an object that is too large goes to a task, which isn't a failure of the restore
        if (!(error instanceof TooLargeForLambda)) await recordError(records, input.restore_id, toFailure(error));
        throw error;
      }
    },
  );
}
