import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storageProvider } from '../../../lib/connections/providers/model.ts';
import { sharedS3Client } from '../../../lib/storage/objects/shared-s3-clients.ts';
import { until } from '../../support/until.ts';

let store: Server;
beforeAll(async () => {
  store = createServer((_, response) => {
    response.setHeader('content-type', 'application/xml');
    response.end('<ListBucketResult><Name>backups</Name></ListBucketResult>');
  });
  await once(store.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  store.closeAllConnections();
  store.close();
});

const provider = (fields: object = {}) =>
  storageProvider.parse({
    id: crypto.randomUUID(),
    name: 'p',
    provider_type: 's3-compat',
    endpoint: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
    region: 'us-east-1',
    bucket: 'backups',
    access_key: 'a',
    path_style: true,
    is_default: false,
    created_at: new Date().toISOString(),
    ...fields,
  });
const connections = () => new Promise((resolve) => store.getConnections((_, count) => resolve(count)));
const list = (client: ReturnType<typeof sharedS3Client>) =>
  client.send(new ListObjectsV2Command({ Bucket: 'backups' }));

it('is the same one for one provider, and a different one for other settings', async () => {
  const one = provider();
  const client = sharedS3Client(one, 'secret');
  for (let call = 0; call < 5; call++) await list(sharedS3Client({ ...one, bucket: 'another' }, 'secret'));
  expect(sharedS3Client(one, 'secret')).toBe(client);
  expect(await connections()).toBe(1);
  expect(sharedS3Client(one, 'secret', { maxAttempts: 5 })).not.toBe(client);
  expect(sharedS3Client(provider(), 'secret')).not.toBe(client);
  client.destroy();
});

it.each([
  ['its secret key', {}, 'another'],
  ['its access key', { access_key: 'b' }, 'secret'],
  ['its certificate', { ca_bundle: 'pem' }, 'secret'],
])('is replaced after %s has changed, and the previous one is closed', async (_, change, secret) => {
  await until(async () => (await connections()) === 0);
  const one = provider();
  const before = sharedS3Client(one, 'secret');
  await list(before);
  expect(await connections()).toBe(1);
  const after = sharedS3Client({ ...one, ...change }, secret);
  expect(after).not.toBe(before);
  await until(async () => (await connections()) === 0);
  // a reader that still uses it requests its data again
  await list(before);
  before.destroy();
});

it('makes space for others if there are very many', async () => {
  await until(async () => (await connections()) === 0);
  const client = sharedS3Client(provider(), 'secret');
  await list(client);
  for (let other = 0; other < 40; other++) sharedS3Client(provider(), 'secret');
  await until(async () => (await connections()) === 0);
});
