/** `Record failed verification`: where every error of a verification leads. What it has written itself stays. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordFailedVerification } from '../lib/verifications/verify-and-record.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';
import type { FailedVerificationInput } from '../lib/workflow/verification-states.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = logged<FailedVerificationInput, { code: string; message: string }>(
  ({ backup_id, execution_arn }) => ({ backup_id, execution: execution_arn }),
  async ({ backup_id, error }) => {
    const { code, message } = failureOf(error);
    const backup = await records.backups.get(backup_id);
    if (backup?.verify_status === 'verifying' || backup?.verify_status === 'pending') {
      await recordFailedVerification(recorder, backup, message);
    }
    return { code, message: (await records.backups.get(backup_id))?.verify_error ?? message };
  },
);
