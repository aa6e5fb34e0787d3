/** `Verify checksum` for a verification outside a restore. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { MAX_LAMBDA_OBJECT_BYTES } from '../lib/domain/verification.ts';
import { orNotFound } from '../lib/errors/not-found.ts';
import { verifyAndRecord } from '../lib/verifications/verify-and-record.ts';
import type { VerificationStateInput } from '../lib/workflow/verification-states.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const secrets = openSecrets(env);

export const handler = logged<VerificationStateInput, { backup_id: string; sha256: string }>(
  ({ backup_id, execution_arn }) => ({ backup_id, execution: execution_arn }),
  async ({ backup_id }) => {
    const backup = orNotFound(await records.backups.get(backup_id), 'backup');
    const { sha256 } = await verifyAndRecord(recorder, secrets, backup, { maxObjectBytes: MAX_LAMBDA_OBJECT_BYTES });
    return { backup_id, sha256 };
  },
);
