/** The calls that add to the catalogue (register, import, scan), and those that return their jobs. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { changesBetween } from '../lib/accounts/changes.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { correctBackup, removeBackup } from '../lib/backups/catalogue/correct-backup.ts';
import { importJagad } from '../lib/backups/import/import-jagad.ts';
import { publicBackup } from '../lib/backups/model.ts';
import { publicJob } from '../lib/backups/scan/job.ts';
import { startJob } from '../lib/backups/scan/jobs.ts';
import { registerObject } from '../lib/backups/scan/register-object.ts';
import { verifyImported } from '../lib/backups/scan/verify-new.ts';
import { verifyAsItEnters } from '../lib/backups/scan/verify-one.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { logger } from '../lib/telemetry/log.ts';
import { json, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  ...SECRET_SETTINGS,
  'SCAN_STATE_MACHINE_ARN',
  'NEW_BACKUPS_STATE_MACHINE_ARN',
  'VERIFICATION_STATE_MACHINE_ARN',
  'CONTENTS_STATE_MACHINE_ARN',
  'STANDING_CHECK_STATE_MACHINE_ARN',
]);
const records = openRecords(env);
const secrets = openSecrets(env);
const stepFunctions = new SFNClient({});
const scans = { records, stepFunctions, stateMachineArn: env.SCAN_STATE_MACHINE_ARN };
const contents = { records, stepFunctions, stateMachineArn: env.CONTENTS_STATE_MACHINE_ARN };
const standingChecks = { records, stepFunctions, stateMachineArn: env.STANDING_CHECK_STATE_MACHINE_ARN };
const newBackups = { records, stepFunctions, stateMachineArn: env.NEW_BACKUPS_STATE_MACHINE_ARN };
const verifications = { records, stepFunctions, verificationMachineArn: env.VERIFICATION_STATE_MACHINE_ARN };

export const handler = apiHandler('catalogue', records, {
  'POST /api/backups': async ({ body }) => {
    const backup = await registerObject(records, secrets, body, new Date());
    await inBackground(verifyAsItEnters(verifications, backup));
    return json(201, publicBackup.parse((await records.backups.get(backup.id)) ?? backup));
  },

  'PUT /api/backups/{id}': async ({ id, body, noteChanges }) => {
    const before = await find(records.backups, id, 'backup');
    const after = publicBackup.parse(await correctBackup(records, before, body));
    noteChanges(changesBetween(publicBackup.parse(before), after));
    return json(200, after);
  },

  'DELETE /api/backups/{id}': async ({ id, noteChanges }) => {
    const removed = await find(records.backups, id, 'backup');
    await removeBackup(records, removed);
    noteChanges(changesBetween(publicBackup.parse(removed), undefined));
    return noContent();
  },

  'POST /api/backups/import': async ({ body }) => {
    const { toVerify, ...imported } = await importJagad(records, body, new Date());
    return json(200, { ...imported, verification_job: await verifyImported(newBackups, toVerify) });
  },

  'POST /api/storage-providers/{id}/scan': async ({ id }) => {
    await find(records.storageProviders, id, 'storage provider');
    return json(202, publicJob.parse(await startJob(scans, 'scan', id, new Date())));
  },

  'POST /api/storage-providers/{id}/read-contents': async ({ id }) => {
    await find(records.storageProviders, id, 'storage provider');
    return json(202, publicJob.parse(await startJob(contents, 'contents', id, new Date())));
  },

  'POST /api/standing-check': async () => {
    return json(202, publicJob.parse(await startJob(standingChecks, 'standing_check', null, new Date())));
  },

  'GET /api/jobs/{id}': async ({ id }) => {
    return json(200, publicJob.parse(await find(records.jobs, id, 'job')));
  },
});

/** The backup stays registered even if its verification doesn't start: the verification can be requested later. */
async function inBackground<T>(start: Promise<T>): Promise<T | undefined> {
  try {
    return await start;
  } catch (error) {
    logger.error('a verification did not start', error as Error);
    return undefined;
  }
}
