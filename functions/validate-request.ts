/** `Validate request`: the first state of a restore. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { MalformedRequest } from '../lib/domain/errors.ts';
import { issuesOf } from '../lib/domain/issues.ts';
import { id } from '../lib/domain/records.ts';
import { executionInput, newRestore } from '../lib/domain/restore-request.ts';
import { taskOverrides, taskSize } from '../lib/domain/task-size.ts';
import { loadPlan } from '../lib/restores/load-plan.ts';
import { insertRestore } from '../lib/restores/record-restore.ts';
import { takeTarget } from '../lib/restores/take-target.ts';
import { bind } from '../lib/telemetry/log.ts';
import type { ValidateInput, ValidateOutput } from '../lib/workflow/states.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = workflowHandler(records, async (input: ValidateInput): Promise<ValidateOutput> => {
  // its record may not be there yet
  bind({ execution: input.execution_arn });
  const restoreId = id.safeParse(input.restore_id);
  if (!restoreId.success) {
    throw new MalformedRequest(
      `the execution's name is the restore's id and must be a UUID, not "${input.restore_id}"`,
      {
        hint: 'Leave the name that the console proposes.',
      },
    );
  }
  const request = executionInput.safeParse(input.request);
  if (!request.success) {
    throw new MalformedRequest(`the execution's input is not a restore request: ${issuesOf(request.error)}`, {
      hint: 'The least that it takes is {"backup_id": "<uuid>"}.',
    });
  }

  bind({ backup_id: request.data.backup_id });

  const now = new Date();
  await insertRestore(recorder, {
    ...newRestore(restoreId.data, request.data, now),
    execution_arn: input.execution_arn,
    progress: { stage: 'validating', bytes_done: 0, bytes_total: 0 },
  });
  const plan = await loadPlan(records, request.data);
  await takeTarget(records, restoreId.data, plan, now);
  const { backup, target, database } = plan;
  const task = taskSize(backup);
  await records.restores.update(restoreId.data, { task }, { status: 'running' });
  return {
    restore_id: restoreId.data,
    backup_id: backup.id,
    summary: `${backup.storage_path} to database ${database} of ${target.name} (${target.host}:${target.port})`,
    verify: request.data.verify,
    task: { starts: 1 },
    size: taskOverrides(task),
  };
});
