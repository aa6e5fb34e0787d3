/** Verifying a backup without restoring it, and how a restore uses that. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { putObject } from '../../lib/local/demo/register.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { fixtureBytes, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

describe('verification', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let plain: Buffer;

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    plain = fixtureBytes(harness.backups[1].storage_path);
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const get = async (id: string) => (await harness.api.call('GET', `/api/backups/${id}`)).body as Backup;
  const verify = async ({ id }: Backup): Promise<Backup> => {
    const answer = await harness.api.call('POST', `/api/backups/${id}/verify`);
    expect(answer).toEqual({ status: 202, body: { status: 'verifying', backup_id: id } });
    const before = Date.now();
    await until(async () => {
      const { verify_status, verified_at } = await get(id);
      return verify_status === 'failed' || (verified_at !== null && Date.parse(verified_at) >= before);
    });
    return get(id);
  };
  const restoreAs = async (api: ApiClient, backup: Backup, body: Record<string, unknown>): Promise<Restore> => {
    const { status, body: restore } = await api.call('POST', `/api/backups/${backup.id}/restore`, body);
    expect(status).toBe(201);
    return api.follow((restore as Restore).id);
  };

  it('passes a sound backup, and stores what its record lacked', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain, { size_bytes: null });
    expect(await verify(backup)).toMatchObject({
      status: 'success',
      verify_status: 'passed',
      verify_error: null,
      verify_progress: null,
      verified_at: expect.any(String),
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      object_bytes: plain.length,
      size_bytes: 386845,
      encryption_algo: null,
    });
    expect(await verify(harness.backups[0])).toMatchObject({ verify_status: 'passed', encryption_algo: 'AES-256-GCM' });
  });

  it('fails a damaged backup with the reason, and distinguishes that from a missing one', async () => {
    const damaged = await harness.addBackup(harness.backups[1], plain.subarray(0, -20));
    expect(await verify(damaged)).toMatchObject({
      status: 'success',
      verify_status: 'failed',
      verify_error: expect.stringMatching(/^DECOMPRESS ERROR/),
    });
    const other = await harness.addBackup(harness.backups[0], plain);
    expect(await verify(other)).toMatchObject({
      verify_status: 'failed',
      verify_error: expect.stringMatching(/^CHECKSUM MISMATCH/),
    });
    const gone = await harness.addBackup(harness.backups[1], plain);
    await harness.service.records.backups.put({ ...gone, storage_path: `${gone.storage_path}.gone` });
    expect(await verify(gone)).toMatchObject({
      verify_status: 'failed',
      verify_error: expect.stringMatching(/^DOWNLOAD ERROR/),
    });
  });

  it('keeps the verdict on a backup that it cannot read, and says why', async () => {
    const { records, bucket } = harness.service;
    const [{ id }] = (await harness.api.call('GET', '/api/storage-providers')).body as [{ id: string }];
    const sound = await verify(await harness.addBackup(harness.backups[1], plain));
    const fresh = await harness.addBackup(harness.backups[1], plain);
    const unreadable = async (backup: Backup) => {
      await harness.api.call('POST', `/api/backups/${backup.id}/verify`);
      await until(async () => (await get(backup.id)).verify_attempt !== null);
      return get(backup.id);
    };
    const verify_attempt = {
      at: expect.any(String),
      error: { code: 'DOWNLOAD_ERROR', message: expect.stringContaining('refused to read') },
    };
    await records.storageProviders.update(id, { access_key: 'another' });
    expect(await unreadable(sound)).toMatchObject({
      verify_status: 'passed',
      verified_at: sound.verified_at,
      verify_error: null,
      verify_progress: null,
      verify_attempt,
    });
    expect(await unreadable(fresh)).toMatchObject({ verify_status: 'pending', verified_at: null, verify_attempt });
    await records.storageProviders.update(id, { access_key: bucket.provider.access_key });
    for (const backup of [sound, fresh]) {
      expect(await verify(backup)).toMatchObject({ verify_status: 'passed', verify_attempt: null });
    }
  });

  it('refuses a backup without an object', async () => {
    const running = await harness.addBackup(harness.backups[1], plain, { status: 'running' });
    expect(await harness.api.call('POST', `/api/backups/${running.id}/verify`)).toMatchObject({ status: 409 });
    const incremental = await harness.addBackup(harness.backups[1], plain, { backup_type: 'incremental' });
    expect(await harness.api.call('POST', `/api/backups/${incremental.id}/verify`)).toMatchObject({ status: 422 });
  });

  it('counts as recent for a restore of the same version, and for no other', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain, { checksum: null });
    await verify(backup);
    const body = { target_database: 'recent', verify: 'recent' };
    expect((await restoreAs(harness.api, backup, body)).log_output).toMatch(/^CHECKSUM: passed at .*still the same$/m);
    await putObject(harness.service, backup.storage_path, fixtureBytes(harness.backups[0].storage_path));
    const ended = await restoreAs(harness.api, backup, body);
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'CHECKSUM_MISMATCH' } });
  });

  it('may only be skipped by an administrator, and the log says so', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain);
    const { body: user } = await harness.api.call('POST', '/api/users', {
      username: 'operator',
      password: 'a password for tests',
      role: 'operator',
    });
    expect(user).toMatchObject({ role: 'operator' });
    const operator = await ApiClient.logIn(harness.service.url, 'operator', 'a password for tests');
    const body = { target_database: 'skipping', verify: 'skip' };
    expect(await operator.call('POST', `/api/backups/${backup.id}/restore`, body)).toMatchObject({ status: 403 });
    const ended = await restoreAs(harness.api, backup, body);
    expect(ended).toMatchObject({
      status: 'success',
      warnings: [expect.stringContaining('was not verified, as requested')],
    });
    expect((await get(backup.id)).verify_status).toBe('pending');
  });

  it('links a download to the object itself, for operators, and records it in the audit log', async () => {
    const { token } = harness.api;
    const path = `/api/backups/${harness.backups[1].id}/download`;
    const answer = await fetch(`${harness.service.url}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
    });
    expect(answer.status).toBe(302);
    const object = await fetch(answer.headers.get('location') as string);
    expect(Buffer.from(await object.arrayBuffer()).equals(plain)).toBe(true);
    const name = harness.backups[1].storage_path.split('/').at(-1);
    expect(object.headers.get('content-disposition')).toContain(`filename="${name}"`); // all that curl -J reads
    const audit = (await harness.api.call('GET', '/api/audit')).body;
    expect(audit).toContainEqual(
      expect.objectContaining({ call: 'GET /api/backups/{id}/download', path, status: 302 }),
    );
  });
});
