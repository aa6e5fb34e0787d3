/** The calls of `/api/settings`. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { json } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = apiHandler('settings', records, {
  'GET /api/settings': async () => json(200, await records.settings.get()),

  'PUT /api/settings': async ({ body }) => {
    await records.settings.update(body);
    return json(200, await records.settings.get());
  },
});
