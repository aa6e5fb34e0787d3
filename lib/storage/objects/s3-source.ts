import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { certificateFault, storeCertificateHint } from '../../errors/certificate-fault.ts';
import { DownloadError } from '../../errors/errors.ts';
import type { ObjectSource } from './object-source.ts';
import { empty, replaced } from './object-source.ts';

export interface ClientOptions {
  /** How often to try a call before it fails. The default is once, because a download counts its failures itself. */
  maxAttempts?: number;
}

/**
 * What a client needs to know about a storage provider. Without a region, the SDK looks for one in the environment and
 * the profile.
 */
export interface S3Place {
  /** Null means AWS's own endpoint of the region. */
  endpoint: string | null;
  region: string | undefined;
  /** Null means the role that this code runs under. */
  access_key: string | null;
  path_style: boolean;
  ca_bundle?: string | null;
}

/** A bucket of a storage provider. */
export interface S3Provider extends S3Place {
  id: string;
  region: string;
  bucket: string;
}

/** A client for a provider's bucket. Without an access key, the role that this code runs under is used. */
export function s3ClientFor(
  provider: S3Place,
  secretKey: string | undefined,
  { maxAttempts = 1 }: ClientOptions = {},
): S3Client {
  const isAws = provider.endpoint === null;
  return new S3Client({
    region: provider.region,
    maxAttempts,
    forcePathStyle: provider.path_style,
    ...(isAws ? {} : { endpoint: provider.endpoint as string }),
    // with the checksum trailers that the SDK adds by default, other stores corrupt data
    ...(isAws ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    ...(provider.ca_bundle
      ? { requestHandler: { httpsAgent: new Agent({ ca: [...getCACertificates(), provider.ca_bundle] }) } }
      : {}),
    ...(provider.access_key !== null && secretKey !== undefined
      ? { credentials: { accessKeyId: provider.access_key, secretAccessKey: secretKey } }
      : {}),
  });
}

export function s3Source(client: S3Client, bucket: string, key: string): ObjectSource {
  return {
    location: key,
    async read(from, to, etag, signal) {
      try {
        const answer = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${from}-${to}`, IfMatch: etag }),
          { abortSignal: signal },
        );
        return {
          etag: answer.ETag ?? '',
          totalBytes: totalBytes(answer.ContentRange, answer.ContentLength),
          storedAt: answer.LastModified,
          body: answer.Body as AsyncIterable<Uint8Array>,
        };
      } catch (error) {
        throw explained(error, bucket, key);
      }
    },
  };
}

/** `Content-Range: bytes 0-99/1234` contains the size. A store that ignores ranges returns the whole object. */
function totalBytes(contentRange: string | undefined, contentLength: number | undefined): number {
  const total = contentRange === undefined ? contentLength : Number(contentRange.split('/')[1]);
  if (total === undefined || !Number.isSafeInteger(total))
    throw new Error('the store does not say how large the object is');
  return total;
}

/** Turns an error that no retry can fix into a DownloadError that says what to do. */
function explained(error: unknown, bucket: string, key: string): unknown {
  const fatal = (message: string, hint: string) => new DownloadError(message, { hint, cause: error });
  if (!(error instanceof S3ServiceException)) {
    const { code, message } = error as Error & { code?: unknown };
    const fault = certificateFault({ code });
    if (fault === undefined) return error;
    return fatal(
      `the storage of the bucket ${bucket} has a certificate that is not trusted: ${message}`,
      storeCertificateHint(fault),
    );
  }
  const status = error.$metadata.httpStatusCode ?? 0;
  const answered = answerOf(error);
  if (status === 412) return replaced(key);
  if (status === 416) return empty(key);
  if (error.name === 'NoSuchBucket') {
    return fatal(
      `the bucket ${bucket} does not exist (${answered})`,
      "Check the storage provider's bucket, region and endpoint.",
    );
  }
  if (status === 404) {
    return new DownloadError(`${key} is not in the bucket ${bucket} (${answered})`, {
      hint: 'The object was deleted or moved: restore another backup.',
      cause: error,
      verdict: true,
    });
  }
  if (status === 401 || status === 403) {
    return fatal(
      `the storage refused to read ${key}: ${answered}`,
      'Check bucket permissions and the credentials of the storage provider.',
    );
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return fatal(`the storage refused to read ${key}: ${answered}`, 'Check the settings of the storage provider.');
  }
  // retried; if that doesn't help, its message is the reason
  return new Error(`the storage answers ${answered}`, { cause: error });
}

/**
 * What the store answered, such as `403 AccessDenied: Access Denied`; only the status if the store says nothing else.
 */
export function answerOf({ name, message, $metadata }: S3ServiceException): string {
  const code = UNTOLD.test(name) ? '' : ` ${name}`;
  const words = message === '' || message === name || UNTOLD.test(message) ? '' : `: ${message}`;
  return `${$metadata.httpStatusCode ?? 'no status'}${code}${words}`;
}

/** The SDK's name for an error that the store gave no name. */
const UNTOLD = /^(Unknown|UnknownError|Error|\d+)$/;
