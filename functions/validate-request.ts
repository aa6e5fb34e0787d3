/**
 * `Validate request`: the first state of a restore. If an archive was never read, it may turn out to be something other
 * than its record says: so this state plans again once the archive has been read.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { objectSize } from '../lib/backups/backup-object.ts';
import type { Backup } from '../lib/backups/model.ts';
import type { PlannedWindow } from '../lib/backups/physical/recovery-window.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { MalformedRequest } from '../lib/errors/errors.ts';
import { issuesOf } from '../lib/errors/issues.ts';
import { type Admitter, admitRestore, orThrow } from '../lib/restores/admission/admit-restore.ts';
import { furtherRestoreId } from '../lib/restores/admission/idempotency.ts';
import { readOnce } from '../lib/restores/admission/read-once.ts';
import { insertRestore } from '../lib/restores/admission/record-restore.ts';
import { refuseOutsideWindow } from '../lib/restores/admission/refuse-outside-window.ts';
import { takeTargets, windowOfTaken } from '../lib/restores/admission/take-target.ts';
import { recoveryTaskSize, taskOverrides, taskSize } from '../lib/restores/admission/task-size.ts';
import type { ValidateInput, ValidateOutput } from '../lib/restores/execution/states.ts';
import type { Restore } from '../lib/restores/model.ts';
import { executionInput, newRestores, type VerifyMode } from '../lib/restores/request.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { id } from '../lib/storage/fields.ts';
import { bind } from '../lib/telemetry/log.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const secrets = openSecrets(env);
const events = openEvents(env);

export const handler = workflowHandler(records, async (input: ValidateInput): Promise<ValidateOutput> => {
  // its record may not have been written yet
  bind({ execution: input.execution_arn });
  const restoreId = id.safeParse(input.restore_id);
  if (!restoreId.success) {
    throw new MalformedRequest(
      `the execution's name is the restore's id and must be a UUID, not "${input.restore_id}"`,
      {
        hint: 'Keep the name that the console proposes.',
      },
    );
  }
  const request = executionInput.safeParse(input.request);
  if (!request.success) {
    throw new MalformedRequest(`the execution's input is not a restore request: ${issuesOf(request.error)}`, {
      hint: 'Send at least {"backup_id": "<uuid>"}.',
    });
  }

  bind({ backup_id: request.data.backup_id });

  const now = new Date();
  const asked = newRestores(restoreId.data, request.data, furtherRestoreId, now).map((restore) => ({
    ...restore,
    execution_arn: input.execution_arn,
    progress: { stage: 'validating' as const, bytes_done: 0, bytes_total: 0 },
  }));
  const once = readOnce(records);
  // write the first one last: if it can be seen, so can all the others
  for (const restore of asked.toReversed()) await insertRestore({ records: once, events }, restore);
  const admitter: Admitter = {
    records: once,
    readWindow: async (backup, take, plan) =>
      (await windowOfTaken(records, restoreId.data, plan, take.timeline)) ??
      refuseOutsideWindow({ records: once, secrets }, backup, take),
    takeTargets: (plans) => takeTargets(records, asked, plans, now),
  };
  const admission = await admitRestore(admitter, { request: request.data, asker: 'execution' }, now);
  const { plans, window, request: whole } = orThrow(admission);
  const [{ backup, target }] = plans;
  await keepTimeline(asked, whole.timeline);
  const task = window === undefined ? taskSize(await sized(backup)) : recoveryTaskSize(window);
  if (window !== undefined) await keepSizes(window);
  // take the first one's size: one task restores them all, and its price is paid once
  await records.restores.update(restoreId.data, { task }, { status: 'running' });
  const databases = plans.map(({ database }) => database).join(', ');
  return {
    restore_id: restoreId.data,
    backup_id: backup.id,
    kind: kindOf(window, request.data.verify),
    summary: `${backup.storage_path} to database ${databases} of ${target.name} (${target.host}:${target.port})`,
    verify: request.data.verify,
    task: { starts: 1 },
    size: taskOverrides(task),
  };
});

/** If the request names no timeline, this is the one that was found: the task follows the record. */
async function keepTimeline(asked: readonly Restore[], timeline: number | null | undefined): Promise<void> {
  for (const { id, recovery } of asked) {
    if (!recovery || !timeline) continue;
    await records.restores.update(id, { recovery: { ...recovery, timeline } }, { status: 'running' });
  }
}

/** A verification is skipped if the request says so and the plan doesn't need it. */
function kindOf(window: PlannedWindow | undefined, verify: VerifyMode): ValidateOutput['kind'] {
  if (window === undefined) return 'dump';
  const mayBeLeft = window.unread.length === 0 || (verify === 'skip' && window.complete);
  return mayBeLeft ? 'physical' : 'unread';
}

/** A dump with its size in the bucket. Jagad doesn't record that, so it is read from the storage and then stored. */
async function sized(backup: Backup): Promise<Backup> {
  if (backup.object_bytes !== null || backup.size_bytes !== null) return backup;
  const object_bytes = await objectSize(records, secrets, backup);
  if (object_bytes === undefined) return backup;
  await keepSize(backup.id, object_bytes);
  return { ...backup, object_bytes };
}

/** The sizes that the recovery window found in the bucket. */
async function keepSizes({ chain }: PlannedWindow): Promise<void> {
  for (const { backup_id, object_bytes } of chain) {
    if (object_bytes !== null) await keepSize(backup_id, object_bytes);
  }
}

/** Stores a size if the record has none. */
async function keepSize(backupId: string, object_bytes: number): Promise<void> {
  await records.backups.update(backupId, { object_bytes }, { object_bytes: null });
}
