/** EventBridge reports a new object in the bucket: registers it as a backup. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { type ObjectCreated, registerCreated } from '../lib/backups/scan/register-created.ts';
import { logger } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'VERIFICATION_STATE_MACHINE_ARN']);
const starter = {
  records: openRecords(env),
  stepFunctions: new SFNClient({}),
  verificationMachineArn: env.VERIFICATION_STATE_MACHINE_ARN,
};

export const handler = logged<ObjectCreated, void>(
  () => ({}),
  async (event) => {
    const outcome = await registerCreated(starter, event);
    logger.info(outcome, { bucket: event.detail.bucket.name, key: event.detail.object.key });
  },
);
