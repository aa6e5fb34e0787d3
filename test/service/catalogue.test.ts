/** How the catalogue is filled: by hand, by Jagad's own lists, by a scan, by an event about an object. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { concurrently } from '../../lib/backups/scan/concurrently.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import { SCAN_STATES } from '../../lib/backups/scan/job-states.ts';
import type { ImportAnswer } from '../../lib/backups/schemas.ts';
import { putObject } from '../../lib/local/demo/register.ts';
import { copyObject } from '../support/copy-objects.ts';
import { inLongTier } from '../support/every-case.ts';
import { expected, fixtureBytes, type Harness, startHarness } from '../support/harness.ts';
import { aBackup, aRestore } from '../support/records.ts';
import { startServer } from '../support/servers.ts';
import { knownStack } from '../support/stack/known-stack.ts';
import { until } from '../support/until.ts';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/jagad/${name}`, import.meta.url), 'utf8'));
const jagadBackups = fixture('backups.json') as { id: string; storage_path: string }[];
const jagadConnections = fixture('connections.json') as { id: string; name: string; host: string; port: number }[];

describe('the catalogue', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let providerId: string;
  const records = () => harness.service.records;
  const verifyNew = (verify_new_backups: boolean) => records().settings.update({ verify_new_backups });

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    providerId = harness.service.bucket.provider.id;
    // the import should bring what the harness knows
    for (const { id } of harness.backups) await records().backups.delete(id);
  });
  beforeEach(() => verifyNew(false));
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const call = async <T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
    (await harness.api.call(method, path, body)) as { status: number; body: T };
  const register = (body: unknown) => call<Backup & { error: string }>('POST', '/api/backups', body);
  const scan = () => call<Job & { error: string }>('POST', `/api/storage-providers/${providerId}/scan`, {});
  const ended = async (jobId: string | null): Promise<Job> => {
    let job: Job | undefined;
    await until(async () => {
      job = (await call<Job>('GET', `/api/jobs/${jobId}`)).body;
      return job.status !== 'running';
    }, 90_000);
    return job as Job;
  };
  const key = (name: string, id = randomUUID(), date = '20261101') =>
    `backups/${name}/shop/${id}-${date}-020000.sql.gz`;

  describe('adding a backup by hand', () => {
    it('registers an object from its key and its bytes', async () => {
      const id = randomUUID();
      const storage_path = key(harness.connection.name, id);
      const bytes = fixtureBytes(harness.backups[0].storage_path);
      await putObject(harness.service, storage_path, bytes);
      const { status, body } = await register({ storage_path });
      expect({ status, body }).toMatchObject({
        status: 201,
        body: {
          ...{ id, connection_id: harness.connection.id, database_name: 'shop', db_type: 'postgresql' },
          ...{ storage_provider_id: providerId, object_bytes: bytes.length, encryption_algo: 'AES-256-GCM' },
          ...{ verify_status: 'pending', connection_source: 'key' },
        },
      });
      expect(body).not.toHaveProperty('log_output');
      // when it was stored, and not the time in its key: that is in the zone of Jagad's host
      expect(Date.now() - Date.parse(body.created_at)).toBeLessThan(60_000);
      const again = await register({ storage_path });
      expect(again).toMatchObject({ status: 409, body: { error: expect.stringContaining(id) } });
    });

    it('registers an object of any name once, and verifies it', async () => {
      await verifyNew(true);
      const storage_path = `elsewhere/${randomUUID()}.gz`;
      await putObject(harness.service, storage_path, fixtureBytes(harness.backups[1].storage_path));
      const request = { storage_path, connection_id: harness.connection.id, database_name: 'shop' };
      const both = await Promise.all([register(request), register(request)]);
      expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
      const id = both.find(({ status }) => status === 201)?.body.id as string;
      await until(async () => (await records().backups.get(id))?.verify_status === 'passed');
    });

    it.each([
      ['an unknown connection', { storage_path: 'x', connection_id: randomUUID() }, 404, 'connection not found'],
      [
        'an unknown provider',
        { storage_path: 'x', storage_provider_id: randomUUID() },
        404,
        'storage provider not found',
      ],
      ['no connection if the key names none', { storage_path: 'x' }, 422, 'does not say which connection'],
      ['an unknown connection', { storage_path: key('Nobody') }, 422, 'Nobody: no connection has this name'],
      ['a missing object', { storage_path: key('Production PG') }, 422, 'is not in the bucket'],
      ['a physical backup', { storage_path: 'pgbackrest/Production PG/main' }, 422, 'many objects'],
      ['no path', {}, 400, 'storage_path'],
    ])('refuses %s', async (_, request, status, error) => {
      expect(await register(request)).toMatchObject({ status, body: { error: expect.stringContaining(error) } });
    });

    it.each([
      ['text', Buffer.from('this is not a backup, whatever its name says')],
      ['nothing', Buffer.alloc(0)],
    ])('refuses an object that holds %s', async (_, bytes) => {
      const storage_path = key(harness.connection.name);
      await putObject(harness.service, storage_path, bytes);
      expect((await register({ storage_path })).status).toBe(422);
      expect(await records().backups.get(storage_path.split('/').at(-1)?.slice(0, 36) as string)).toBeUndefined();
    });
  });

  describe('a corrected record', () => {
    const put = (id: string, body: unknown) => call<Backup & { error: string }>('PUT', `/api/backups/${id}`, body);
    const guess = async (fields: Partial<Backup> = {}) => {
      const backup = aBackup({ connection_id: harness.connection.id, connection_source: 'key', ...fields });
      await records().backups.put(backup);
      return backup;
    };

    it('is no longer a guess if someone who knows the server corrected it', async () => {
      const { id } = await guess({ connection_id: randomUUID() });
      expect((await put(id, { connection_id: randomUUID() })).body.error).toBe('connection not found');
      expect((await put(id, { storage_provider_id: randomUUID() })).body.error).toBe('storage provider not found');
      const changes = { connection_id: harness.connection.id, database_name: 'crm' };
      expect(await put(id, changes)).toMatchObject({ status: 200, body: { ...changes, connection_source: 'you' } });
      expect(await records().backups.get(id)).toMatchObject({ ...changes, connection_source: 'you' });
      const [entry] = (await call<{ call: string; path: string }[]>('GET', '/api/audit?limit=1')).body;
      expect(entry).toMatchObject({ call: 'PUT /api/backups/{id}', path: `/api/backups/${id}` });
    });

    it('is no longer verified if it points to another object', async () => {
      const verified = { verify_status: 'passed', verified_at: new Date().toISOString(), object_bytes: 9 } as const;
      const { id } = await guess({ ...verified, connection_source: 'jagad' });
      expect((await put(id, { encryption_key_id: 'k' })).body).toMatchObject({ verify_status: 'passed' });
      expect((await put(id, { storage_path: 'elsewhere.gz' })).body).toMatchObject({
        ...{ storage_path: 'elsewhere.gz', verify_status: 'pending', verified_at: null, object_bytes: null },
        connection_source: 'jagad',
      });
    });

    it('cannot name a server that it cannot come from, or have an unknown field', async () => {
      const { id } = await guess({ engine: 'mariabackup', db_type: 'mariadb', connection_id: randomUUID() });
      expect(await put(id, { connection_id: harness.connection.id })).toMatchObject({ status: 422 });
      expect(await put(id, { verify_status: 'passed' })).toMatchObject({ status: 400 });
      expect(await put(randomUUID(), {})).toMatchObject({ status: 404 });
    });

    it('cannot be changed or removed while it is needed; after its removal its object stays', async () => {
      const remove = (id: string) => call<{ error: string }>('DELETE', `/api/backups/${id}`);
      const parent = await guess();
      const child = await guess({ parent_id: parent.id });
      expect(await remove(parent.id)).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining(child.id) },
      });
      const running = aRestore({ backup_id: child.id });
      await records().restores.put(running);
      for (const refused of [await remove(child.id), await put(child.id, { database_name: 'x' })]) {
        expect(refused).toMatchObject({ status: 409, body: { error: expect.stringContaining(running.id) } });
      }
      await records().restores.update(running.id, { status: 'failed' });
      await records().backups.update(child.id, { verify_status: 'verifying' });
      expect((await remove(child.id)).body.error).toBe('the backup is being verified');
      await records().backups.update(child.id, { verify_status: 'pending' });
      expect((await remove(child.id)).status).toBe(204);
      expect((await remove(child.id)).status).toBe(404);
      expect((await remove(parent.id)).status).toBe(204);

      const storage_path = `removed/${randomUUID()}.gz`;
      await putObject(harness.service, storage_path, fixtureBytes(harness.backups[1].storage_path));
      const request = { storage_path, connection_id: harness.connection.id, database_name: 'shop' };
      const registered = await register(request);
      expect((await remove(registered.body.id)).status).toBe(204);
      expect((await register(request)).body.id).toBe(registered.body.id);
      await remove(registered.body.id);
    });
  });

  describe('an import of Jagad’s own lists', () => {
    const list = () => ({
      storage_provider_id: providerId,
      connections: jagadConnections.map((one) =>
        one.id === harness.connection.id ? { ...one, host: harness.server.host, port: harness.server.port } : one,
      ),
      backups: jagadBackups,
    });
    const doImport = (body: unknown) => call<ImportAnswer>('POST', '/api/backups/import', body);

    it('registers them once, and verifies what is new', async () => {
      await records().connections.delete(harness.connection.id);
      for (const { storage_path } of jagadBackups)
        await putObject(harness.service, storage_path, fixtureBytes(storage_path));
      await verifyNew(true);
      const first = await doImport(list());
      expect(first).toMatchObject({
        status: 200,
        body: {
          connections: { created: 3, known: 0 },
          backups: { created: 6, filled: 0, known: 0, left: 0 },
          skipped: [],
        },
      });
      const job = await ended(first.body.verification_job);
      expect(job).toMatchObject({ kind: 'verification', status: 'success', error: null });
      // and the one that was registered while the setting was off
      expect(job.counts).toEqual({ started: 7, passed: 7, failed: 0, unread: 0, lost: 0 });
      const verified = await Promise.all(jagadBackups.map(({ id }) => records().backups.get(id)));
      expect(verified.map((one) => one?.verify_status)).toEqual(Array(6).fill('passed'));

      const second = await doImport(list());
      expect(second.body).toMatchObject({
        ...{ connections: { created: 0, known: 3 }, backups: { created: 0, filled: 0, known: 6 } },
        ...{ skipped: [], verification_job: null },
      });
      expect(await Promise.all(jagadBackups.map(({ id }) => records().backups.get(id)))).toEqual(verified);
    });

    it('lets one be restored once its connection has a password', async () => {
      const { secrets, secretNames } = harness.service;
      const password = JSON.stringify({ password: harness.server.password });
      secrets.set(secretNames.connection(harness.connection.id), password);
      const imported = (await records().backups.get(jagadBackups[0]?.id as string)) as Backup;
      expect(await harness.restore(imported, { target_database: 'imported' })).toMatchObject({ status: 'success' });
      expect(await harness.answer('imported')).toBe(expected.postgresql.row);
    });

    it('fills in what is missing, and reports a checksum that differs from the verified one', async () => {
      const [known] = jagadBackups as [(typeof jagadBackups)[0]];
      await records().backups.update(known.id, { size_bytes: null, log_output: '' });
      const request = { ...list(), connections: [], backups: [{ ...jagadBackups[0], checksum: 'f'.repeat(64) }] };
      const { body } = await doImport(request);
      expect(body).toMatchObject({
        backups: { created: 0, filled: 1, known: 0 },
        skipped: [],
        warnings: [{ id: known.id, reason: expect.stringContaining('differs from the record') }],
      });
      expect(await records().backups.get(known.id)).toMatchObject({
        ...{ size_bytes: 386845, verify_status: 'passed', log_output: expect.stringContaining('BACKUP: streaming') },
        checksum: 'b954309ca4c4eb974be5f6d7b3e56de581699b7427c2f1c39839c02d874e44b1',
      });
    });

    it('skips what belongs to nothing known', async () => {
      const stray = { ...jagadBackups[0], id: randomUUID(), connection_id: randomUUID() };
      const { body } = await doImport({ storage_provider_id: providerId, backups: [stray] });
      expect(body.skipped).toEqual([{ id: stray.id, reason: expect.stringContaining('import the connections too') }]);
      expect(await records().backups.get(stray.id)).toBeUndefined();
    });

    inLongTier(it)('takes more than a thousand, each call within its time', async () => {
      const many = Array.from({ length: 1500 }, () => {
        const id = randomUUID();
        const storage_path = `backups/Production PG/many/${id}-20251101-020000.sql.gz`;
        const entry = { id, connection_id: harness.connection.id, backup_type: 'full', status: 'success' };
        return { ...entry, storage_path, size_bytes: 1 };
      });
      let created = 0;
      for (let left = many.length; left > 0; ) {
        const started = Date.now();
        const { status, body } = await doImport({ storage_provider_id: providerId, backups: many });
        expect(status).toBe(200);
        expect(Date.now() - started).toBeLessThan(20_000);
        expect(body.backups.created + body.backups.known + body.backups.left).toBe(many.length);
        expect(body.backups.left).toBeLessThan(left);
        created += body.backups.created;
        left = body.backups.left;
      }
      expect(created).toBe(many.length);
    });

    it.each([
      ['an unknown provider', { storage_provider_id: randomUUID() }, 404],
      ['an invalid provider', { storage_provider_id: 'x' }, 400],
      ['an unknown field', { storage_provider_id: randomUUID(), restores: [] }, 400],
    ])('refuses %s', async (_, request, status) => expect((await doImport(request)).status).toBe(status));
  });

  describe('a scan', () => {
    /** More than a page of a listing. */
    const MANY = 1100;

    it('finds existing objects, part by part', async () => {
      const keys = Array.from({ length: MANY }, () => key(harness.connection.name));
      const [first = '', ...others] = keys;
      const strangers = Array.from({ length: 5 }, () => key('Nobody’s server'));
      const noBackups = ['backups/readme.txt', 'backups/zzz/shop/not-a-backup.sql', 'other/thing.sql.gz'];
      await concurrently([first, ...strangers, ...noBackups], 5, (one) =>
        putObject(harness.service, one, Buffer.from('x')),
      );
      copyObject(harness.service, harness.stateDirectory, first, others);

      const answer = await scan();
      expect(answer).toMatchObject({ status: 202, body: { kind: 'scan', subject_id: providerId, status: 'running' } });
      expect(answer.body).not.toHaveProperty('again');
      const second = await scan();
      expect(second).toMatchObject({ status: 409, body: { error: expect.stringContaining(answer.body.id) } });

      const job = await ended(answer.body.id);
      expect(job).toMatchObject({ status: 'success', error: null, follow_up: null });
      expect(job.counts).toMatchObject({ registered: MANY + 2, foreign: 2, skipped: 5 });
      expect(job.skipped).toEqual([
        { connection_name: 'Nobody’s server', reason: 'no connection has this name', objects: 5 },
      ]);
      const found = await records().backups.get(first.split('/').at(-1)?.slice(0, 36) as string);
      expect(found).toMatchObject({ object_bytes: 1, storage_path: first, verify_status: 'pending' });
    });

    it('finds nothing new the next time, except what a record lacks', async () => {
      const [known] = jagadBackups as [(typeof jagadBackups)[0]];
      await records().backups.update(known.id, { object_bytes: null });
      const before = await records().backups.get(known.id);
      const job = await ended((await scan()).body.id);
      expect(job.counts).toMatchObject({ registered: 0, filled: 1 });
      expect(await records().backups.get(known.id)).toEqual({ ...before, object_bytes: expect.any(Number) });
    });

    it('verifies what is new', async () => {
      await verifyNew(true);
      const id = randomUUID();
      const newest = key(harness.connection.name, id, '20261121');
      await putObject(harness.service, newest, fixtureBytes(harness.backups[1].storage_path));
      const job = await ended((await scan()).body.id);
      expect(job).toMatchObject({ status: 'success', follow_up: expect.any(String), counts: { registered: 1 } });
      // the many that came while the setting was off are pending too; the newest comes first
      await until(async () => (await records().backups.get(id))?.verify_status === 'passed');
      await verifyNew(false);
      expect(await ended(job.follow_up)).toMatchObject({ status: 'success' });
    });

    it('ends with its execution if someone stops that', async () => {
      const machine = knownStack().stateMachines.find(({ definition }) => definition.StartAt === SCAN_STATES.part);
      const { id } = (await scan()).body;
      const arn = `${machine?.arn.replace(':stateMachine:', ':execution:')}:${id}`;
      harness.service.stateMachines.get(arn).stop('Stopped', 'by hand');
      expect(await ended(id)).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('was stopped: by hand'),
      });
      expect(await ended((await scan()).body.id)).toMatchObject({ status: 'success' });
    });

    it('says why it failed, and may be started again', async () => {
      const provider = {
        ...harness.service.bucket.provider,
        id: randomUUID(),
        bucket: 'no-such-bucket',
        is_default: false,
      };
      await records().storageProviders.put(provider);
      harness.service.secrets.set(
        harness.service.secretNames.storageProvider(provider.id),
        JSON.stringify({ secret_key: harness.service.bucket.secretKey }),
      );
      for (let times = 0; times < 2; times++) {
        const { body } = await call<Job>('POST', `/api/storage-providers/${provider.id}/scan`, {});
        expect(await ended(body.id)).toMatchObject({
          status: 'failed',
          error: expect.stringContaining('no-such-bucket'),
        });
      }
    });

    it.each([
      ['POST', `/api/storage-providers/${randomUUID()}/scan`, 'storage provider not found'],
      ['POST', '/api/storage-providers/x/scan', 'storage provider not found'],
      ['GET', `/api/jobs/${randomUUID()}`, 'job not found'],
      ['GET', '/api/jobs/x', 'job not found'],
    ] as const)('%s %s answers 404', async (method, path, error) => {
      expect(await call(method, path, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { error },
      });
    });
  });

  describe('an event about a new object', () => {
    const tell = (objectKey: string, bucket = harness.service.bucket.provider.bucket) =>
      harness.service.events.put({
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: bucket }, object: { key: objectKey, size: 12 } },
      });

    it('registers the object once when it arrives, and verifies it', async () => {
      await verifyNew(true);
      const id = randomUUID();
      const storage_path = key(harness.connection.name, id);
      await putObject(harness.service, storage_path, fixtureBytes(harness.backups[0].storage_path));
      await Promise.all([tell(storage_path), tell(storage_path)]);
      const found = await records().backups.get(id);
      expect(found).toMatchObject({ storage_path, storage_provider_id: providerId, database_name: 'shop' });
      await until(async () => (await records().backups.get(id))?.verify_status === 'passed');
    });

    it('skips what isn’t a backup, has no connection, or is elsewhere', async () => {
      const elsewhere = randomUUID();
      const unknown = randomUUID();
      const foreign = randomUUID();
      await tell(key(harness.connection.name, elsewhere), 'another-bucket');
      await tell(key('Nobody', unknown));
      await tell(`backups/${foreign}.sql.gz`);
      for (const id of [elsewhere, unknown, foreign]) expect(await records().backups.get(id)).toBeUndefined();
    });
  });
});
