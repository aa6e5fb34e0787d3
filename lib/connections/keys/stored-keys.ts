/** The encryption keys of the service, in their secret. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { changeSecret, parseJson, readSecret, type SecretWriter } from '../../storage/secrets/secrets.ts';
import { encryptionKeys, type StoredKey } from './model.ts';
/** The encryption keys, the default first. */
export async function readEncryptionKeys(
  client: SecretsManagerClient,
  name: string,
): Promise<{ id: string; masterKey: string }[]> {
  return storedKeys(name, await readSecret(client, name)).map(({ id, value }) => ({ id, masterKey: value }));
}

/**
 * @param change gets the keys and returns the new ones. It may be called more than once.
 * @returns the current keys.
 */
export async function changeEncryptionKeys(
  secrets: SecretWriter,
  name: string,
  change: (keys: StoredKey[]) => StoredKey[],
): Promise<StoredKey[]> {
  let keys: StoredKey[] = [];
  await changeSecret(secrets, name, (text) => {
    keys = change(storedKeys(name, text));
    return JSON.stringify(keys);
  });
  return keys;
}

function storedKeys(name: string, text: string | undefined): StoredKey[] {
  if (text === undefined) return [];
  const keys = encryptionKeys.safeParse(parseJson(text));
  // the parser's own message would quote the secret
  if (!keys.success) throw new Error(`the secret ${name} is not a JSON list of {"id", "value"}`);
  return keys.data;
}
