/** `Verify checksum`: verifies the backup before the target is touched. */

import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { MAX_LAMBDA_OBJECT_BYTES } from '../lib/backups/verify/model.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { RestoreReporter } from '../lib/restores/end/reporter.ts';
import type { VerifyInput, VerifyOutput } from '../lib/restores/execution/states.ts';
import { verifyForRestore } from '../lib/restores/execution/verify-for-restore.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...OWN_BUCKET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const secrets = openSecrets(env);
const own = openOwnBucket(env);

export const handler = workflowHandler(records, async ({ restore_id, verify }: VerifyInput): Promise<VerifyOutput> => {
  const reporter = await RestoreReporter.open(records, restore_id);
  try {
    return await verifyForRestore(recorder, secrets, reporter, verify, {
      own,
      maxObjectBytes: MAX_LAMBDA_OBJECT_BYTES,
    });
  } finally {
    await reporter.close();
  }
});
