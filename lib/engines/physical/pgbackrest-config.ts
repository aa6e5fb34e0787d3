/**
 * pgBackRest's configuration file for reading one repository. Pure.
 * https://pgbackrest.org/configuration.html — only options that 2.45 and later know.
 */

import { StorageProviderError } from '../../errors/errors.ts';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';
import type { S3Provider } from '../../storage/objects/s3-source.ts';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** From when on they are refused. */
  expiration?: Date;
}

export interface ConfigPlace {
  provider: Pick<S3Provider, 'endpoint' | 'region' | 'bucket' | 'path_style'>;
  /** The repository's path in the bucket, without a slash before it. */
  repository: string;
  /** Undefined if the repository isn't encrypted. */
  cipherPass: string | undefined;
  /** The file of certificates that the store's own is verified against; undefined for those that the machine trusts. */
  caFile: string | undefined;
  stanza: string;
  /** PostgreSQL's data directory. */
  dataDirectory: string;
  /** Where pgBackRest may keep its locks and queues. */
  workDirectory: string;
}

/**
 * @throws StorageProviderError for an endpoint that pgBackRest cannot speak to, and for what would be read as other options:
 * some of them name programs to run.
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
    // its output only goes to us, without a time before each line
    ['log-level-file', 'off'],
    ['log-timestamp', 'n'],
  ];
  const lines = options.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${oneLine(name, value)}`]));
  return ['[global]', ...lines, '', `[${stanza}]`, `pg1-path=${place.dataDirectory}`, ''].join('\n');
}

/** Where the S3 API of a provider answers. @throws StorageProviderError for what pgBackRest cannot reach. */
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

/** A line break would begin another option. */
function oneLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new StorageProviderError(`pgBackRest cannot be given a ${name} with a line break in it`);
}

/**
 * How long after `now` expiring credentials are read again: at half of what is left of them, since whoever hands them
 * out may go on handing out the same ones until shortly before their end.
 * @returns milliseconds; undefined for credentials that do not expire.
 */
export function renewalDelayMs(expiration: Date | undefined, now: Date): number | undefined {
  if (expiration === undefined) return undefined;
  return Math.min(Math.max((expiration.getTime() - now.getTime()) / 2, SHORTEST_DELAY_MS), LONGEST_DELAY_MS);
}

const SHORTEST_DELAY_MS = 1000;
/** Far below what a timer holds. */
const LONGEST_DELAY_MS = 3_600_000;
