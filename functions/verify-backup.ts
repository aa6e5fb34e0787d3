/** `Verify checksum` of a verification that no restore asked for. */

import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { MAX_LAMBDA_OBJECT_BYTES } from '../lib/backups/verify/model.ts';
import type { VerificationStateInput } from '../lib/backups/verify/states.ts';
import { verifyAndRecord } from '../lib/backups/verify/verify-and-record.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { orNotFound } from '../lib/errors/not-found.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...OWN_BUCKET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const recorder = { records, events: openEvents(env) };
const secrets = openSecrets(env);
const own = openOwnBucket(env);

export const handler = logged<VerificationStateInput, { backup_id: string; sha256: string }>(
  ({ backup_id, execution_arn }) => ({ backup_id, execution: execution_arn }),
  async ({ backup_id }) => {
    const backup = orNotFound(await records.backups.get(backup_id), 'backup');
    const { sha256 } = await verifyAndRecord(recorder, secrets, backup, {
      own,
      maxObjectBytes: MAX_LAMBDA_OBJECT_BYTES,
    });
    return { backup_id, sha256 };
  },
);
