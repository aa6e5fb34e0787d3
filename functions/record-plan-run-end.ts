/**
 * Ends runs of recovery plans that can't continue, so that no run stays `running`. The state machine or the rule says
 * which end it is:
 * - `failure`: from `Record the failure`, which every error leads to;
 * - `execution`: from the rule on the execution's status, if the execution was stopped or timed out, which reaches no
 *   Catch.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { endRun } from '../lib/plans/plan-runs.ts';
import { type EndOfExecution, failureOfExecution } from '../lib/restores/execution/ended-execution.ts';
import type { FailureEnd, RecordedFailure } from '../lib/restores/execution/states.ts';
import { failureOf } from '../lib/restores/execution/task-failure.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { id } from '../lib/storage/fields.ts';
import { logged } from './logged.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const recorder = { records: openRecords(env), events: openEvents(env) };

type StateInput = FailureEnd<{ run_id: string }>;

export const handler = (input: StateInput | EndOfExecution, context: unknown) =>
  input.end === 'execution' ? ofExecution(input, context) : ofState(input, context);

const ofState = planHandler(async ({ run_id, error }: StateInput): Promise<RecordedFailure> => {
  const failure = failureOf(error);
  // an execution that was started by hand may have no run
  if (id.safeParse(run_id).success) await endRun(recorder, run_id, failure, new Date());
  return { code: failure.code, message: failure.message };
});

const ofExecution = logged<EndOfExecution, void>(
  ({ detail }) => ({ run_id: detail.name, execution: detail.executionArn }),
  async ({ detail }) => {
    if (!id.safeParse(detail.name).success) return;
    const { code, message } = failureOfExecution(detail);
    const hint = "Check each entry's restore: it says whether its target may be incomplete.";
    await endRun(recorder, detail.name, { code, message, hint }, new Date());
  },
);
