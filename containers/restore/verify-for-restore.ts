/** Verifies a restore's backup that is too large for a Lambda: the same code, without a time limit. */
import { readEnvironment } from '../../lib/aws/environment.ts';
import { openEvents, openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../../lib/aws/services.ts';
import { toFailure } from '../../lib/errors/errors.ts';
import { recordError } from '../../lib/restores/end-restore.ts';
import { RestoreReporter } from '../../lib/restores/reporter.ts';
import { whenWritable } from '../../lib/restores/when-writable.ts';
import { verifyForRestore } from '../../lib/verifications/verify-for-restore.ts';
import { loggedProgram } from './logged-program.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME', 'RESTORE_ID']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const stopping = new AbortController();
const stop = () => stopping.abort(new Error('the verification was stopped'));
process.once('SIGTERM', stop);

await loggedProgram({ restore_id: env.RESTORE_ID }, async () => {
  const reporter = await RestoreReporter.open(records, env.RESTORE_ID, stop, null, stopping.signal);
  try {
    await verifyForRestore(recorder, openSecrets(env), reporter, 'always', { signal: stopping.signal });
    await reporter.close();
  } catch (error) {
    await reporter.close();
    await whenWritable(() => recordError(records, env.RESTORE_ID, toFailure(error)), stopping.signal);
    throw error;
  }
});
