/**
 * A store that never closes an idle connection, as behind many load balancers: the service reuses the connections that
 * it opens.
 */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

let harness: Harness;
let stopServer = async () => {};
let patient: Server;

beforeAll(async () => {
  const server = await startServer('postgresql');
  if (server === undefined) throw new Error('no PostgreSQL');
  stopServer = server.stop;
  harness = await startHarness(server);
  const { records, bucket } = harness.service;
  const store = new URL(bucket.provider.endpoint as string);
  patient = createServer({ keepAliveTimeout: 0 }, (asked, answer) => {
    const { method, url: path, headers } = asked;
    const forwarded = request({ host: store.hostname, port: store.port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await once(patient.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(patient.address() as AddressInfo).port}`;
  await records.storageProviders.put({ ...bucket.provider, endpoint });
});
afterAll(async () => {
  await harness?.stop();
  patient?.closeAllConnections();
  patient?.close();
  await stopServer();
});

const connections = () => new Promise<number>((resolve) => patient.getConnections((_, count) => resolve(count)));

/** Both threads that run functions get some calls. */
async function verifyAll(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await Promise.all(
      harness.backups.map(async ({ id }) => {
        expect(await harness.api.call('POST', `/api/backups/${id}/verify`, {})).toMatchObject({ status: 202 });
        await until(async () => {
          const { body } = await harness.api.call('GET', `/api/backups/${id}`);
          return (body as Backup).verify_status === 'passed';
        });
      }),
    );
  }
}

it('restores and verifications open a limited number of connections to a store, however many there are', async () => {
  await verifyAll(3);
  expect(await harness.restore(harness.backups[1])).toMatchObject({ status: 'success' });
  const before = await connections();
  expect(before).toBeGreaterThan(0);
  await verifyAll(8);
  expect(await harness.restore(harness.backups[0])).toMatchObject({ status: 'success' });
  expect(await connections()).toBeLessThanOrEqual(before + 4);
});
