/** The calls of `/api/backups`. */
import { randomUUID } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { NotFound } from '../lib/domain/errors.ts';
import { type Backup, id } from '../lib/domain/records.ts';
import { restoreBody } from '../lib/domain/restore-request.ts';
import { startRestore } from '../lib/restores/start-restore.ts';
import { type ApiEvent, apiHandler, json, readBody, readQuery } from './http.ts';
import { listAnswer, listQuery } from './listing.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'SECRETS_PREFIX', 'RESTORE_STATE_MACHINE_ARN']);
const records = openRecords(env);
const secrets = openSecrets(env);
const stepFunctions = new SFNClient({});

export const handler = apiHandler(
  'backups',
  {
    'GET /api/backups': async (event) => {
      const { limit, cursor } = readQuery(event, listQuery);
      return listAnswer(event, await records.backups.page(limit, cursor));
    },

    'GET /api/backups/{id}': async (event) => json(200, await findBackup(event)),

    'POST /api/backups/{id}/restore': async (event) => {
      const body = readBody(event, restoreBody);
      const { id } = await findBackup(event);
      const starter = { records, stepFunctions, stateMachineArn: env.RESTORE_STATE_MACHINE_ARN };
      const request = { ...body, backup_id: id, trigger: 'api' as const };
      return json(201, await startRestore(starter, randomUUID(), request, new Date()));
    },
  },
  () => secrets,
);

async function findBackup(event: ApiEvent): Promise<Backup> {
  const backupId = id.safeParse(event.pathParameters?.id);
  const backup = backupId.success ? await records.backups.get(backupId.data) : undefined;
  if (backup === undefined) throw new NotFound('backup not found', { hint: 'Check the backup id.' });
  return backup;
}
