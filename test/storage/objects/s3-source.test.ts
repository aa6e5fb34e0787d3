import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { DownloadError } from '../../../lib/errors/errors.ts';
import { listObjects } from '../../../lib/storage/objects/list-objects.ts';
import { s3ClientFor, s3Source } from '../../../lib/storage/objects/s3-source.ts';

/** A store that answers everything the same. */
async function storeThatAnswers(status: number, body: string) {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = s3ClientFor({ endpoint, access_key: 'a', path_style: true, region: 'eu-west-1' }, 'b');
  onTestFinished(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  return client;
}

const xml = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

it.each([
  [403, xml('AccessDenied', 'Access Denied'), 'the storage refused to read key: 403 AccessDenied: Access Denied'],
  [403, '', 'the storage refused to read key: 403'],
  [400, xml('InvalidRequest', 'no such thing'), 'the storage refused to read key: 400 InvalidRequest: no such thing'],
  [404, xml('NoSuchBucket', 'gone'), 'the bucket bucket does not exist (404 NoSuchBucket: gone)'],
  [404, xml('NoSuchKey', 'gone'), 'key is not in the bucket bucket (404 NoSuchKey: gone)'],
  [503, xml('SlowDown', 'Reduce your request rate'), 'the storage answers 503 SlowDown: Reduce your request rate'],
  [502, '', 'the storage answers 502'],
])('a response of %i with %j is reported with its status and code', async (status, body, message) => {
  const client = await storeThatAnswers(status, body);
  const reading = s3Source(client, 'bucket', 'key').read(0, 9, undefined, AbortSignal.timeout(10_000));
  const error = (await reading.catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toBe(message);
  expect(error instanceof DownloadError).toBe(status < 500); // the others are tried again
});

it('a refused list request is reported with status and code', async () => {
  const client = await storeThatAnswers(403, xml('AccessDenied', 'Access Denied'));
  await expect(listObjects(client, 'bucket', '', null)).rejects.toThrow(
    'the bucket bucket cannot be listed: 403 AccessDenied: Access Denied',
  );
});
