/**
 * `POST /api/backups/{id}/restore/preview`: what a restore would find, what it would overwrite, and what would block
 * it.
 */

import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { previewRestore } from '../lib/restores/preview/preview-restore.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { json } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...OWN_BUCKET_SETTINGS]);
const records = openRecords(env);
const stores = { secrets: openSecrets(env), own: openOwnBucket(env) };

export const handler = apiHandler('preview', records, {
  'POST /api/backups/{id}/restore/preview': async ({ id, body, session }) => {
    const request = { ...body, backup_id: id };
    return json(200, await previewRestore(records, stores, request, session.role, new Date()));
  },
});
