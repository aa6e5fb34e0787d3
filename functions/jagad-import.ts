/**
 * The call that imports from a running Jagad. It has a function of its own, because it has to run in the databases'
 * network, where Jagad is.
 */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { importFromJagad } from '../lib/backups/import/import-from-jagad.ts';
import { verifyImported } from '../lib/backups/scan/verify-new.ts';
import { json } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'NEW_BACKUPS_STATE_MACHINE_ARN']);
const records = openRecords(env);
const newBackups = {
  ...{ records, stepFunctions: new SFNClient({}) },
  stateMachineArn: env.NEW_BACKUPS_STATE_MACHINE_ARN,
};

export const handler = apiHandler('jagad-import', records, {
  'POST /api/backups/import-from-jagad': async ({ body }) => {
    const { toVerify, ...imported } = await importFromJagad(records, body, new Date());
    return json(200, { ...imported, verification_job: await verifyImported(newBackups, toVerify) });
  },
});
