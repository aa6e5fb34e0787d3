import { expect, test } from 'vitest';
import {
  type ConfigPlace,
  pgBackRestConfig,
  renewalDelayMs,
  storageAddress,
} from '../../../lib/engines/physical/pgbackrest-config.ts';

const PLACE: ConfigPlace = {
  provider: { endpoint: null, region: 'eu-central-1', bucket: 'backups', path_style: false },
  repository: 'pgbackrest/shop/main',
  cipherPass: undefined,
  caFile: undefined,
  stanza: 'main',
  dataDirectory: '/srv/data',
  workDirectory: '/srv/private',
};
const KEY = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

test('AWS with an access key gets no option that was not asked for', () => {
  expect(pgBackRestConfig(PLACE, KEY)).toBe(`[global]
repo1-type=s3
repo1-path=/pgbackrest/shop/main
repo1-s3-endpoint=s3.eu-central-1.amazonaws.com
repo1-s3-region=eu-central-1
repo1-s3-bucket=backups
repo1-s3-uri-style=host
repo1-s3-key=AKIA
repo1-s3-key-secret=secret
lock-path=/srv/private
spool-path=/srv/private
log-level-file=off
log-timestamp=n

[main]
pg1-path=/srv/data
`);
});

test.each(['', 'main]\n[global]\ncmd-ssh=/bin/sh\n[main', 'ma\nin', 'a]', '../main'])(
  'a stanza that would be read as other options is refused: %j',
  (stanza) => {
    expect(() => pgBackRestConfig({ ...PLACE, stanza }, KEY)).toThrow('cannot be the name of a stanza');
  },
);

test("a custom endpoint, a role's token and an encrypted repository are configured", () => {
  const provider = { ...PLACE.provider, endpoint: 'https://minio.example.com:9000', path_style: true };
  const place = { ...PLACE, provider, cipherPass: 'a #pass; word', caFile: '/srv/private/ca.pem' };
  const lines = pgBackRestConfig(place, { ...KEY, sessionToken: 'token==' }).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'repo1-s3-endpoint=minio.example.com',
      'repo1-storage-port=9000',
      'repo1-s3-uri-style=path',
      'repo1-s3-token=token==',
      'repo1-storage-ca-file=/srv/private/ca.pem',
      'repo1-cipher-type=aes-256-cbc',
      'repo1-cipher-pass=a #pass; word',
    ]),
  );
});

test('a storage that pgBackRest does not support is refused, with the reason', () => {
  const address = (endpoint: string) => storageAddress({ endpoint, region: 'us-east-1' });
  expect(() => address('http://minio.example.com:9000')).toThrow(
    'pgBackRest only speaks TLS to its storage, but the endpoint is http://minio.example.com:9000',
  );
  expect(() => address('https://example.com/s3')).toThrow('pgBackRest cannot use an endpoint with a path');
  expect(address('https://example.com')).toEqual({ host: 'example.com', port: undefined });
  expect(storageAddress({ endpoint: null, region: 'cn-north-1' }).host).toBe('s3.cn-north-1.amazonaws.com.cn');
});

test('a secret with a line break starts no other option, and is not shown', () => {
  const config = () => pgBackRestConfig({ ...PLACE, cipherPass: 'one\nrepo1-path=/other' }, KEY);
  expect(config).toThrow(/^pgBackRest cannot be given a repo1-cipher-pass with a line break in it$/);
});

test('credentials are read again after half of their remaining time', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  expect(renewalDelayMs(undefined, now)).toBeUndefined();
  expect(renewalDelayMs(new Date('2026-11-22T10:30:00Z'), now)).toBe(15 * 60_000);
  expect(renewalDelayMs(new Date('2026-11-22T09:00:00Z'), now)).toBe(1000);
  expect(renewalDelayMs(new Date('2027-11-22T10:00:00Z'), now)).toBe(3_600_000);
});
