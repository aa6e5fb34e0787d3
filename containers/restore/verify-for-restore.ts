/** Verifies the backup of a restore if it is too large for a Lambda: the same code, without a Lambda's time limit. */

import { readEnvironment } from '../../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../../lib/connections/secrets.ts';
import { toFailure } from '../../lib/errors/errors.ts';
import { recordError } from '../../lib/restores/end/end-restore.ts';
import { RestoreReporter } from '../../lib/restores/end/reporter.ts';
import { whenWritable } from '../../lib/restores/end/when-writable.ts';
import { verifyForRestore } from '../../lib/restores/execution/verify-for-restore.ts';
import { openEvents } from '../../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../../lib/storage/objects/own-bucket.ts';
import { loggedProgram } from './logged-program.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  ...SECRET_SETTINGS,
  ...OWN_BUCKET_SETTINGS,
  'EVENT_BUS_NAME',
  'RESTORE_ID',
]);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const stopping = new AbortController();
const stop = () => stopping.abort(new Error('the verification was stopped'));
process.once('SIGTERM', stop);

await loggedProgram({ restore_id: env.RESTORE_ID }, async () => {
  const reporter = await RestoreReporter.open(records, env.RESTORE_ID, stop, null, stopping.signal);
  try {
    await verifyForRestore(recorder, openSecrets(env), reporter, 'always', {
      own: openOwnBucket(env),
      signal: stopping.signal,
    });
    await reporter.close();
  } catch (error) {
    await reporter.close();
    await whenWritable(() => recordError(records, env.RESTORE_ID, toFailure(error)), stopping.signal);
    throw error;
  }
});
