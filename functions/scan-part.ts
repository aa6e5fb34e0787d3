/** `Scan a part`: registers the backups on some pages of a bucket's list. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { scanPart } from '../lib/catalogue/scan-part.ts';
import { verifyNewBackups } from '../lib/catalogue/verify-new.ts';
import type { PartInput, PartOutput, ScanPart } from '../lib/workflow/job-states.ts';
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
