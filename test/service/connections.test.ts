/** Connections as a client of the API sees them, and where their fields are stored. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import { readCipherPass } from '../../lib/connections/keys/cipher-pass.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { backupRecord } from '../../lib/local/demo/register.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { aRestore } from '../support/records.ts';
import { secretsOf } from '../support/secrets.ts';
import { startServer } from '../support/servers.ts';
import { clientWithRole } from '../support/sessions.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:rds!db-4f1d-AbCdEf';
const PASSWORD = 'swordfish-0815-"quoted"';

describe('connections', () => {
  let harness: Harness;
  let server: RunningServer;
  let certificates: TestCertificates;

  beforeAll(async () => {
    certificates = await makeCertificates();
    server = (await startServer('postgresql')) as RunningServer;
    harness = await startHarness(server);
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
    await certificates?.remove();
  });

  const call = (...args: Parameters<Harness['api']['call']>) => harness.api.call(...args);
  const secretOf = (id: string) => harness.service.secrets.get(harness.service.secretNames.connection(id));
  const storedFor = (password: string) =>
    JSON.stringify({ password, host: server.host, port: server.port, username: server.username });
  const body = (fields: Record<string, unknown> = {}) => ({
    name: 'Staging',
    db_type: 'postgresql',
    host: server.host,
    port: server.port,
    username: server.username,
    ...fields,
  });
  const create = async (fields: Record<string, unknown> = {}): Promise<Connection> => {
    const answer = await call('POST', '/api/connections', body(fields));
    expect(answer).toMatchObject({ status: 201 });
    return answer.body as Connection;
  };
  const put = (id: string, fields: unknown) => call('PUT', `/api/connections/${id}`, fields);
  const test = async (id: string) => {
    const answer = await call('POST', `/api/connections/${id}/test`);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it('are created, listed, changed and deleted', async () => {
    const created = await create({ password: PASSWORD });
    expect(created).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      ...body(),
      secret_arn: null,
      ssl_mode: 'prefer',
      ca_bundle: null,
      event_restore_allowed: false,
      trusted: false,
      encrypted_only: false,
      free_bytes: null,
      binlog_prefix: null,
      jagad_changed_at: null,
      jagad_address: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: created.created_at,
    });
    expect((await call('GET', '/api/connections')).body).toEqual([created, harness.connection]);
    expect((await call('GET', `/api/connections/${created.id}`)).body).toEqual(created);

    const changed = await put(created.id, { name: 'Renamed', ssl_mode: 'require' });
    expect(changed).toEqual({
      status: 200,
      body: { ...created, name: 'Renamed', ssl_mode: 'require', updated_at: expect.any(String) },
    });
    expect((changed.body as Connection).updated_at > created.updated_at).toBe(true);
    expect((await put(created.id, {})).status).toBe(200);
    expect(secretOf(created.id)).toBe(storedFor(PASSWORD));

    expect(await call('DELETE', `/api/connections/${created.id}`)).toEqual({ status: 204, body: undefined });
    expect(secretOf(created.id)).toBeUndefined();
    expect((await call('GET', `/api/connections/${created.id}`)).status).toBe(404);
    expect((await call('DELETE', `/api/connections/${created.id}`)).status).toBe(404);
  });

  it('keep their password only in the sealed file, and never return it', async () => {
    const { id } = await create({ password: PASSWORD });
    const answers = [
      await call('GET', `/api/connections/${id}`),
      await call('GET', '/api/connections'),
      await put(id, { password: `${PASSWORD}-2` }),
      await call('POST', `/api/connections/${id}/test`),
    ];
    expect(secretOf(id)).toBe(storedFor(`${PASSWORD}-2`));
    expect(JSON.stringify(answers)).not.toContain('swordfish');
    const files = readdirSync(harness.stateDirectory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(harness.stateDirectory, name))
      .filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(5);
    for (const path of files) expect([path, readFileSync(path, 'latin1').includes('swordfish')]).toEqual([path, false]);
    await call('DELETE', `/api/connections/${id}`);
  });

  it('can switch between a password and the ARN of a secret', async () => {
    const { id } = await create({ password: PASSWORD });
    expect((await put(id, { secret_arn: ARN })).body).toMatchObject({ secret_arn: ARN });
    expect(secretOf(id)).toBeUndefined();
    expect(await test(id)).toMatchObject({
      ok: false,
      error: 'the connection Staging has no password',
      hint: expect.stringContaining(ARN),
    });
    harness.service.secrets.set(ARN, JSON.stringify({ username: server.username, password: server.password }));
    expect(await test(id)).toMatchObject({ ok: true, error: null });
    expect((await put(id, { name: 'the ARN stays' })).body).toMatchObject({ secret_arn: ARN });
    expect((await put(id, { password: PASSWORD })).body).toMatchObject({ secret_arn: null });
    expect(await test(id)).toMatchObject({ ok: false, hint: expect.stringContaining('Check username and password') });
    expect(harness.service.secrets.get(ARN)).toBeDefined();
    await call('DELETE', `/api/connections/${id}`);
  });

  describe('whose password would be sent elsewhere', () => {
    const lastAudited = async () => {
      const [entry] = (await call('GET', '/api/audit?limit=1')).body as AuditEntry[];
      return entry;
    };

    it.each<[string, Record<string, unknown>, string]>([
      ['host', { host: 'localhost' }, 'host'],
      ['port', { port: 1 }, 'port'],
      ['user', { username: 'somebody' }, 'username'],
      ['weaker TLS', { ssl_mode: 'require' }, 'ssl_mode'],
      ['no TLS', { ssl_mode: 'disable' }, 'ssl_mode'],
      ['authority', { ca_bundle: null }, 'ca_bundle'],
      ['host and port', { host: 'localhost', port: 1 }, 'host and port'],
    ])('require it again in the same request: a different %s', async (_, fields, named) => {
      const tls = { ssl_mode: 'verify-full', ca_bundle: certificates.ca };
      const created = await create({ password: PASSWORD, ...tls });
      const refused = {
        status: 422,
        body: {
          code: 'IMPOSSIBLE',
          error: `the stored password was given for another ${named}`,
          hint: 'Give password (or secret_arn) again in the same request: a stored one is not kept after such a change.',
        },
      };
      expect(await put(created.id, fields)).toEqual(refused);
      expect((await call('GET', `/api/connections/${created.id}`)).body).toEqual(created);
      expect(await put(created.id, { ...fields, password: `${PASSWORD}-2` })).toMatchObject({
        status: 200,
        body: fields,
      });
      expect(secretOf(created.id)).toContain(`${PASSWORD}-2`.replaceAll('"', '\\"'));
      await call('DELETE', `/api/connections/${created.id}`);

      // an ARN is read at each use: it has to be given again
      const byArn = await create({ secret_arn: ARN, ...tls });
      expect(await put(byArn.id, fields)).toEqual(refused);
      expect(await put(byArn.id, { ...fields, secret_arn: ARN })).toMatchObject({ status: 200, body: fields });
      await call('DELETE', `/api/connections/${byArn.id}`);
    });

    it('send it nowhere, even if a change comes between a check and its writes', async () => {
      const heard: string[] = [];
      const stranger = createServer((socket) => {
        socket.on('error', () => {}).on('data', (bytes) => void heard.push(bytes.toString('latin1')));
        // AuthenticationCleartextPassword
        socket.write(Buffer.from('R\0\0\0\x08\0\0\0\x03', 'latin1'));
      });
      stranger.listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      try {
        const { id } = await create({ password: PASSWORD, ssl_mode: 'disable' });
        const { port } = stranger.address() as AddressInfo;
        await harness.service.records.connections.update(id, { port });
        expect(await test(id)).toMatchObject({
          ok: false,
          error: 'the stored password of the connection Staging was given for another server or user',
          hint: `Give it again with PUT /api/connections/${id}.`,
        });
        const { connection } = harness;
        const draft = { ...body(), id: connection.id, port, ssl_mode: 'disable' };
        expect((await call('POST', '/api/connections/test', draft)).status).toBe(422);
        expect(heard).toEqual([]);
        // the other server would receive it
        expect((await put(id, { port, password: PASSWORD })).status).toBe(200);
        await test(id);
        expect(heard.join('')).toContain('swordfish');
        await call('DELETE', `/api/connections/${id}`);
      } finally {
        stranger.close();
      }
    });

    it('log each changed field with its old and new value in the audit log, but no secret', async () => {
      const { id } = await create({ password: PASSWORD, cipher_pass: PASSWORD });
      expect(await lastAudited()).toMatchObject({
        call: 'POST /api/connections',
        changes: expect.arrayContaining([
          { field: 'id', from: null, to: id },
          { field: 'port', from: null, to: String(server.port) },
          { field: 'password', from: null, to: 'changed' },
          { field: 'cipher_pass', from: null, to: 'changed' },
        ]),
      });
      await put(id, { host: 'localhost', port: 1, password: `${PASSWORD}-2`, cipher_pass: null, name: 'Staging' });
      expect(await lastAudited()).toMatchObject({
        ...{ username: 'npm start', call: 'PUT /api/connections/{id}', path: `/api/connections/${id}`, status: 200 },
        changes: [
          { field: 'host', from: server.host, to: 'localhost' },
          { field: 'port', from: String(server.port), to: '1' },
          { field: 'password', from: null, to: 'changed' },
          { field: 'cipher_pass', from: null, to: 'removed' },
        ],
      });
      // the refused request changed nothing
      await put(id, { host: 'elsewhere' });
      expect(await lastAudited()).toMatchObject({ status: 422 });
      expect(await lastAudited()).not.toHaveProperty('changes');
      await call('DELETE', `/api/connections/${id}`);
      expect((await lastAudited())?.changes).toContainEqual({ field: 'host', from: 'localhost', to: null });
      expect(JSON.stringify((await call('GET', '/api/audit')).body)).not.toContain('swordfish');
    });
  });

  it('keep the passphrase of their repository in its own secret', async () => {
    const { secrets, secretNames } = harness.service;
    const { id, ...created } = await create({ password: PASSWORD, cipher_pass: PASSWORD });
    const stored = () => secrets.get(secretNames.cipherPass(id));
    const read = () =>
      readCipherPass({ ...secretsOf(new Map([[secretNames.cipherPass(id), stored()]])), names: secretNames }, id);
    expect(stored()).toBe(JSON.stringify({ cipher_pass: PASSWORD }));
    expect(await read()).toBe(PASSWORD);
    expect(created).not.toHaveProperty('cipher_pass');
    expect((await put(id, { name: 'it stays' })).status).toBe(200);
    expect(stored()).toBeDefined();
    const changed = await put(id, { cipher_pass: 'another' });
    expect(JSON.stringify(changed)).not.toContain('another');
    expect(await read()).toBe('another');
    expect((await put(id, { cipher_pass: null })).status).toBe(200);
    expect(await read()).toBeUndefined();
    expect(secretOf(id)).toBeDefined();

    await put(id, { cipher_pass: 'again' });
    await call('DELETE', `/api/connections/${id}`);
    expect(stored()).toBeUndefined();
  });

  it('have the fields that servers of their type have', async () => {
    const refused = { error: 'cipher_pass: must not be given: mariadb is not backed up with pgBackRest' };
    expect(await call('POST', '/api/connections', body({ db_type: 'mariadb', cipher_pass: 'x' }))).toMatchObject({
      ...{ status: 400, body: refused },
    });
    const draft = body({ binlog_prefix: 'x', password: 'x' });
    for (const path of ['/api/connections', '/api/connections/test']) {
      expect(await call('POST', path, draft)).toMatchObject({
        ...{ status: 400, body: { error: 'binlog_prefix: must not be given: postgresql has no binary logs' } },
      });
    }
    expect(await put(harness.connection.id, { binlog_prefix: 'x' })).toMatchObject({ status: 422 });
    const { id } = await create({ db_type: 'mariadb', binlog_prefix: 'binlogs/shop' });
    expect(await put(id, { cipher_pass: 'x' })).toMatchObject({ status: 422, body: refused });
    expect((await put(id, { cipher_pass: null, binlog_prefix: 'other' })).body).toMatchObject({
      binlog_prefix: 'other',
    });
    expect((await put(id, { binlog_prefix: null })).body).toMatchObject({ binlog_prefix: null });
    await call('DELETE', `/api/connections/${id}`);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no name', { name: undefined }, 'name: '],
    ['an empty name', { name: '  ' }, 'name: '],
    ['a long name', { name: 'x'.repeat(201) }, 'name: '],
    ['an unknown type', { db_type: 'oracle' }, 'db_type: '],
    ['no host', { host: '' }, 'host: '],
    ['an option for a host', { host: '-oProxyCommand=x' }, 'host: must be a host name'],
    ['an address with a path', { host: 'db/x' }, 'host: '],
    ['port 0', { port: 0 }, 'port: '],
    ['a port as text', { port: '5432' }, 'port: '],
    ['a zero character', { username: 'a\0b' }, 'username: '],
    ['an empty password', { password: '' }, 'password: '],
    ['a password of two lines', { password: 'a\nb' }, 'password: must be one line'],
    ['an ARN of something else', { secret_arn: 'arn:aws:s3:::bucket' }, 'secret_arn: must be the ARN'],
    ['a password and an ARN', { password: 'x', secret_arn: ARN }, 'not both'],
    ['an unknown ssl_mode', { ssl_mode: 'on' }, 'ssl_mode: '],
    ['no certificate', { ca_bundle: 'hello' }, 'ca_bundle: '],
    [
      'a damaged certificate',
      { ca_bundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      'damaged',
    ],
    [
      'a private key',
      { ca_bundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n' },
      'only certificates in PEM',
    ],
    ['a passphrase of two lines', { cipher_pass: 'a\nb' }, 'cipher_pass: must be one line'],
    ['an empty prefix', { binlog_prefix: '' }, 'binlog_prefix: '],
    ['an unknown field', { hosts: 'x' }, 'unknown field: hosts'],
    ['an id', { id: randomUUID() }, 'unknown field: id'],
  ])('are refused with %s', async (_, fields, error) => {
    const before = (await call('GET', '/api/connections')).body;
    const answer = await call('POST', '/api/connections', body(fields));
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'MALFORMED_REQUEST', error: expect.stringContaining(error) },
    });
    if (!('name' in fields)) {
      expect((await put(harness.connection.id, fields)).status).toBe(400);
    }
    expect((await call('GET', '/api/connections')).body).toEqual(before);
  });

  it.each(['::1', 'fe80::1%eth0', '10.0.0.1', 'db_1.internal', 'shop.cluster-x.eu-west-1.rds.amazonaws.com.'])(
    'take the host %s',
    async (host) => {
      const { id } = await create({ host });
      await call('DELETE', `/api/connections/${id}`);
    },
  );

  it('are not found under something that isn’t an id', async () => {
    for (const id of [randomUUID(), 'default', 'x'.repeat(3000), '%00', '..%2f..']) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['POST', '/test'],
      ] as const) {
        const answer = await call(method, `/api/connections/${id}${path}`, method === 'GET' ? undefined : {});
        expect([id, method, answer.status]).toEqual([id, method, 404]);
        expect(answer.body).toMatchObject({ error: 'connection not found' });
      }
    }
  });

  it('may be read by all roles, tested by operators, and changed by administrators', async () => {
    const one = `/api/connections/${harness.connection.id}`;
    const statuses = async (role: 'viewer' | 'operator') => {
      const client = await clientWithRole(harness.service, role);
      const calls = [
        ['GET', '/api/connections'],
        ['GET', one],
        ['POST', `${one}/test`],
        ['POST', '/api/connections'],
        ['PUT', one],
        ['DELETE', one],
      ] as const;
      const answers = [];
      for (const [method, path] of calls) answers.push((await client.call(method, path)).status);
      return answers;
    };
    expect(await statuses('viewer')).toEqual([200, 200, 403, 403, 403, 403]);
    expect(await statuses('operator')).toEqual([200, 200, 200, 403, 403, 403]);
  });

  describe('that are in use cannot be deleted', () => {
    it('because of a backup', async () => {
      const answer = await call('DELETE', `/api/connections/${harness.connection.id}`);
      expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', hint: expect.any(String) } });
      expect((answer.body as { error: string }).error).toMatch(/has backups, such as [\da-f-]{36} of database shop/);
      expect(secretOf(harness.connection.id)).toBeDefined();
    });

    it('because of a recovery plan, until that is deleted', async () => {
      const { id } = await create({ password: PASSWORD });
      const entry = { connection_id: harness.connection.id, database: 'shop', target_connection: id };
      const { body: plan } = await call('POST', '/api/recovery-plans', { name: 'Standby', groups: [[entry]] });
      const answer = await call('DELETE', `/api/connections/${id}`);
      expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining('plan Standby needs') } });
      await call('DELETE', `/api/recovery-plans/${(plan as { id: string }).id}`);
      expect((await call('DELETE', `/api/connections/${id}`)).status).toBe(204);
    });

    it('because of a running restore, until it has ended', async () => {
      const { id } = await create({ password: PASSWORD });
      const restore = aRestore({ target_connection: id, to_connection: id, status: 'running' });
      await harness.service.records.restores.put(restore);
      const answer = await call('DELETE', `/api/connections/${id}`);
      expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining(restore.id) } });
      await harness.service.records.restores.put({ ...restore, status: 'failed' });
      expect((await call('DELETE', `/api/connections/${id}`)).status).toBe(204);
    });
  });

  describe('being tested', () => {
    it('report the server’s version, and the privileges for its backups', async () => {
      const found = (await test(harness.connection.id)) as { rights: { right: string; granted: boolean }[] };
      expect(found).toMatchObject({
        ok: true,
        server_version: expect.stringContaining(server.version),
        tls: null,
        hint: null,
      });
      // nothing of the sort was created yet: it would be
      expect(found.rights.find(({ right }) => right === 'CREATEDB')).toMatchObject({ granted: true, required: true });
    });

    it('say so if the certificate cannot be verified', async () => {
      const { id } = await create({ password: server.password, ssl_mode: 'verify-full', ca_bundle: certificates.ca });
      expect(await test(id)).toMatchObject({ ok: false, hint: expect.stringContaining('Switch TLS on at the server') });
      await call('DELETE', `/api/connections/${id}`);
    });
  });

  it('without a password cannot be a target: 422, and no restore', async () => {
    const { id } = await create();
    expect(await test(id)).toMatchObject({ ok: false, error: 'the connection Staging has no password' });
    const [backup] = harness.backups;
    const answer = await call('POST', `/api/backups/${backup.id}/restore`, { target_connection: id });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'IMPOSSIBLE',
        error: 'the connection Staging has no password',
        hint: `Set it with PUT /api/connections/${id}.`,
      },
    });
    expect((await call('GET', '/api/restores')).body as Restore[]).not.toContainEqual(
      expect.objectContaining({ target_connection: id, backup_id: backup.id }),
    );
    await call('DELETE', `/api/connections/${id}`);
  });

  it('are tested for the databases of their own backups', async () => {
    const { id } = await create({ password: server.password });
    await harness.service.records.backups.put(
      backupRecord({ connection_id: id, db_type: 'postgresql', database_name: 'template1', storage_path: 'x' }),
    );
    const { rights } = (await test(id)) as { rights: { right: string }[] };
    expect(rights.map(({ right }) => right)).toContain('CONNECT on database template1');
    expect(rights.map(({ right }) => right)).not.toContain('CONNECT on database shop');
  });
});
