/**
 * What anyone may see: that the service is up, whether settings are set (never their values), and the list of calls.
 */
import { readEnvironment } from '../lib/api/environment.ts';
import { openApiDocument } from '../lib/api/openapi.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { readEncryptionKeys } from '../lib/connections/keys/stored-keys.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import packageJson from '../package.json' with { type: 'json' };
import { json } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = apiHandler('health', records, {
  'GET /api/health': async () => {
    const keys = await readEncryptionKeys(secrets.client, secrets.names.encryptionKeys);
    const providers = await records.storageProviders.list({}, { limit: 1 });
    return json(200, {
      status: 'ok',
      version: packageJson.version,
      encryption_key_set: keys.length > 0,
      storage_provider_set: providers.records.length > 0,
    });
  },

  'GET /api/openapi.json': async () => json(200, openApiDocument(packageJson.version)),
});
