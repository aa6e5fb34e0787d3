/** The objects that commands work on: files, and objects in S3 or compatible stores. */

import { StorageProviderError } from '../../errors/errors.ts';
import { fileSource } from '../../pipeline/download/file-source.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { s3ClientFor, s3Source } from '../../storage/objects/s3-source.ts';
import type { Caller } from '../caller.ts';
import { wrongUsage } from '../command.ts';

export const OBJECT_OPTIONS = {
  endpoint: { type: 'string' },
  region: { type: 'string' },
  'path-style': { type: 'boolean', default: false },
  encrypted: { type: 'boolean', default: false },
} as const;

export interface ObjectOptions {
  endpoint?: string | undefined;
  region?: string | undefined;
  'path-style': boolean;
  encrypted: boolean;
}

export const OBJECT_HELP = `Object: a file, or s3://bucket/key (the key as it is, without escapes). For S3, credentials and region come from
where the AWS tools find them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a role.
  --endpoint URL   of a store other than AWS S3; also AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL
  --region NAME    of the bucket; with --endpoint, us-east-1 by default
  --path-style     https://endpoint/bucket/key instead of https://bucket.endpoint/key: MinIO and others need it
  --encrypted      refuse an object that is not encrypted: anyone who can write to the bucket may have replaced it`;

/** The reason why the object must be encrypted, in words; undefined if it need not be. */
export function encryptionDemand({ encrypted }: Pick<ObjectOptions, 'encrypted'>): string | undefined {
  return encrypted ? '--encrypted was given' : undefined;
}

/** The key is taken literally, because it may contain characters that are special in a URL. */
const S3_OBJECT = /^s3:\/\/([^/]+)\/(.+)$/s;

/** @throws MalformedRequest; StorageProviderError without credentials. */
export async function objectNamed(
  name: string,
  options: ObjectOptions,
  { env }: Pick<Caller, 'env'>,
): Promise<ObjectSource> {
  const [, bucket, key] = S3_OBJECT.exec(name) ?? [];
  if (bucket !== undefined && key !== undefined) return s3Object(bucket, key, options, env);
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(name) ?? [];
  if (scheme !== undefined) {
    const hint = 'Name a file, or s3://bucket/key; download objects from anywhere else first.';
    throw wrongUsage(`${name} is neither a file nor s3://bucket/key`, hint);
  }
  return fileSource(name);
}

async function s3Object(
  bucket: string,
  key: string,
  options: ObjectOptions,
  env: NodeJS.ProcessEnv,
): Promise<ObjectSource> {
  const endpoint = options.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL ?? null;
  if (endpoint !== null && !URL.canParse(endpoint)) {
    throw wrongUsage(
      `the endpoint ${endpoint} isn't a URL`,
      'Write it with its scheme: https://minio.example.org:9000.',
    );
  }
  const place = { endpoint, access_key: null, path_style: options['path-style'] };
  const client = s3ClientFor({ ...place, region: options.region }, undefined);
  // checked here, because the download would treat each failure as a network failure, and retry
  await client.config.credentials().catch((cause: Error) => {
    throw new StorageProviderError(`there are no credentials for s3://${bucket}: ${cause.message}`, {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
      cause,
    });
  });
  const region = await client.config.region().catch(() => undefined);
  if (region !== undefined) return s3Source(client, bucket, key);
  if (endpoint === null) throw wrongUsage(`the region of s3://${bucket} is unknown`, 'Set --region, or AWS_REGION.');
  return s3Source(s3ClientFor({ ...place, region: 'us-east-1' }, undefined), bucket, key);
}
