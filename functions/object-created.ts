/** EventBridge's news of an object in the bucket: a backup is registered as it lands. */
import { Logger } from '@aws-lambda-powertools/logger';
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { type ObjectCreated, registerCreated } from '../lib/catalogue/register-created.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'VERIFICATION_STATE_MACHINE_ARN']);
const starter = {
  records: openRecords(env),
  stepFunctions: new SFNClient({}),
  verificationMachineArn: env.VERIFICATION_STATE_MACHINE_ARN,
};
const logger = new Logger({ serviceName: 'catalogue' });

export async function handler(event: ObjectCreated): Promise<void> {
  const outcome = await registerCreated(starter, event);
  logger.info(outcome, { bucket: event.detail.bucket.name, key: event.detail.object.key });
}
