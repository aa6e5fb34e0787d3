/**
 * The service's own bucket, for what it keeps besides its records. A storage provider's bucket isn't used for this,
 * because it may be read-only, or disappear.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { s3ClientFor } from './s3-source.ts';

/** Endpoint and keys are only used on one machine. On AWS, the role of the task or function applies. */
export interface OwnBucketSettings {
  SERVICE_BUCKET: string;
  SERVICE_BUCKET_ENDPOINT?: string | undefined;
  SERVICE_BUCKET_ACCESS_KEY?: string | undefined;
  SERVICE_BUCKET_SECRET_KEY?: string | undefined;
}

export const OWN_BUCKET_SETTINGS = [
  'SERVICE_BUCKET',
  'SERVICE_BUCKET_ENDPOINT',
  'SERVICE_BUCKET_ACCESS_KEY',
  'SERVICE_BUCKET_SECRET_KEY',
] as const satisfies (keyof OwnBucketSettings)[];

const TRIES = 4;

export interface OwnBucket {
  client: S3Client;
  bucket: string;
}

/** Stores a text, gzipped. It replaces what was there. */
export async function putText({ client, bucket }: OwnBucket, key: string, text: string): Promise<void> {
  const Body = await promisify(gzip)(text);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/gzip' }));
}

/** The stored text; undefined if there is none. */
export async function getText({ client, bucket }: OwnBucket, key: string): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = await Body?.transformToByteArray();
    return bytes && (await promisify(gunzip)(bytes)).toString();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

export function openOwnBucket(env: OwnBucketSettings): OwnBucket {
  const place = {
    endpoint: env.SERVICE_BUCKET_ENDPOINT ?? null,
    region: undefined,
    access_key: env.SERVICE_BUCKET_ACCESS_KEY ?? null,
    path_style: env.SERVICE_BUCKET_ENDPOINT !== undefined,
  };
  const client = s3ClientFor(place, env.SERVICE_BUCKET_SECRET_KEY, { maxAttempts: TRIES });
  return { client, bucket: env.SERVICE_BUCKET };
}
