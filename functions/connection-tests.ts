/** `POST /api/connections/{id}/test`: a function of its own, as it has to be in the network of the databases. */
import { passwordOf } from '../lib/aws/connection-password.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS } from '../lib/aws/services.ts';
import { testConnection } from '../lib/databases/test-connection.ts';
import { RestoreError } from '../lib/domain/errors.ts';
import type { ConnectionTest } from '../lib/domain/requests/connections.ts';
import { json } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

/** The newest backups say which databases are likely to be restored. */
const BACKUPS_LOOKED_AT = 100;

const env = readEnvironment([...RECORD_SETTINGS, 'SECRETS_PREFIX']);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = apiHandler('connection-tests', records, {
  'POST /api/connections/{id}/test': async ({ id }) => {
    const connection = await find(records.connections, id, 'connection');
    const backups = await records.backups.list({ connection_id: id }, { limit: BACKUPS_LOOKED_AT });
    const databases = new Set(backups.records.map(({ database_name }) => database_name));
    try {
      const password = await passwordOf(secrets, connection);
      return json(200, await testConnection({ connection, password }, [...databases]));
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      return json(200, withoutPassword(error));
    }
  },
});

function withoutPassword({ message, hint }: RestoreError): ConnectionTest {
  return { ok: false, server_version: null, tls: null, rights: [], error: message, hint: hint ?? null };
}
