import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readEncryptionKeys } from '../connections/keys/stored-keys.ts';
import type { StorageProvider } from '../connections/providers/model.ts';
import type { Secrets } from '../connections/secrets.ts';
import { StorageProviderError } from '../errors/errors.ts';
import type { EncryptionKey } from '../pipeline/decryption/decrypt.ts';
import { encryptionDemand } from '../pipeline/decryption/encryption-demand.ts';
import type { ObjectSource } from '../storage/objects/object-source.ts';
import { type ClientOptions, s3Source } from '../storage/objects/s3-source.ts';
import { sharedS3Client } from '../storage/objects/shared-s3-clients.ts';
import { readSecretField } from '../storage/secrets/secrets.ts';
import type { Backup } from './model.ts';
import type { Readers } from './tables.ts';

/** How long a link to an object is valid. */
const DOWNLOAD_SECONDS = 300;
/**
 * How long to wait for the size. If a store takes longer, the next code that reads the object reports what is wrong.
 */
const SIZE_ANSWER_MS = 5_000;

/** The backup's object, in the storage provider that the backup was made with, or else in the default one. */
export async function backupObject(
  records: Pick<Readers, 'storageProviders'>,
  secrets: Secrets,
  backup: Backup,
): Promise<ObjectSource> {
  const provider = await resolveProvider(records, backup);
  return s3Source(await openProvider(secrets, provider), provider.bucket, backup.storage_path);
}

/** A link to the backup's object, as stored, for a few minutes; the browser saves it under its name in the bucket. */
export async function presignedDownload(
  records: Pick<Readers, 'storageProviders'>,
  secrets: Secrets,
  backup: Backup,
): Promise<string> {
  const provider = await resolveProvider(records, backup);
  const client = await openProvider(secrets, provider);
  const name = backup.storage_path.slice(backup.storage_path.lastIndexOf('/') + 1);
  const plain = name.replace(/[^\w.-]/g, '_');
  const command = new GetObjectCommand({
    Bucket: provider.bucket,
    Key: backup.storage_path,
    // both forms, as RFC 6266 recommends: curl only knows the first
    ResponseContentDisposition: `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`,
  });
  return getSignedUrl(client, command, { expiresIn: DOWNLOAD_SECONDS });
}

/**
 * The client for a provider's bucket, with its secret key. It is shared: don't close it.
 * @throws StorageProviderError if the key is missing.
 */
export async function openProvider(
  secrets: Secrets,
  provider: StorageProvider,
  options?: ClientOptions,
): Promise<S3Client> {
  return sharedS3Client(provider, await secretKeyOf(secrets, provider), options);
}

/**
 * The secret key of a provider; undefined if it has none.
 * @throws StorageProviderError if it should have one.
 */
export async function secretKeyOf(secrets: Secrets, provider: StorageProvider): Promise<string | undefined> {
  const secretKey =
    provider.access_key === null
      ? undefined
      : await readSecretField(secrets.client, secrets.names.storageProvider(provider.id), 'secret_key');
  if (provider.access_key !== null && secretKey === undefined) {
    throw new StorageProviderError(`the storage provider ${provider.name} has an access key but no secret key`, {
      hint: 'Store the secret key of the storage provider.',
    });
  }
  return secretKey;
}

/** The keys to try on a backup: the one that its record names, then the default, then the others. */
export async function keysFor(secrets: Secrets, backup: Backup): Promise<EncryptionKey[]> {
  const keys = await readEncryptionKeys(secrets.client, secrets.names.encryptionKeys);
  const named = (key: EncryptionKey) => key.id === backup.encryption_key_id;
  return [...keys.filter(named), ...keys.filter((key) => !named(key))];
}

/**
 * Why the backup's object has to be encrypted, according to its record and its connection; undefined if it need not be.
 */
export async function encryptionDemandOf(
  records: Pick<Readers, 'connections'>,
  backup: Backup,
): Promise<string | undefined> {
  return encryptionDemand(backup, await records.connections.get(backup.connection_id));
}

/**
 * The storage provider that a backup was made with, or else the default one.
 * @throws StorageProviderError if there is neither.
 */
export async function resolveProvider(
  records: Pick<Readers, 'storageProviders'>,
  backup: Backup,
): Promise<StorageProvider> {
  const own = backup.storage_provider_id && (await records.storageProviders.get(backup.storage_provider_id));
  if (own) return own;
  const found = await defaultProvider(records);
  if (found !== undefined) return found;
  throw new StorageProviderError('the storage provider of the backup is unknown, and there is no default one', {
    hint: 'Add the storage provider that holds the backup, or set a default.',
  });
}

export function defaultProvider(records: Pick<Readers, 'storageProviders'>): Promise<StorageProvider | undefined> {
  return records.storageProviders.default();
}

/** The size of a backup's object in bytes, according to its store; undefined if the store doesn't say. */
export async function objectSize(
  records: Pick<Readers, 'storageProviders'>,
  secrets: Secrets,
  backup: Backup,
): Promise<number | undefined> {
  try {
    const provider = await resolveProvider(records, backup);
    const client = await openProvider(secrets, provider, { maxAttempts: 2 });
    const command = new HeadObjectCommand({ Bucket: provider.bucket, Key: backup.storage_path });
    const { ContentLength } = await client.send(command, { abortSignal: AbortSignal.timeout(SIZE_ANSWER_MS) });
    return ContentLength;
  } catch {
    return undefined; // the verification reads the object, and says why
  }
}
