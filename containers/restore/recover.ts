/**
 * Restores databases from a physical backup: recovers a copy of the server to the requested point on this task's disk,
 * then loads each database from it into its target. Each database has its own restore record. If any of them fails, the
 * program ends with a code other than 0.
 */
import { readEnvironment } from '../../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../../lib/connections/secrets.ts';
import { keepToolsIn } from '../../lib/engines/programs/tool-groups.ts';
import { RestoreReporter } from '../../lib/restores/end/reporter.ts';
import { claimedTask, WORKER_SETTINGS } from './claimed-task.ts';
import { loggedProgram } from './logged-program.ts';
import { recoverDatabases } from './physical/recover-databases.ts';
import { stoppableTask } from './stoppable-task.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...WORKER_SETTINGS, 'WORK_DIR']);
const records = openRecords(env);
const { signal, stop } = stoppableTask();
keepToolsIn(env.WORK_DIR);

await loggedProgram({ restore_id: env.RESTORE_ID }, () =>
  claimedTask(records, env, signal, async (worker) => {
    const first = await RestoreReporter.open(records, env.RESTORE_ID, stop, worker, signal);
    const reporters = [first];
    try {
      const others = first.restore.recovery?.restore_ids.filter((id) => id !== env.RESTORE_ID) ?? [];
      for (const id of others) reporters.push(await RestoreReporter.open(records, id, stop, worker, signal));
      await recoverDatabases({ records, secrets: openSecrets(env), reporters, workDirectory: env.WORK_DIR, signal });
    } finally {
      // a reporter that stays open keeps the program from ending
      await Promise.all(reporters.map((reporter) => reporter.close()));
    }
  }),
);
