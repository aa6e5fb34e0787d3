/**
 * One S3 client per storage provider and options, for the life of the process. A client has its own sockets, and
 * nothing closes them when the client is no longer referenced: a client per restore would use up the file descriptors.
 * A client is replaced when its provider, or the provider's secret key, changes. The old one is then closed, and a
 * download that still uses it resumes where it was.
 */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Provider } from './s3-source.ts';
import { type ClientOptions, s3ClientFor } from './s3-source.ts';

/** More providers than any service uses at a time. Beyond that, the least recently used one is closed. */
const MOST_CLIENTS = 32;

interface Shared {
  /** A hash of everything that the client is made from. */
  fingerprint: string;
  client: S3Client;
}

/** By provider and options, least recently used first. */
const clients = new Map<string, Shared>();

/** @returns a shared client: leave it open. */
export function sharedS3Client(
  provider: S3Provider,
  secretKey: string | undefined,
  options: ClientOptions = {},
): S3Client {
  const key = JSON.stringify([provider.id, options]);
  const fingerprint = fingerprintOf(provider, secretKey);
  const known = clients.get(key);
  clients.delete(key);
  if (known !== undefined && known.fingerprint !== fingerprint) known.client.destroy();
  const isSame = known !== undefined && known.fingerprint === fingerprint;
  const client = isSame ? known.client : s3ClientFor(provider, secretKey, options);
  clients.set(key, { fingerprint, client });
  const [oldest] = clients.keys();
  if (clients.size > MOST_CLIENTS && oldest !== undefined) {
    clients.get(oldest)?.client.destroy();
    clients.delete(oldest);
  }
  return client;
}

/** A hash, so that the secret key isn't kept in memory a second time. */
function fingerprintOf(provider: S3Provider, secretKey: string | undefined): string {
  const { endpoint, region, access_key, path_style, ca_bundle } = provider;
  const parts = [endpoint, region, access_key, path_style, ca_bundle, secretKey ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
