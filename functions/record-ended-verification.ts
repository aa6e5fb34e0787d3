/** A verification whose execution was stopped or took too long: the rule on its status brings it here. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { recordUnread } from '../lib/verifications/verify-and-record.ts';
import { type EndedExecution, failureOfExecution } from '../lib/workflow/ended-execution.ts';
import type { VerificationInput } from '../lib/workflow/verification-states.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

export const handler = logged<EndedExecution, void>(
  ({ detail }) => ({ execution: detail.executionArn, backup_id: backupOf(detail) }),
  async ({ detail }) => {
    const backupId = backupOf(detail);
    const backup = backupId === undefined ? undefined : await records.backups.get(backupId);
    if (backup?.verify_status !== 'verifying') return;
    await recordUnread(recorder, backup, failureOfExecution(detail));
  },
);

function backupOf({ input }: EndedExecution['detail']): string | undefined {
  return (JSON.parse(input ?? '{}') as Partial<VerificationInput>).backup_id;
}
