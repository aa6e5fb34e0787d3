/** `Restore Requested`, from the service's own bus or the default one: starts the restore that an event asks for. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { restoreRequested } from '../lib/restores/admission/restore-by-event.ts';
import { busEvent } from '../lib/storage/bus-event.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { bindRestore, logger } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'EVENT_BUS_NAME', 'RESTORE_STATE_MACHINE_ARN']);
const starter = {
  records: openRecords(env),
  secrets: openSecrets(env),
  events: openEvents(env),
  stepFunctions: new SFNClient({}),
  stateMachineArn: env.RESTORE_STATE_MACHINE_ARN,
};

export const handler = logged<{ id?: string }, void>(
  ({ id }) => ({ event_id: id }),
  async (input) => {
    const event = busEvent.parse(input);
    const { restore, refusal } = await restoreRequested(starter, event, new Date());
    if (restore !== undefined) bindRestore(restore);
    if (refusal === undefined) logger.info('an event started a restore', { source: event.source });
    else logger.warn('an event was refused', { source: event.source, ...refusal });
  },
);
