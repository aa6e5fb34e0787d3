/** `Record the failure`: where a run leads that cannot go on. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { id } from '../lib/domain/records.ts';
import { endRun } from '../lib/plans/plan-runs.ts';
import type { RecordPlanFailureInput } from '../lib/workflow/plan-states.ts';
import type { RecordFailureOutput } from '../lib/workflow/states.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const recorder = { records: openRecords(env), events: openEvents(env) };

export const handler = planHandler(async ({ run_id, error }: RecordPlanFailureInput): Promise<RecordFailureOutput> => {
  const failure = failureOf(error);
  // an execution that was named by hand may have no run
  if (id.safeParse(run_id).success) await endRun(recorder, run_id, failure, new Date());
  return { code: failure.code, message: failure.message };
});
