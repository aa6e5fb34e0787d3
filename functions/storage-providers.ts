/** The calls of `/api/storage-providers` that read and change the list of buckets. */
import { randomUUID } from 'node:crypto';
import { changesBetween, secretChange } from '../lib/accounts/changes.ts';
import type { Change } from '../lib/accounts/model.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { secretKeyOf } from '../lib/backups/backup-object.ts';
import { type StorageProvider, storageProvider } from '../lib/connections/providers/model.ts';
import { providerProblem } from '../lib/connections/providers/schemas.ts';
import { testStorageProvider } from '../lib/connections/providers/test-storage-provider.ts';
import { openWritableSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { movedSecretKey } from '../lib/connections/stored-secret.ts';
import { checkCertificates } from '../lib/engines/connect/trusted-certificates.ts';
import { Conflict, Impossible } from '../lib/errors/errors.ts';
import { notFound } from '../lib/errors/not-found.ts';
import { s3ClientFor } from '../lib/storage/objects/s3-source.ts';
import { deleteSecret, readSecret, writeSecret } from '../lib/storage/secrets/secrets.ts';
import { json, listAnswer, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { given } from './http/given.ts';
import { apiHandler } from './http/handler.ts';
import { refuseChangedDestination, refuseTakenAlong } from './http/stored-secret.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'SECRETS_KEY_ARN']);
const records = openRecords(env);
const secrets = openWritableSecrets(env);

export const handler = apiHandler('storage-providers', records, {
  'GET /api/storage-providers': async ({ event, query }) =>
    listAnswer(event, await records.storageProviders.list({}, query)),

  'POST /api/storage-providers': async ({ body: { secret_key, ...fields }, noteChanges }) => {
    checkCertificates(fields.ca_bundle);
    const provider = storageProvider.parse({ id: randomUUID(), ...fields, created_at: new Date().toISOString() });
    if (secret_key !== undefined) await storeSecretKey(provider.id, secret_key);
    await records.storageProviders.insert(provider);
    noteChanges([...changesBetween(undefined, provider), ...secretChanges(secret_key)]);
    return json(201, await findProvider(provider.id));
  },

  'GET /api/storage-providers/{id}': async ({ id }) => json(200, await findProvider(id)),

  'PUT /api/storage-providers/{id}': async ({ id, body: { secret_key, ...fields }, noteChanges }) => {
    checkCertificates(fields.ca_bundle ?? null);
    const before = await findProvider(id);
    const set = secret_key !== undefined || fields.access_key === null ? { secret_key_set: true } : {};
    const after = { ...before, ...given(fields), ...set };
    await refuseIncomplete(before, after, secret_key);
    if (secret_key === undefined) refuseTakenAlong(movedSecretKey(before, after), 'secret_key');
    if (secret_key !== undefined) await storeSecretKey(id, secret_key);
    await records.storageProviders.update(id, { ...fields, ...set });
    noteChanges([...changesBetween(before, after), ...secretChanges(secret_key)]);
    if (after.access_key === null) await deleteSecretKey(id);
    return json(200, await findProvider(id));
  },

  'DELETE /api/storage-providers/{id}': async ({ id, noteChanges }) => {
    const provider = await findProvider(id);
    const { name } = provider;
    const [backup] = (await records.backups.list({ storage_provider_id: id }, { limit: 1 })).records;
    if (backup !== undefined) {
      throw new Conflict(`the storage provider ${name} holds backups, such as ${backup.id}`, {
        hint: 'Remove the records of the backups in it first.',
      });
    }
    // delete the secret first: if this is interrupted, the provider is still there and can be deleted again
    await deleteSecretKey(id);
    await records.storageProviders.delete(id);
    noteChanges(changesBetween(provider, undefined));
    return noContent();
  },

  'POST /api/storage-providers/test': async ({ body: { id, secret_key, ...fields } }) => {
    checkCertificates(fields.ca_bundle);
    const stored = id === undefined ? undefined : await findProvider(id);
    if (secret_key === undefined) refuseChangedDestination(stored && movedSecretKey(stored, fields));
    const draft = storageProvider.parse({
      ...fields,
      id: id ?? randomUUID(),
      is_default: false,
      created_at: new Date().toISOString(),
    });
    const open = async () => s3ClientFor(draft, secret_key ?? (await secretKeyOf(secrets, draft)));
    return json(200, await testStorageProvider(draft, open));
  },

  'POST /api/storage-providers/{id}/test': async ({ id }) => {
    const provider = await findProvider(id);
    const open = async () => s3ClientFor(provider, await secretKeyOf(secrets, provider));
    return json(200, await testStorageProvider(provider, open));
  },

  'POST /api/storage-providers/{id}/set-default': async ({ id, noteChanges }) => {
    const provider = await findProvider(id);
    const before = await records.storageProviders.default();
    if (!(await records.storageProviders.setDefault(id))) throw notFound('storage provider');
    noteChanges(changesBetween({ default: before?.id }, { default: id }));
    return json(200, { ...provider, is_default: true });
  },
});

function findProvider(id: string): Promise<StorageProvider> {
  return find(records.storageProviders, id, 'storage provider');
}

function secretChanges(secretKey: string | undefined): Change[] {
  return secretKey === undefined ? [] : [secretChange('secret_key')];
}

async function storeSecretKey(providerId: string, secret_key: string): Promise<void> {
  await writeSecret(secrets, secrets.names.storageProvider(providerId), JSON.stringify({ secret_key }));
}

async function deleteSecretKey(providerId: string): Promise<void> {
  await deleteSecret(secrets.client, secrets.names.storageProvider(providerId));
}

/** @throws Impossible if the provider could not be used after the change. */
async function refuseIncomplete(
  before: StorageProvider,
  after: StorageProvider,
  secretKey: string | undefined,
): Promise<void> {
  const isAnotherKey = after.access_key !== before.access_key;
  const keepsSecretKey =
    after.access_key !== null &&
    !isAnotherKey &&
    (await readSecret(secrets.client, secrets.names.storageProvider(before.id))) !== undefined;
  const problem = providerProblem(after, secretKey !== undefined || keepsSecretKey);
  if (problem === undefined) return;
  throw new Impossible([...problem.path, problem.message].join(': '), {
    hint: 'Send the fields that belong together in one call.',
  });
}
