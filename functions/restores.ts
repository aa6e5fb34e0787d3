/** The calls of `/api/restores`. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { cancelRestore } from '../lib/restores/end/cancel-restore.ts';
import { consoleUrl } from '../lib/restores/execution/execution-arn.ts';
import { readSteps } from '../lib/restores/execution/read-steps.ts';
import type { Restore } from '../lib/restores/model.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { bindRestore } from '../lib/telemetry/log.ts';
import { json, listAnswer } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME', 'RESTORE_STATE_MACHINE_ARN']);
const records = openRecords(env);
const stepFunctions = new SFNClient({});
const canceller = {
  ...{ records, events: openEvents(env), stepFunctions },
  stateMachineArn: env.RESTORE_STATE_MACHINE_ARN,
};

export const handler = apiHandler('restores', records, {
  'GET /api/restores': async ({ event, query }) => {
    const { limit, cursor, since, until, target_connection: to_connection, ...filters } = query;
    const page = await records.restores.list({ ...filters, to_connection }, { limit, cursor, since, until });
    // there may be many names, so only the request for a single restore returns them
    return listAnswer(event, { ...page, records: page.records.map((restore) => ({ ...restore, tables: null })) });
  },

  'GET /api/restores/{id}': async ({ id }) => json(200, await findRestore(id)),

  'GET /api/restores/{id}/logs': async ({ id }) => {
    const { status, log_output } = await findRestore(id);
    return json(200, { restore_id: id, status, log_output });
  },

  'GET /api/restores/{id}/steps': async ({ id }) => {
    const { execution_arn } = await findRestore(id);
    return json(200, {
      restore_id: id,
      execution_arn,
      console_url: execution_arn === null ? null : consoleUrl(execution_arn),
      steps: execution_arn === null ? [] : await readSteps(stepFunctions, execution_arn),
    });
  },

  'POST /api/restores/{id}/cancel': async ({ id, session }) => {
    await findRestore(id);
    return json(202, await cancelRestore(canceller, id, session.username, new Date()));
  },
});

async function findRestore(id: string): Promise<Restore> {
  const restore = await find(records.restores, id, 'restore');
  bindRestore(restore);
  return restore;
}
