/** `Verify some new backups`: keeps a few verifications running. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import type { NewBackupsPart, PartInput, PartOutput } from '../lib/backups/scan/job-states.ts';
import { NEW_BACKUPS, verifyPart } from '../lib/backups/scan/verify-new.ts';
import { jobHandler } from './job-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'VERIFICATION_STATE_MACHINE_ARN']);
const records = openRecords(env);
const starter = {
  records,
  stepFunctions: new SFNClient({}),
  verificationMachineArn: env.VERIFICATION_STATE_MACHINE_ARN,
};

export const handler = jobHandler(
  records,
  (input: PartInput<NewBackupsPart>): Promise<PartOutput<NewBackupsPart>> => verifyPart(starter, input, NEW_BACKUPS),
);
