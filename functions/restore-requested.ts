/** `Restore Requested`, from the service's own bus or the default one: starts the restore that somebody's event asks for. */
import { Logger } from '@aws-lambda-powertools/logger';
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openEvents, openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { busEvent } from '../lib/domain/events.ts';
import { restoreRequested } from '../lib/restores/restore-requested.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME', 'RESTORE_STATE_MACHINE_ARN']);
const starter = {
  records: openRecords(env),
  secrets: openSecrets(env),
  events: openEvents(env),
  stepFunctions: new SFNClient({}),
  stateMachineArn: env.RESTORE_STATE_MACHINE_ARN,
};
const logger = new Logger({ serviceName: 'restore-requests' });

export async function handler(input: unknown): Promise<void> {
  const event = busEvent.parse(input);
  const { restore, refusal } = await restoreRequested(starter, event, new Date());
  const about = { event_id: event.id, source: event.source, restore_id: restore?.id, backup_id: restore?.backup_id };
  if (refusal === undefined) logger.info('an event started a restore', about);
  else logger.warn('an event was refused', { ...about, ...refusal });
}
