/**
 * What no Catch of the state machine sees: someone stopped the execution, it took too long, or it failed on an error of
 * the runtime. A rule on the execution's status brings it here, so that no restore stays `running`. One whose task may
 * still be writing is asked to stop, and ends when it has: see record-stopped-task.ts.
 */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { mayBeWriting } from '../lib/domain/restore-claim.ts';
import { askToStop } from '../lib/restores/claim-restore.ts';
import { endRestore } from '../lib/restores/end-restore.ts';
import { restoresOfTask } from '../lib/restores/restores-of-task.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { type EndedExecution, endOfExecution } from '../lib/workflow/ended-execution.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = logged<EndedExecution, void>(
  ({ detail }) => ({ restore_id: detail.name, execution: detail.executionArn }),
  async ({ detail }) => {
    const restores = await restoresOfTask(records, detail.name);
    const [restore] = restores;
    if (restore !== undefined) bindRestore(restore);
    if (restore?.status !== 'running') return;
    if (mayBeWriting(restores)) return askToStop(records, restores);
    await endRestore(recorder, restore.id, (one) => endOfExecution(one, detail), new Date());
  },
);
