/** Storage providers as a client of the API sees them, with real buckets, and with servers that aren't stores. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import type { StorageProvider } from '../../lib/connections/providers/model.ts';
import { backupRecord } from '../../lib/local/demo/register.ts';
import { freePort } from '../../lib/local/servers/free-port.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { clientWithRole } from '../support/sessions.ts';
import { tlsFront } from '../support/tls-front.ts';

const pemOf = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const SECRET_KEY = 'hunter2/hunter2+hunter2';

describe('storage providers', () => {
  let harness: Harness;
  let server: RunningServer;
  let own: StorageProvider;

  beforeAll(async () => {
    server = (await startServer('postgresql')) as RunningServer;
    harness = await startHarness(server);
    own = harness.service.bucket.provider;
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
  });

  const call = (...args: Parameters<Harness['api']['call']>) => harness.api.call(...args);
  const secretOf = (id: string) => harness.service.secrets.get(harness.service.secretNames.storageProvider(id));
  const body = (fields: Record<string, unknown> = {}) => ({
    name: 'Elsewhere',
    provider_type: 'minio',
    endpoint: own.endpoint,
    bucket: own.bucket,
    access_key: 'AKIAEXAMPLE',
    secret_key: SECRET_KEY,
    path_style: true,
    ...fields,
  });
  const create = async (fields: Record<string, unknown> = {}): Promise<StorageProvider> => {
    const answer = await call('POST', '/api/storage-providers', body(fields));
    expect(answer).toMatchObject({ status: 201 });
    return answer.body as StorageProvider;
  };
  const put = (id: string, fields: unknown) => call('PUT', `/api/storage-providers/${id}`, fields);
  const remove = async (id: string) => expect((await call('DELETE', `/api/storage-providers/${id}`)).status).toBe(204);
  const test = async (id: string) => {
    const answer = await call('POST', `/api/storage-providers/${id}/test`);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const defaults = async () =>
    ((await call('GET', '/api/storage-providers')).body as StorageProvider[])
      .filter(({ is_default }) => is_default)
      .map(({ id }) => id);

  it('are created, listed, changed and deleted, and never return their secret key', async () => {
    const created = await create();
    const { secret_key, ...rest } = body();
    expect(created).toEqual({
      id: expect.any(String),
      ...rest,
      region: 'us-east-1',
      ca_bundle: null,
      is_default: false,
      secret_key_set: true,
      jagad_ids: [],
      created_at: expect.stringMatching(/Z$/),
    });
    expect(secretOf(created.id)).toBe(JSON.stringify({ secret_key }));
    const list = await call('GET', '/api/storage-providers');
    expect(list.body).toEqual([created, expect.objectContaining({ id: own.id, is_default: true })]);
    const changed = await put(created.id, { name: 'Renamed', path_style: false });
    expect(changed).toEqual({ status: 200, body: { ...created, name: 'Renamed', path_style: false } });
    expect(secretOf(created.id)).toBe(JSON.stringify({ secret_key }));
    expect(await put(created.id, {})).toEqual(changed);
    expect((await put(created.id, { secret_key: 'another-hunter2' })).status).toBe(200);
    expect(secretOf(created.id)).toBe('{"secret_key":"another-hunter2"}');
    expect(JSON.stringify([created, list, changed])).not.toContain('hunter2');
    await remove(created.id);
    expect(secretOf(created.id)).toBeUndefined();
    expect((await call('GET', `/api/storage-providers/${created.id}`)).status).toBe(404);
  });

  it('require their secret key again for another endpoint, and record the changes in the audit log', async () => {
    const { id } = await create();
    const endpoint = 'https://store.example.org';
    expect(await put(id, { endpoint })).toEqual({
      status: 422,
      body: {
        code: 'IMPOSSIBLE',
        error: 'the stored secret key was given for another endpoint',
        hint: 'Give secret_key again in the same request: a stored one is not kept after such a change.',
      },
    });
    expect((await call('GET', `/api/storage-providers/${id}`)).body).toMatchObject({ endpoint: own.endpoint });
    expect((await put(id, { endpoint, secret_key: SECRET_KEY, bucket: 'other' })).status).toBe(200);
    const [entry] = (await call('GET', '/api/audit?limit=1')).body as AuditEntry[];
    expect(entry?.changes).toEqual([
      { field: 'endpoint', from: own.endpoint, to: endpoint },
      { field: 'bucket', from: own.bucket, to: 'other' },
      { field: 'secret_key', from: null, to: 'changed' },
    ]);
    // neither takes the key to another store
    expect((await put(id, { region: 'eu-west-1', bucket: own.bucket, path_style: false })).status).toBe(200);
    await remove(id);
  });

  it('on AWS need no keys: the role is used', async () => {
    const aws = await create({ provider_type: 's3', endpoint: null, access_key: null, secret_key: undefined });
    expect(aws).toMatchObject({ access_key: null, endpoint: null });
    expect(secretOf(aws.id)).toBeUndefined();
    expect((await put(aws.id, { access_key: 'AK', secret_key: 'SK' })).status).toBe(200);
    expect((await put(aws.id, { access_key: null })).body).toMatchObject({ access_key: null });
    expect(secretOf(aws.id)).toBeUndefined();
    await remove(aws.id);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no bucket', { bucket: undefined }, 'bucket: '],
    ['a path as a bucket', { bucket: 'a/b' }, 'bucket: must be a bucket name'],
    ['an unknown type', { provider_type: 'azure' }, 'provider_type: '],
    ['a file as an endpoint', { endpoint: 'file:///etc/passwd' }, 'endpoint: '],
    [
      'credentials in the endpoint',
      { endpoint: 'https://user:secret@s3.example.com' },
      'endpoint: must contain no credentials',
    ],
    ['a region with a space', { region: 'us east' }, 'region: '],
    ['an access key alone', { secret_key: undefined }, 'give both, or neither'],
    ['a secret key alone', { access_key: null, provider_type: 's3' }, 'give both, or neither'],
    ['no keys without a role', { access_key: null, secret_key: undefined }, 'access_key: is needed'],
    ['no endpoint outside of AWS', { endpoint: null }, 'endpoint: is needed with provider_type minio'],
    ['no certificate', { ca_bundle: 'hello' }, 'ca_bundle: '],
    ['a damaged certificate', { ca_bundle: pemOf('AAAA') }, 'ca_bundle: certificate 1 is damaged'],
    ['an unknown field', { secret: 'x' }, 'unknown field: secret'],
  ])('are refused with %s', async (_, fields, error) => {
    const before = (await call('GET', '/api/storage-providers')).body;
    const answer = await call('POST', '/api/storage-providers', body(fields));
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(error) } });
    expect((await call('GET', '/api/storage-providers')).body).toEqual(before);
  });

  it('with a private certificate can be reached if it is trusted', async () => {
    const certificates = await makeCertificates();
    const front = await tlsFront(Number(new URL(own.endpoint as string).port), certificates);
    try {
      const endpoint = front.url;
      const keys = { access_key: own.access_key, secret_key: harness.service.bucket.secretKey };
      const { id } = await create({ endpoint, ...keys });
      expect(await test(id)).toMatchObject({ ok: false, hint: expect.stringContaining('ca_bundle') });
      const trusting = await put(id, { ca_bundle: certificates.ca });
      expect(trusting).toMatchObject({ status: 200, body: { ca_bundle: certificates.ca } });
      expect(await test(id)).toMatchObject({ ok: true, can_list: true, error: null });
      const draft = { ...body({ endpoint, ...keys }), ca_bundle: certificates.ca };
      expect((await call('POST', '/api/storage-providers/test', draft)).body).toMatchObject({ ok: true });
      expect((await put(id, { name: 'It stays' })).body).toMatchObject({ ca_bundle: certificates.ca });
      const damaged = { ...draft, ca_bundle: pemOf('AAAA') };
      expect(await call('POST', '/api/storage-providers/test', damaged)).toMatchObject({ status: 400 });
      expect(await put(id, { ca_bundle: pemOf('AAAA') })).toMatchObject({ status: 400 });
      expect((await put(id, { ca_bundle: null })).body).toMatchObject({ ca_bundle: null });
      await remove(id);
    } finally {
      front.close();
      await certificates.remove();
    }
  });

  it('cannot be changed into something unusable', async () => {
    const { id } = await create();
    for (const [fields, error] of [
      [{ access_key: 'ANOTHER' }, 'give both'],
      [{ access_key: null }, 'access_key: is needed'],
      [{ access_key: null, secret_key: 'x', provider_type: 's3' }, 'give both'],
      [{ endpoint: null }, 'endpoint: is needed'],
    ] as const) {
      const answer = await put(id, fields);
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'IMPOSSIBLE', error: expect.stringContaining(error) },
      });
    }
    expect((await put(id, { is_default: true })).status).toBe(400);
    expect((await call('GET', `/api/storage-providers/${id}`)).body).toMatchObject({ access_key: 'AKIAEXAMPLE' });
    expect(secretOf(id)).toBe(JSON.stringify({ secret_key: SECRET_KEY }));
    await remove(id);
  });

  it('are not found under something that isn’t an id', async () => {
    for (const id of [randomUUID(), 'default', 'x'.repeat(3000)]) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['POST', '/test'],
        ['POST', '/set-default'],
      ] as const) {
        const answer = await call(method, `/api/storage-providers/${id}${path}`, method === 'GET' ? undefined : {});
        expect([id, method, path, answer.status]).toEqual([id, method, path, 404]);
      }
    }
    expect(await defaults()).toEqual([own.id]);
  });

  it('have one default, even with concurrent changes', async () => {
    const others = [await create(), await create({ is_default: true }), await create()];
    expect(await defaults()).toEqual([others[1]?.id]);
    const path = (id: string) => `/api/storage-providers/${id}/set-default`;
    const answers = await Promise.all([own, ...others, own, ...others].map(({ id }) => call('POST', path(id))));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { is_default: true } });
    expect(await defaults()).toHaveLength(1);
    expect((await call('POST', path(others[2]?.id as string))).status).toBe(200);
    expect(await defaults()).toEqual([others[2]?.id]);
    await remove(others[2]?.id as string);
    expect(await defaults()).toEqual([]);
    await call('POST', path(own.id));
    for (const { id } of others.slice(0, 2)) await remove(id);
    expect(await defaults()).toEqual([own.id]);
  });

  it('that hold a backup cannot be deleted', async () => {
    const { id } = await create();
    const { connection, service } = harness;
    const backup = backupRecord({
      connection_id: connection.id,
      db_type: 'postgresql',
      database_name: 'shop',
      storage_path: 'backups/x',
      storage_provider_id: id,
    });
    await service.records.backups.put(backup);
    const answer = await call('DELETE', `/api/storage-providers/${id}`);
    expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining(backup.id) } });
    expect(secretOf(id)).toBeDefined();
    await service.records.backups.delete(backup.id);
    await remove(id);
  });

  it('may be tested by operators, and changed by administrators', async () => {
    const one = `/api/storage-providers/${own.id}`;
    const operator = await clientWithRole(harness.service, 'operator');
    const viewer = await clientWithRole(harness.service, 'viewer');
    expect((await viewer.call('GET', one)).status).toBe(200);
    expect((await viewer.call('POST', `${one}/test`)).status).toBe(403);
    expect((await operator.call('POST', `${one}/test`)).status).toBe(200);
    for (const [method, path] of [
      ['PUT', one],
      ['DELETE', one],
      ['POST', `${one}/set-default`],
      ['POST', '/api/storage-providers'],
    ] as const) {
      expect((await operator.call(method, path, {})).status).toBe(403);
    }
  });

  describe('being tested', () => {
    it('report that they can be listed and read', async () => {
      expect(await test(own.id)).toEqual({ ok: true, can_list: true, can_read: true, error: null, hint: null });
    });

    it('report what is wrong', async () => {
      const denying = await refusing(403, 'AccessDenied');
      const unsigned = await refusing(403, 'SignatureDoesNotMatch');
      const elsewhere = await refusing(301, 'PermanentRedirect');
      const web = await serving((_, response) => response.end('<html>hello</html>'));
      for (const [fields, error] of [
        [{ bucket: 'no-such-bucket' }, /no bucket no-such-bucket/],
        [{ endpoint: `http://127.0.0.1:${await freePort()}` }, /cannot be reached \(ECONNREFUSED\)/],
        [{ endpoint: 'http://no-such-host.invalid' }, /cannot be reached \(E\w+\)/],
        [{ endpoint: denying }, /access denied/],
        [{ endpoint: unsigned }, /secret key does not belong to the access key/],
        [{ endpoint: elsewhere }, /is not in us-east-1/],
        [{ endpoint: web }, /does not answer like an S3 store/],
      ] as const) {
        const keys = { access_key: own.access_key, secret_key: harness.service.bucket.secretKey };
        const { id } = await create({ ...keys, ...fields });
        expect(await test(id)).toEqual({
          ok: false,
          can_list: false,
          can_read: null,
          error: expect.stringMatching(error),
          hint: expect.any(String),
        });
        await remove(id);
      }
    });

    it('report a listed object that cannot be read, but no fault for an empty object or bucket', async () => {
      const listed = '<ListBucketResult><Name>b</Name><Contents><Key>backups/a</Key></Contents></ListBucketResult>';
      const holding = (status: number, code: string) =>
        serving((request, response) => {
          if (request.url?.includes('list-type')) return void response.end(listed);
          response.writeHead(status, { 'content-type': 'application/xml' });
          response.end(`<Error><Code>${code}</Code></Error>`);
        });
      const { id } = await create({ endpoint: await holding(403, 'AccessDenied') });
      expect(await test(id)).toMatchObject({
        ok: false,
        can_list: true,
        can_read: false,
        error: 'cannot read backups/a: access denied',
      });
      await put(id, { endpoint: await holding(416, 'InvalidRange'), secret_key: SECRET_KEY });
      expect(await test(id)).toMatchObject({ ok: true, can_list: true, can_read: true });
      await put(id, {
        endpoint: await serving((_, response) => response.end('<ListBucketResult><Name>b</Name></ListBucketResult>')),
        secret_key: SECRET_KEY,
      });
      expect(await test(id)).toEqual({ ok: true, can_list: true, can_read: null, error: null, hint: null });
      await remove(id);
    });

    it('report in time that nothing answers', async () => {
      const { id } = await create({ endpoint: await serving(() => {}) });
      const began = performance.now();
      expect(await test(id)).toMatchObject({ ok: false, error: expect.stringContaining('does not answer') });
      expect(performance.now() - began).toBeLessThan(20_000);
      await remove(id);
    });

    it('report a missing secret key', async () => {
      const { id } = await create();
      harness.service.secrets.delete(harness.service.secretNames.storageProvider(id));
      expect(await test(id)).toMatchObject({ ok: false, error: expect.stringContaining('no secret key') });
      expect((await put(id, { name: 'still without' })).status).toBe(422);
      await remove(id);
    });
  });
});

const stores: Server[] = [];
afterAll(() => {
  for (const store of stores) {
    store.close();
    store.closeAllConnections();
  }
});

/** A server that pretends to be a store; its address. */
async function serving(answer: RequestListener): Promise<string> {
  const store = createServer(answer).listen(0, '127.0.0.1');
  stores.push(store);
  await once(store, 'listening');
  return `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
}

/** A store that answers everything with an error. */
function refusing(status: number, code: string): Promise<string> {
  return serving((_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
}
