/** `Scan a part`: registers the backups on some pages of a bucket's list. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import type { PartInput, PartOutput, ScanPart } from '../lib/backups/scan/job-states.ts';
import { scanPart } from '../lib/backups/scan/scan-part.ts';
import { verifyNewBackups } from '../lib/backups/scan/verify-new.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { jobHandler } from './job-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'NEW_BACKUPS_STATE_MACHINE_ARN']);
const records = openRecords(env);
const secrets = openSecrets(env);
const newBackups = { records, stepFunctions: new SFNClient({}), stateMachineArn: env.NEW_BACKUPS_STATE_MACHINE_ARN };

export const handler = jobHandler(
  records,
  (input: PartInput<ScanPart>): Promise<PartOutput<ScanPart>> =>
    scanPart(records, secrets, input, (providerId) => verifyNewBackups(newBackups, providerId)),
);
