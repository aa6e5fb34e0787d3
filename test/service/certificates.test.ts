/**
 * A store whose authority this machine trusts through NODE_EXTRA_CA_CERTS: if it passes its test, it can be verified
 * and restored.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { StorageProvider } from '../../lib/connections/providers/model.ts';
import { SecretsFile } from '../../lib/local/aws/secrets-service.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { tlsFront } from '../support/tls-front.ts';
import { until } from '../support/until.ts';

/** A download that retries gives up after 15 s. */
const AT_ONCE_MS = 8000;

let certificates: TestCertificates;
let server: RunningServer;
let harness: Harness;
beforeAll(async () => {
  certificates = await makeCertificates();
  server = (await startServer('postgresql')) as RunningServer;
  harness = await startHarness(server);
  await harness.service.stop();
});
afterAll(async () => {
  harness.remove();
  await server.stop();
  await certificates.remove();
});

/** Puts TLS in front of the service's own bucket, and uses it that way. @returns the provider's id. */
async function behindTls(api: ApiClient): Promise<{ id: string; close(): void }> {
  const [own] = (await api.call('GET', '/api/storage-providers')).body as [StorageProvider];
  const front = await tlsFront(Number(new URL(String(own.endpoint)).port), certificates);
  // another one at each start
  const secret = new SecretsFile(harness.stateDirectory).get(harness.service.secretNames.storageProvider(own.id));
  const fields = { endpoint: front.url, ...(JSON.parse(secret ?? '{}') as { secret_key: string }) };
  expect(await api.call('PUT', `/api/storage-providers/${own.id}`, fields)).toMatchObject({ status: 200 });
  return { id: own.id, close: front.close };
}

const start = (environment: Record<string, string>) => serve(harness.stateDirectory, undefined, environment);

it('a private certificate is trusted by functions and tasks alike', async () => {
  const { child, api } = await start({ NODE_EXTRA_CA_CERTS: join(certificates.directory, 'ca.pem') });
  const provider = await behindTls(api);
  const test = await api.call('POST', `/api/storage-providers/${provider.id}/test`);
  expect(test.body).toMatchObject({ ok: true, can_read: true });
  const [backup] = harness.backups;
  expect((await api.call('POST', `/api/backups/${backup.id}/verify`)).status).toBe(202);
  const verified = async () => (await api.call('GET', `/api/backups/${backup.id}`)).body as Backup;
  await until(async () => ['passed', 'failed'].includes((await verified()).verify_status));
  expect(await verified()).toMatchObject({ verify_status: 'passed', verify_error: null });
  const { id } = await api.startRestore(backup.id);
  expect(await api.follow(id)).toMatchObject({ status: 'success', error: null });
  expect(await harness.answer('shop')).toBe(expected.postgresql.row);
  provider.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
});

it('an untrusted certificate is reported at once, with what to set', async () => {
  const { child, api } = await start({});
  const provider = await behindTls(api);
  const [backup] = harness.backups;
  const began = performance.now();
  const { id } = await api.startRestore(backup.id);
  const ended = (await api.follow(id)) as Restore;
  expect(performance.now() - began).toBeLessThan(AT_ONCE_MS);
  expect(ended).toMatchObject({
    status: 'failed',
    error: {
      code: 'DOWNLOAD_ERROR',
      message: expect.stringContaining('certificate'),
      hint: expect.stringContaining('ca_bundle'),
    },
  });
  provider.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
});
