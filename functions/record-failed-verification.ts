/** `Record failed verification`: where every error of a verification leads. What it has written itself stays. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordFailedVerification } from '../lib/verifications/verify-and-record.ts';
import type { CaughtError } from '../lib/workflow/states.ts';
import { failureOf } from '../lib/workflow/task-failure.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export async function handler({ backup_id, error }: { backup_id: string; error: CaughtError }) {
  const { code, message } = failureOf(error);
  const backup = await records.backups.get(backup_id);
  if (backup?.verify_status === 'verifying' || backup?.verify_status === 'pending') {
    await recordFailedVerification(recorder, backup, message);
  }
  return { code, message: (await records.backups.get(backup_id))?.verify_error ?? message };
}
