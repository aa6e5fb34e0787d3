import { StorageProviderError } from '../domain/errors.ts';
import type { Backup, StorageProvider } from '../domain/records.ts';
import type { EncryptionKey } from '../pipeline/decrypt.ts';
import type { ObjectSource } from '../pipeline/object-source.ts';
import { s3ClientFor, s3Source } from './s3-source.ts';
import { readEncryptionKeys, readSecretField } from './secrets.ts';
import type { Records, Secrets } from './services.ts';

/** The backup's object, in the storage provider that it was made with, else in the default one. */
export async function backupObject(records: Records, secrets: Secrets, backup: Backup): Promise<ObjectSource> {
  const provider = await resolveProvider(records, backup);
  const secretKey =
    provider.access_key === null
      ? undefined
      : await readSecretField(secrets.client, secrets.names.storageProvider(provider.id), 'secret_key');
  if (provider.access_key !== null && secretKey === undefined) {
    throw new StorageProviderError(`the storage provider ${provider.name} has an access key but no secret key`, {
      hint: 'Store the secret key of the storage provider.',
    });
  }
  return s3Source(s3ClientFor(provider, secretKey), provider.bucket, backup.storage_path);
}

/** The keys to try on a backup: the one that its record names first, then the default, then the others. */
export async function keysFor(secrets: Secrets, backup: Backup): Promise<EncryptionKey[]> {
  const keys = await readEncryptionKeys(secrets.client, secrets.names.encryptionKeys);
  const named = (key: EncryptionKey) => key.id === backup.encryption_key_id;
  return [...keys.filter(named), ...keys.filter((key) => !named(key))];
}

async function resolveProvider(records: Records, backup: Backup): Promise<StorageProvider> {
  const own = backup.storage_provider_id && (await records.storageProviders.get(backup.storage_provider_id));
  if (own) return own;
  for await (const provider of records.storageProviders.all()) if (provider.is_default) return provider;
  throw new StorageProviderError('the backup names no storage provider that is known, and there is no default one', {
    hint: 'Configure the storage provider in which the backup lies.',
  });
}
