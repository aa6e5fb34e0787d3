/** What no Catch of the plan machine sees: someone stopped the execution, or it took too long. No run stays `running`. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { id } from '../lib/domain/records.ts';
import { endRun } from '../lib/plans/plan-runs.ts';
import { type EndedExecution, failureOfExecution } from '../lib/workflow/ended-execution.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const recorder = { records: openRecords(env), events: openEvents(env) };

export const handler = logged<EndedExecution, void>(
  ({ detail }) => ({ run_id: detail.name, execution: detail.executionArn }),
  async ({ detail }) => {
    if (!id.safeParse(detail.name).success) return;
    const { code, message } = failureOfExecution(detail);
    const hint = 'Each entry says how far it came; a restore of its own says whether its target may be incomplete.';
    await endRun(recorder, detail.name, { code, message, hint }, new Date());
  },
);
