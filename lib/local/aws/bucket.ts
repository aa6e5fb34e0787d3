import type { Records } from '../../api/tables.ts';
import type { StorageProvider } from '../../connections/providers/model.ts';
import type { SecretNames } from '../../connections/secret-names.ts';
import type { SecretsFile } from './secrets-service.ts';

const PROVIDER_ID = '3f2b8f5e-51a7-4d0c-9b8e-0d7f5b1c0001';

/** This machine's bucket, and the key pair for it. */
export interface LocalBucket {
  provider: StorageProvider;
  secretKey: string;
}

/**
 * Registers this machine's bucket as a storage provider. Its address and key pair change with each start, and its other
 * settings are kept.
 */
export async function registerBucket(
  records: Records,
  secrets: SecretsFile,
  names: SecretNames,
  {
    endpoint,
    bucket,
    accessKeyId,
    secretAccessKey,
  }: Record<'endpoint' | 'bucket' | 'accessKeyId' | 'secretAccessKey', string>,
): Promise<LocalBucket> {
  const known = await records.storageProviders.get(PROVIDER_ID);
  const provider: StorageProvider = {
    id: PROVIDER_ID,
    name: 'this machine',
    provider_type: 's3-compat',
    region: 'us-east-1',
    bucket,
    path_style: true,
    ca_bundle: null,
    is_default: true,
    secret_key_set: true,
    jagad_ids: [],
    created_at: new Date().toISOString(),
    ...known,
    endpoint,
    access_key: accessKeyId,
  };
  await records.storageProviders.put(provider);
  secrets.set(names.storageProvider(PROVIDER_ID), JSON.stringify({ secret_key: secretAccessKey }));
  return { provider, secretKey: secretAccessKey };
}
