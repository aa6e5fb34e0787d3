/** A verification whose execution was stopped or took too long: the rule on its status brings it here. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordFailedVerification } from '../lib/verifications/verify-and-record.ts';
import { type EndedExecution, failureOfExecution } from '../lib/workflow/ended-execution.ts';
import type { VerificationInput } from '../lib/workflow/verification-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export async function handler({ detail }: EndedExecution): Promise<void> {
  const { backup_id } = JSON.parse(detail.input ?? '{}') as Partial<VerificationInput>;
  const backup = backup_id === undefined ? undefined : await records.backups.get(backup_id);
  if (backup?.verify_status !== 'verifying') return;
  await recordFailedVerification(recorder, backup, failureOfExecution(detail).message);
}
