/** Verifies a backup that is too large for a Lambda, if no restore asked for it. */

import { readEnvironment } from '../../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../../lib/api/tables.ts';
import { verifyAndRecord } from '../../lib/backups/verify/verify-and-record.ts';
import { openSecrets, SECRET_SETTINGS } from '../../lib/connections/secrets.ts';
import { openEvents } from '../../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../../lib/storage/objects/own-bucket.ts';
import { loggedProgram } from './logged-program.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  ...SECRET_SETTINGS,
  ...OWN_BUCKET_SETTINGS,
  'EVENT_BUS_NAME',
  'BACKUP_ID',
  'EXECUTION_ARN',
]);
const records = openRecords(env);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort(new Error('the verification was stopped')));

await loggedProgram({ backup_id: env.BACKUP_ID, execution: env.EXECUTION_ARN }, async () => {
  const backup = await records.backups.get(env.BACKUP_ID);
  if (backup === undefined) throw new Error(`there is no backup ${env.BACKUP_ID}`);
  await verifyAndRecord({ records, events: openEvents(env) }, openSecrets(env), backup, {
    own: openOwnBucket(env),
    signal: stopping.signal,
  });
});
