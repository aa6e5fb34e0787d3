/** `GET /api/audit`: who did what, when, from where. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { listAnswer } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = apiHandler('audit', records, {
  'GET /api/audit': async ({ event, query: { limit, cursor, since, until } }) =>
    listAnswer(event, await records.audit.list({}, { limit, cursor, since, until })),
});
