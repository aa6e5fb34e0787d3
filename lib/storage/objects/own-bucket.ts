/** The service's own bucket: what it keeps beside its records. Never a storage provider's, which may be read-only, or gone. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3ClientFor } from './s3-source.ts';

/** Endpoint and keys are those of one machine; AWS has the task's or function's own role. */
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

export class OwnBucket {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** Keeps a text, gzipped, in the place of what was there. */
  async put(key: string, text: string): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: await promisify(gzip)(text),
        ContentType: 'application/gzip',
      }),
    );
  }

  /** What was put there; undefined if nothing was. */
  async get(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const bytes = await Body?.transformToByteArray();
      return bytes && (await promisify(gunzip)(bytes)).toString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

export function openOwnBucket(env: OwnBucketSettings): OwnBucket {
  const place = {
    endpoint: env.SERVICE_BUCKET_ENDPOINT ?? null,
    region: undefined,
    access_key: env.SERVICE_BUCKET_ACCESS_KEY ?? null,
    path_style: env.SERVICE_BUCKET_ENDPOINT !== undefined,
  };
  return new OwnBucket(s3ClientFor(place, env.SERVICE_BUCKET_SECRET_KEY, { maxAttempts: TRIES }), env.SERVICE_BUCKET);
}
