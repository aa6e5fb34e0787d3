/** `Record failed verification`: where every error of a verification leads. What it has written itself stays; what it could
 * not write, as it never ran or was ended, says nothing about the backup. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordUnread } from '../lib/verifications/verify-and-record.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';
import type { FailedVerificationInput } from '../lib/workflow/verification-states.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = logged<FailedVerificationInput, { code: string; message: string }>(
  ({ backup_id, execution_arn }) => ({ backup_id, execution: execution_arn }),
  async ({ backup_id, error }) => {
    const failure = failureOf(error);
    const backup = await records.backups.get(backup_id);
    const hasNotRun = error.Error.startsWith('Lambda.');
    if (backup !== undefined && (backup.verify_status === 'verifying' || hasNotRun)) {
      await recordUnread(recorder, backup, failure);
    }
    const now = await records.backups.get(backup_id);
    const told = now?.verify_status === 'failed' ? now.verify_error : now?.verify_attempt?.error.message;
    return { code: failure.code, message: told ?? failure.message };
  },
);
