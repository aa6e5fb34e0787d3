/** Connections and storage providers that are tested before they are stored. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { clientWithRole } from '../support/sessions.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:rds!db-4f1d-AbCdEf';

describe('an unsaved form', () => {
  let harness: Harness;
  let server: RunningServer;

  beforeAll(async () => {
    server = (await startServer('postgresql')) as RunningServer;
    harness = await startHarness(server);
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
  });

  /** Each write seals it again. */
  const secretsFile = () => readFileSync(join(harness.stateDirectory, 'secrets.sealed'));
  const call = (...args: Parameters<Harness['api']['call']>) => harness.api.call(...args);

  it('may be tested only by administrators', async () => {
    for (const path of ['/api/connections/test', '/api/storage-providers/test']) {
      const operator = await clientWithRole(harness.service, 'operator');
      expect((await operator.call('POST', path, {})).status).toBe(403);
      expect((await call('POST', path, {})).status).toBe(400);
      expect((await call('POST', path, { nonsense: true })).body).toMatchObject({
        error: expect.stringContaining('unknown field: nonsense'),
      });
    }
  });

  describe('for a connection', () => {
    const test = (fields: Record<string, unknown> = {}) => {
      const { host, port, username } = server;
      const body = { name: 'Typed', db_type: 'postgresql', host, port, username, ...fields };
      return call('POST', '/api/connections/test', body);
    };

    it('is tested with the password that was typed, and nothing is stored', async () => {
      const before = (await call('GET', '/api/connections')).body;
      const secrets = secretsFile();
      expect(await test({ password: server.password })).toMatchObject({
        status: 200,
        body: { ok: true, server_version: expect.stringContaining(server.version), error: null },
      });
      expect(await test({ password: 'wrong' })).toMatchObject({
        status: 200,
        body: { ok: false, hint: expect.stringContaining('Check username and password') },
      });
      expect((await call('GET', '/api/connections')).body).toEqual(before);
      expect(secretsFile()).toEqual(secrets);
    });

    it('is tested with a secret named by its ARN', async () => {
      harness.service.secrets.set(ARN, JSON.stringify({ username: server.username, password: server.password }));
      expect((await test({ secret_arn: ARN })).body).toMatchObject({ ok: true });
      harness.service.secrets.delete(ARN);
      expect((await test({ secret_arn: ARN })).body).toMatchObject({ ok: false, hint: expect.stringContaining(ARN) });
    });

    it('is tested with the stored password if that goes to the server that it was stored for', async () => {
      const { id } = harness.connection;
      const { body } = await test({ id, name: 'Renamed' });
      expect(body).toMatchObject({ ok: true, tls: null });
      // as a test of what is stored: for the databases of its backups
      expect(body).toEqual((await call('POST', `/api/connections/${id}/test`)).body);
    });

    it.each([
      [{ host: 'localhost' }, 'host'],
      [{ port: 1 }, 'port'],
      [{ username: 'somebody' }, 'username'],
      [{ db_type: 'mysql' }, 'db_type'],
      [{ host: 'localhost', port: 1 }, 'host and port'],
      [{ ssl_mode: 'disable' }, 'ssl_mode'],
    ])('does not send the stored password elsewhere: %o', async (fields, named) => {
      const { id } = harness.connection;
      const answer = await test({ id, ...fields });
      expect(answer).toEqual({
        status: 422,
        body: {
          code: 'IMPOSSIBLE',
          error: `the stored password was given for another ${named}`,
          hint: 'Give the password again to test the changed settings.',
        },
      });
      // with the password, it is tested
      expect((await test({ id, ...fields, password: server.password })).status).toBe(200);
    });

    it('does not send the password behind a stored ARN elsewhere, whoever asks', async () => {
      harness.service.secrets.set(ARN, JSON.stringify({ username: server.username, password: server.password }));
      const stored = await call('POST', '/api/connections', {
        ...{ name: 'By ARN', db_type: 'postgresql', host: server.host, port: server.port, username: server.username },
        ...{ secret_arn: ARN, ssl_mode: 'prefer' },
      });
      const { id } = stored.body as { id: string };
      for (const named of [{ id }, {}]) {
        expect((await test({ ...named, secret_arn: ARN })).body).toMatchObject({ ok: true });
        for (const [fields, what] of [
          [{ host: 'localhost' }, 'host'],
          [{ ssl_mode: 'disable' }, 'ssl_mode'],
        ] as const) {
          expect(await test({ ...named, secret_arn: ARN, ...fields })).toMatchObject({
            status: 422,
            body: { error: `the stored password was given for another ${what}` },
          });
        }
      }
      await call('DELETE', `/api/connections/${id}`);
      harness.service.secrets.delete(ARN);
    });

    it('is in the audit log, with the server that got the password', async () => {
      await test({ secret_arn: ARN, host: 'somewhere.example' });
      const [entry] = (await call('GET', '/api/audit?limit=1')).body as AuditEntry[];
      expect(entry).toMatchObject({
        call: 'POST /api/connections/test',
        detail: `${server.username} at somewhere.example:${server.port} with ${ARN}`,
      });
    });

    it('is refused without a password, with two, for an unknown connection, or with a damaged certificate', async () => {
      expect(await test()).toMatchObject({ status: 422, body: { error: 'there is no password to test with' } });
      expect((await test({ password: 'x', secret_arn: ARN })).status).toBe(400);
      expect(await test({ id: randomUUID() })).toMatchObject({ status: 404, body: { error: 'connection not found' } });
      const ca_bundle = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
      expect((await test({ password: 'x', ca_bundle })).body).toMatchObject({
        error: expect.stringContaining('damaged'),
      });
    });

    it('has no password if its ARN is to be removed', async () => {
      const stored = await call('POST', '/api/connections', {
        ...{ name: 'By ARN', db_type: 'postgresql', host: server.host, port: server.port, username: server.username },
        secret_arn: ARN,
      });
      const { id } = stored.body as { id: string };
      expect((await test({ id })).body).toMatchObject({ ok: false, error: 'the connection Typed has no password' });
      await call('DELETE', `/api/connections/${id}`);
    });
  });

  describe('for a storage provider', () => {
    const test = (fields: Record<string, unknown> = {}) => {
      const { endpoint, bucket, access_key, region } = harness.service.bucket.provider;
      const typed = { name: 'Typed', provider_type: 'minio', endpoint, bucket, access_key, region, path_style: true };
      return call('POST', '/api/storage-providers/test', { ...typed, ...fields });
    };

    it('is tested with the secret key that was typed, and nothing is stored', async () => {
      const before = (await call('GET', '/api/storage-providers')).body;
      const secrets = secretsFile();
      expect(await test({ secret_key: harness.service.bucket.secretKey })).toEqual({
        status: 200,
        body: { ok: true, can_list: true, can_read: true, error: null, hint: null },
      });
      expect((await test({ secret_key: 'x', bucket: 'no-such-bucket' })).body).toMatchObject({ ok: false });
      expect((await call('GET', '/api/storage-providers')).body).toEqual(before);
      expect(secretsFile()).toEqual(secrets);
    });

    it('is tested with the stored secret key for the same endpoint and access key', async () => {
      const { id } = harness.service.bucket.provider;
      expect(await test({ id, name: 'Renamed' })).toMatchObject({ status: 200, body: { ok: true } });
      expect((await test({ id, bucket: 'no-such-bucket' })).body).toMatchObject({ ok: false, can_list: false });
      for (const [fields, named] of [
        [{ endpoint: 'http://127.0.0.1:1' }, 'endpoint'],
        [{ access_key: 'ANOTHER' }, 'access_key'],
      ] as const) {
        expect(await test({ id, ...fields })).toMatchObject({
          status: 422,
          body: { code: 'IMPOSSIBLE', error: `the stored secret key was given for another ${named}` },
        });
        expect((await test({ id, ...fields, secret_key: 'x' })).status).toBe(200);
      }
    });

    it('is refused if it is incomplete, or for an unknown provider', async () => {
      const { id } = harness.service.bucket.provider;
      expect((await test()).body).toMatchObject({ error: expect.stringContaining('give both') });
      expect((await test({ id, access_key: null })).body).toMatchObject({
        error: expect.stringContaining('access_key: is needed'),
      });
      expect((await test({ id, is_default: true })).status).toBe(400);
      expect(await test({ id: randomUUID() })).toMatchObject({
        status: 404,
        body: { error: 'storage provider not found' },
      });
    });
  });
});
