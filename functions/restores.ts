/** The calls of `/api/restores`. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { NotFound } from '../lib/domain/errors.ts';
import { id, type Restore } from '../lib/domain/records.ts';
import { type ApiEvent, apiHandler, json, readQuery } from './http.ts';
import { listAnswer, listQuery } from './listing.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'SECRETS_PREFIX']);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = apiHandler(
  'restores',
  {
    'GET /api/restores': async (event) => {
      const { limit, cursor } = readQuery(event, listQuery);
      return listAnswer(event, await records.restores.page(limit, cursor));
    },

    'GET /api/restores/{id}': async (event) => json(200, await findRestore(event)),

    'GET /api/restores/{id}/logs': async (event) => {
      const { id, status, log_output } = await findRestore(event);
      return json(200, { restore_id: id, status, log_output });
    },
  },
  () => secrets,
);

async function findRestore(event: ApiEvent): Promise<Restore> {
  const restoreId = id.safeParse(event.pathParameters?.id);
  const restore = restoreId.success ? await records.restores.get(restoreId.data) : undefined;
  if (restore === undefined) throw new NotFound('restore not found', { hint: 'Check the restore id.' });
  return restore;
}
