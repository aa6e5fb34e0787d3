/** The calls of `/api/settings`. */

import { changesBetween } from '../lib/accounts/changes.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { json } from './http/answers.ts';
import { given } from './http/given.ts';
import { apiHandler } from './http/handler.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = apiHandler('settings', records, {
  'GET /api/settings': async () => json(200, await records.settings.get()),

  'PUT /api/settings': async ({ body, noteChanges }) => {
    const before = await records.settings.get();
    await records.settings.update(body);
    noteChanges(changesBetween(before, { ...before, ...given(body) }));
    return json(200, await records.settings.get());
  },
});
