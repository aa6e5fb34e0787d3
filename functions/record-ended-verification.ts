/** A verification whose execution was stopped or took too long: the rule on its status brings it here. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordFailedVerification } from '../lib/verifications/verify-and-record.ts';
import { type EndedExecution, failureOfExecution } from '../lib/workflow/ended-execution.ts';
import type { VerificationInput } from '../lib/workflow/verification-states.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export async function handler({ detail }: EndedExecution): Promise<void> {
  const { backup_id } = JSON.parse(detail.input ?? '{}') as Partial<VerificationInput>;
  const backup = backup_id === undefined ? undefined : await records.backups.get(backup_id);
  if (backup?.verify_status !== 'verifying') return;
  await recordFailedVerification(records, backup.id, failureOfExecution(detail).message);
}
