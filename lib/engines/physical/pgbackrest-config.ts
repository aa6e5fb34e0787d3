/**
 * pgBackRest's configuration file for reading one repository. Pure. https://pgbackrest.org/configuration.html; it only
 * uses options that 2.45 and later support.
 */

import { StorageProviderError } from '../../errors/errors.ts';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';
import type { S3Provider } from '../../storage/objects/s3-source.ts';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** When the credentials expire. */
  expiration?: Date;
}

export interface ConfigPlace {
  provider: Pick<S3Provider, 'endpoint' | 'region' | 'bucket' | 'path_style'>;
  /** The repository's path in the bucket, without a leading slash. */
  repository: string;
  /** Undefined if the repository isn't encrypted. */
  cipherPass: string | undefined;
  /** The file with the certificates for verifying the store's certificate; undefined for the machine's own. */
  caFile: string | undefined;
  stanza: string;
  /** PostgreSQL's data directory. */
  dataDirectory: string;
  /** The directory where pgBackRest may put its locks and queues. */
  workDirectory: string;
}

/**
 * @throws StorageProviderError for an endpoint that pgBackRest can't use, and for values that would be read as other
 * options, because some options name programs to run.
 */
export function pgBackRestConfig(place: ConfigPlace, credentials: S3Credentials): string {
  const { provider, cipherPass, caFile, stanza } = place;
  if (!stanzaName.safeParse(stanza).success) {
    throw new StorageProviderError(`${JSON.stringify(stanza)} cannot be the name of a stanza`, {
      hint: 'Correct the stanza of the backup.',
    });
  }
  const { host, port } = storageAddress(provider);
  const options: [string, string | undefined][] = [
    ['repo1-type', 's3'],
    ['repo1-path', `/${place.repository}`],
    ['repo1-s3-endpoint', host],
    ['repo1-storage-port', port],
    ['repo1-s3-region', provider.region],
    ['repo1-s3-bucket', provider.bucket],
    ['repo1-s3-uri-style', provider.path_style ? 'path' : 'host'],
    ['repo1-s3-key', credentials.accessKeyId],
    ['repo1-s3-key-secret', credentials.secretAccessKey],
    ['repo1-s3-token', credentials.sessionToken],
    ['repo1-storage-ca-file', caFile],
    ['repo1-cipher-type', cipherPass === undefined ? undefined : 'aes-256-cbc'],
    ['repo1-cipher-pass', cipherPass],
    ['lock-path', place.workDirectory],
    ['spool-path', place.workDirectory],
    // only our code reads its output, so lines don't need a time
    ['log-level-file', 'off'],
    ['log-timestamp', 'n'],
  ];
  const lines = options.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${oneLine(name, value)}`]));
  return ['[global]', ...lines, '', `[${stanza}]`, `pg1-path=${place.dataDirectory}`, ''].join('\n');
}

/**
 * The address of a provider's S3 API.
 * @throws StorageProviderError for an endpoint that pgBackRest can't reach.
 */
export function storageAddress({ endpoint, region }: Pick<S3Provider, 'endpoint' | 'region'>): {
  host: string;
  port: string | undefined;
} {
  if (endpoint === null) {
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return { host: `s3.${region}.${suffix}`, port: undefined };
  }
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  if (protocol !== 'https:') {
    throw new StorageProviderError(`pgBackRest only speaks TLS to its storage, but the endpoint is ${endpoint}`, {
      hint: "Give the storage provider an https:// endpoint, and a ca_bundle if your own authority signed the store's certificate.",
    });
  }
  if (pathname !== '/') {
    throw new StorageProviderError(`pgBackRest cannot use an endpoint with a path, such as ${endpoint}`, {
      hint: 'Give the storage provider the endpoint of the S3 API itself, without a path.',
    });
  }
  return { host: hostname, port: port === '' ? undefined : port };
}

/** A line break would start another option. */
function oneLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new StorageProviderError(`pgBackRest cannot be given a ${name} with a line break in it`);
}

/**
 * How long after `now` to read expiring credentials again: after half of the remaining time, because the provider may
 * keep returning the same credentials until shortly before they expire.
 * @returns milliseconds; undefined for credentials that don't expire.
 */
export function renewalDelayMs(expiration: Date | undefined, now: Date): number | undefined {
  if (expiration === undefined) return undefined;
  return Math.min(Math.max((expiration.getTime() - now.getTime()) / 2, SHORTEST_DELAY_MS), LONGEST_DELAY_MS);
}

const SHORTEST_DELAY_MS = 1000;
/** Far below a timer's maximum. */
const LONGEST_DELAY_MS = 3_600_000;
