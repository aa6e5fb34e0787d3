import { GetObjectCommand, ListObjectsV2Command, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { ServiceError } from '../../errors/errors.ts';
import { explainStorageFault, type StorageFault } from '../../storage/objects/storage-fault.ts';
import { BACKUPS_PREFIX } from '../../storage/objects/storage-path.ts';
import type { StorageProvider } from './model.ts';
import type { StorageProviderTest } from './schemas.ts';

/** A call answers within 20 s, and some of that is needed for what comes before. */
const TEST_TIMEOUT_MS = 15_000;

/**
 * Tests a provider by listing at most one name and reading at most one byte in its bucket.
 * @param open opens a client for the bucket, only for this call. If it refuses, the answer says so.
 */
export async function testStorageProvider(
  provider: StorageProvider,
  open: () => Promise<S3Client>,
  timeoutMs = TEST_TIMEOUT_MS,
): Promise<StorageProviderTest> {
  let client: S3Client;
  try {
    client = await open();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { ok: false, can_list: false, can_read: null, error: error.message, hint: error.hint ?? null };
  }
  const limits = { abortSignal: AbortSignal.timeout(timeoutMs) };
  const { bucket } = provider;
  let key: string | undefined;
  try {
    const list = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: BACKUPS_PREFIX, MaxKeys: 1 }),
      limits,
    );
    // the SDK takes any page with status 200, such as a store's web console, for an empty list
    if (list.Name === undefined && list.IsTruncated === undefined)
      throw new Error('the answer is not a list of objects');
    key = list.Contents?.[0]?.Key;
  } catch (error) {
    client.destroy();
    return { ok: false, can_list: false, can_read: null, ...explain(provider, `list the bucket ${bucket}`, error) };
  }
  try {
    if (key !== undefined) await readByte(client, bucket, key, limits);
    return { ok: true, can_list: true, can_read: key === undefined ? null : true, error: null, hint: null };
  } catch (error) {
    return { ok: false, can_list: true, can_read: false, ...explain(provider, `read ${key}`, error) };
  } finally {
    client.destroy();
  }
}

async function readByte(client: S3Client, Bucket: string, Key: string, limits: { abortSignal: AbortSignal }) {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=0-0' }), limits);
    await Body?.transformToByteArray();
  } catch (error) {
    // an empty object has no first byte, but it could be read
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416) return;
    throw error;
  }
}

function explain(provider: StorageProvider, what: string, error: unknown) {
  const { name, message, code } = error as Error & { code?: string };
  const status = (error as Partial<S3ServiceException>).$metadata?.httpStatusCode;
  const fault: StorageFault = { name, message, code: typeof code === 'string' ? code : undefined, status };
  return explainStorageFault(provider, what, fault);
}
