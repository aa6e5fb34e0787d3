/** `POST /api/backups/{id}/restore/preview`: what a restore would find and overwrite, and what would block it. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { previewRestore } from '../lib/previews/preview-restore.ts';
import { json } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = apiHandler('preview', records, {
  'POST /api/backups/{id}/restore/preview': async ({ id, body, session }) => {
    const request = { ...body, backup_id: id };
    return json(200, await previewRestore(records, secrets, request, session.role, new Date()));
  },
});
