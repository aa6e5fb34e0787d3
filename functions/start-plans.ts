/** Handles everything that may start a recovery plan: events, alarms, and the passing of each minute. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { startPlans } from '../lib/plans/triggers/start-by-event.ts';
import { busEvent } from '../lib/storage/bus-event.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { logger } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME', 'PLAN_STATE_MACHINE_ARN']);
const starter = {
  ...{ records: openRecords(env), events: openEvents(env), stepFunctions: new SFNClient({}) },
  planMachineArn: env.PLAN_STATE_MACHINE_ARN,
};

export const handler = logged<{ id?: string }, void>(
  ({ id }) => ({ event_id: id }),
  async (input) => {
    const event = busEvent.parse(input);
    for (const { refusal, ...about } of await startPlans(starter, event, new Date())) {
      const of = { ...about, source: event.source };
      if (refusal === undefined) logger.info('an event started a recovery plan', of);
      else logger.warn('an event did not start a recovery plan', { ...of, ...refusal });
    }
  },
);
