/** `Record failed verification`: where every error of a verification leads. What it has written itself stays. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordFailedVerification } from '../lib/verifications/verify-and-record.ts';
import type { CaughtError } from '../lib/workflow/states.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export async function handler({ backup_id, error }: { backup_id: string; error: CaughtError }) {
  const { code, message } = failureOf(error);
  const backup = await records.backups.get(backup_id);
  if (backup?.verify_status === 'verifying' || backup?.verify_status === 'pending') {
    await recordFailedVerification(records, backup_id, message);
  }
  return { code, message: (await records.backups.get(backup_id))?.verify_error ?? message };
}
