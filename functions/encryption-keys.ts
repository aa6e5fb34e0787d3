/** The calls of `/api/encryption-keys`. Values can be set, but are never returned. */

import { changesBetween, secretChange } from '../lib/accounts/changes.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { type StoredKey, withDefault, withKey, withoutKey } from '../lib/connections/keys/model.ts';
import { changeEncryptionKeys, readEncryptionKeys } from '../lib/connections/keys/stored-keys.ts';
import { openWritableSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { json, noContent } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'SECRETS_KEY_ARN']);
const records = openRecords(env);
const secrets = openWritableSecrets(env);
const { client, names } = secrets;

export const handler = apiHandler('encryption-keys', records, {
  'GET /api/encryption-keys': async () => json(200, answers(await readEncryptionKeys(client, names.encryptionKeys))),

  'POST /api/encryption-keys': async ({ body: { id, value, is_default }, noteChanges }) => {
    const keys = await change((keys) => withKey(keys, { id, value }, is_default));
    noteChanges([...changesBetween(undefined, answerOf(keys, id)), secretChange('value')]);
    return json(201, answerOf(keys, id));
  },

  'POST /api/encryption-keys/{id}/set-default': async ({ id, noteChanges }) => {
    let before: string | undefined;
    const keys = await change((keys) => {
      before = keys[0]?.id;
      return withDefault(keys, id);
    });
    noteChanges(changesBetween({ default: before }, { default: id }));
    return json(200, answerOf(keys, id));
  },

  'DELETE /api/encryption-keys/{id}': async ({ id }) => {
    await change((keys) => withoutKey(keys, id));
    return noContent();
  },
});

function change(to: (keys: StoredKey[]) => StoredKey[]): Promise<StoredKey[]> {
  return changeEncryptionKeys(secrets, names.encryptionKeys, to);
}

function answers(keys: readonly { id: string }[]): { id: string; is_default: boolean }[] {
  return keys.map(({ id }, index) => ({ id, is_default: index === 0 }));
}

function answerOf(keys: readonly StoredKey[], id: string) {
  return answers(keys).find((key) => key.id === id);
}
