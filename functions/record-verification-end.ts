/**
 * Ends verifications that did not record their own end. The state machine or the rule says which end it is:
 * - `failure`: from `Record failed verification`, which every error leads to. If the verification has recorded a
 *   result, that stays. If it could not, because it never ran or was ended, that isn't a verdict on the backup;
 * - `execution`: from the rule on the execution's status, for a verification that was stopped or timed out.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import type { VerificationInput, VerificationStateInput } from '../lib/backups/verify/states.ts';
import { recordUnread } from '../lib/backups/verify/verify-and-record.ts';
import { type EndOfExecution, failureOfExecution } from '../lib/restores/execution/ended-execution.ts';
import type { FailureEnd, RecordedFailure } from '../lib/restores/execution/states.ts';
import { failureOf } from '../lib/restores/execution/task-failure.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };

type StateInput = FailureEnd<VerificationStateInput>;

export const handler = (input: StateInput | EndOfExecution, context: unknown) =>
  input.end === 'execution' ? ofExecution(input, context) : ofState(input, context);

const ofState = logged<StateInput, RecordedFailure>(
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

const ofExecution = logged<EndOfExecution, void>(
  ({ detail }) => ({ execution: detail.executionArn, backup_id: backupOf(detail) }),
  async ({ detail }) => {
    const backupId = backupOf(detail);
    const backup = backupId === undefined ? undefined : await records.backups.get(backupId);
    if (backup?.verify_status !== 'verifying') return;
    await recordUnread(recorder, backup, failureOfExecution(detail));
  },
);

function backupOf({ input }: EndOfExecution['detail']): string | undefined {
  return (JSON.parse(input ?? '{}') as Partial<VerificationInput>).backup_id;
}
