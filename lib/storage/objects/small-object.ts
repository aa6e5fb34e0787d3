import type { S3Client } from '@aws-sdk/client-s3';
import { DownloadError } from '../../errors/errors.ts';
import { s3Source } from './s3-source.ts';

const TIMEOUT_MS = 30_000;

/**
 * Reads a whole object that fits into memory.
 * @throws DownloadError if it doesn't exist, can't be read, or is larger than allowed; and any other error of the
 * store.
 */
export async function readSmallObject(
  client: S3Client,
  bucket: string,
  key: string,
  maxBytes: number,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { totalBytes, body } = await s3Source(client, bucket, key).read(0, maxBytes - 1, undefined, signal);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (totalBytes <= maxBytes) {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
  }
  if (bytes === totalBytes) return Buffer.concat(chunks);
  throw new DownloadError(`${key} has ${totalBytes} bytes, but only ${bytes} were read`, {
    hint: `Check the object: it may have at most ${maxBytes} bytes.`,
  });
}
