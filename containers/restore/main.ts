/**
 * The restore container: restores one backup and exits with 0, or records why it could not and exits with another code.
 */

import { readEnvironment } from '../../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../../lib/connections/secrets.ts';
import { keepToolsIn } from '../../lib/engines/programs/tool-groups.ts';
import { toFailure } from '../../lib/errors/errors.ts';
import { recordError } from '../../lib/restores/end/end-restore.ts';
import { RestoreReporter } from '../../lib/restores/end/reporter.ts';
import { whenWritable } from '../../lib/restores/end/when-writable.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../../lib/storage/objects/own-bucket.ts';
import { claimedTask, WORKER_SETTINGS } from './claimed-task.ts';
import { loggedProgram } from './logged-program.ts';
import { restore } from './restore.ts';
import { stoppableTask } from './stoppable-task.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  ...SECRET_SETTINGS,
  ...OWN_BUCKET_SETTINGS,
  ...WORKER_SETTINGS,
  'WORK_DIR',
  'STORAGE_OUTAGE_MINUTES',
]);
const records = openRecords(env);
const { signal, stop } = stoppableTask();
keepToolsIn(env.WORK_DIR);

await loggedProgram({ restore_id: env.RESTORE_ID }, () =>
  claimedTask(records, env, signal, async (worker) => {
    const reporter = await RestoreReporter.open(records, env.RESTORE_ID, stop, worker, signal);
    try {
      await restore({
        records,
        secrets: openSecrets(env),
        own: openOwnBucket(env),
        reporter,
        workDirectory: env.WORK_DIR,
        signal,
        outageMinutes: env.STORAGE_OUTAGE_MINUTES,
      });
      await reporter.close();
    } catch (error) {
      await reporter.close();
      await whenWritable(() => recordError(records, env.RESTORE_ID, toFailure(error), worker), signal);
      throw error;
    }
  }),
);
