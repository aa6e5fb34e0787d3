/** The calls of `/api/backups` that read, verify and restore. */

import { randomUUID } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { presignedDownload } from '../lib/backups/backup-object.ts';
import { readContents } from '../lib/backups/contents/kept-contents.ts';
import { type Backup, publicBackup } from '../lib/backups/model.ts';
import { readRecoveryWindow } from '../lib/backups/physical/find-recovery-window.ts';
import { startVerification } from '../lib/backups/verify/start-verification.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { NotFound, throwFirst } from '../lib/errors/errors.ts';
import { idempotentRestoreId, readIdempotencyKey } from '../lib/restores/admission/idempotency.ts';
import { startRestore } from '../lib/restores/admission/start-restore.ts';
import { downloadRefusals } from '../lib/restores/request.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { json, listAnswer } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([
  ...RECORD_SETTINGS,
  ...SECRET_SETTINGS,
  ...OWN_BUCKET_SETTINGS,
  'EVENT_BUS_NAME',
  'RESTORE_STATE_MACHINE_ARN',
  'VERIFICATION_STATE_MACHINE_ARN',
]);
const records = openRecords(env);
const secrets = openSecrets(env);
const own = openOwnBucket(env);
const stepFunctions = new SFNClient({});
const restores = {
  ...{ records, events: openEvents(env), secrets, stepFunctions },
  stateMachineArn: env.RESTORE_STATE_MACHINE_ARN,
};
const verifications = { records, stepFunctions, verificationMachineArn: env.VERIFICATION_STATE_MACHINE_ARN };

export const handler = apiHandler('backups', records, {
  'GET /api/backups': async ({ event, query: { limit, cursor, since, until, ...filters } }) => {
    const page = await records.backups.list(filters, { limit, cursor, since, until });
    return listAnswer(event, { ...page, records: page.records.map((backup) => publicBackup.parse(backup)) });
  },

  'GET /api/backups/{id}': async ({ id }) => json(200, publicBackup.parse(await findBackup(id))),

  'GET /api/backups/{id}/logs': async ({ id }) => {
    const { status, log_output } = await findBackup(id);
    return json(200, { backup_id: id, status, log_output });
  },

  'GET /api/backups/{id}/contents': async ({ id }) => {
    await findBackup(id);
    const contents = await readContents(own, id);
    if (contents === undefined) {
      throw new NotFound('the contents of this backup are unknown', {
        hint: 'Verify the backup with POST /api/backups/{id}/verify: its contents are read then. Physical backups have none.',
      });
    }
    return json(200, contents);
  },

  'GET /api/backups/{id}/recovery-window': async ({ id }) =>
    json(200, await readRecoveryWindow(records, secrets, await findBackup(id))),

  'GET /api/backups/{id}/download': async ({ id }) => {
    const backup = await findBackup(id);
    throwFirst(downloadRefusals(backup));
    const location = await presignedDownload(records, secrets, backup);
    return { statusCode: 302, headers: { location, 'cache-control': 'no-store' } };
  },

  'POST /api/backups/{id}/verify': async ({ id }) => {
    await startVerification(verifications, id, new Date());
    return json(202, { status: 'verifying', backup_id: id });
  },

  'POST /api/backups/{id}/restore': async ({ event, id, body, session }) => {
    const key = readIdempotencyKey(event.headers['idempotency-key']);
    const restoreId = key === undefined ? randomUUID() : idempotentRestoreId(session.user_id, key);
    const request = { ...body, backup_id: id, trigger: 'api' } as const;
    return json(201, await startRestore(restores, restoreId, request, { role: session.role }, new Date()));
  },
});

function findBackup(id: string): Promise<Backup> {
  return find(records.backups, id, 'backup');
}
