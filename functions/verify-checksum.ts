/** `Verify checksum`: verifies the backup before the target is touched. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { MAX_LAMBDA_OBJECT_BYTES } from '../lib/domain/verification.ts';
import { RestoreReporter } from '../lib/restores/reporter.ts';
import { verifyForRestore } from '../lib/verifications/verify-for-restore.ts';
import type { VerifyInput, VerifyOutput } from '../lib/workflow/states.ts';
import { workflowHandler } from './workflow.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const secrets = openSecrets(env);

export const handler = workflowHandler(records, async ({ restore_id, verify }: VerifyInput): Promise<VerifyOutput> => {
  const reporter = await RestoreReporter.open(records, restore_id);
  try {
    return await verifyForRestore(recorder, secrets, reporter, verify, { maxObjectBytes: MAX_LAMBDA_OBJECT_BYTES });
  } finally {
    await reporter.close();
  }
});
