/**
 * Physical backups as a client of the API sees them: how they get into the catalogue, and how far they can be
 * recovered.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { readRecoveryWindow } from '../../lib/backups/physical/find-recovery-window.ts';
import type { RecoveryWindow } from '../../lib/backups/physical/recovery-window.ts';
import { concurrently } from '../../lib/backups/scan/concurrently.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import type { ImportAnswer } from '../../lib/backups/schemas.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { putObject } from '../../lib/local/demo/register.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { copyObject } from '../support/copy-objects.ts';
import { aBackup, aConnection } from '../support/records.ts';
import { secretsOf } from '../support/secrets.ts';
import { adminClient, startService } from '../support/service.ts';
import { clientWithRole } from '../support/sessions.ts';
import { until } from '../support/until.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/pgbackrest/${name}`, import.meta.url), 'utf8');
const KEYS = fixture('keys.txt').trim().split('\n');
const REPOSITORY = 'pgbackrest/Production PG/main';

let stateDirectory: string;
let service: LocalService;
let viewer: ApiClient;

beforeAll(async () => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  service = await startService({ stateDirectory });
  viewer = await clientWithRole(service, 'viewer');
  await putAll(KEYS.map((key) => `${REPOSITORY}/${key}`));
});
afterAll(async () => {
  await service.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

const putAll = (keys: string[]) =>
  concurrently(keys, 10, (key) =>
    putObject(service, key, Buffer.from(key.endsWith('/backup.info') ? fixture('backup.info') : 'x')),
  );
const removeObject = async (key: string) => {
  const client = s3ClientFor(service.bucket.provider, service.bucket.secretKey);
  await client.send(new DeleteObjectCommand({ Bucket: service.bucket.provider.bucket, Key: key }));
  client.destroy();
};
/** As if the object had been stored then. */
const setStored = (key: string, time: string) =>
  utimesSync(
    join(stateDirectory, 's3', service.bucket.provider.bucket, `${key}._S3rver_object`),
    new Date(time),
    new Date(time),
  );
const put = async (...backups: Backup[]) => {
  for (const backup of backups) await service.records.backups.put(backup);
};
const windowOf = async (id: string) => {
  const { status, body } = await viewer.call('GET', `/api/backups/${id}/recovery-window`);
  return { status, body: body as RecoveryWindow & { error: string; hint: string } };
};
const segment = (low: string) => `0000000100000000000000${low}`;
const keyOf = (low: string) => `${REPOSITORY}/${KEYS.find((key) => key.includes(`/${segment(low)}-`))}`;

describe('a list from pgBackRest', () => {
  const connection = aConnection({ name: 'Production PG' });
  const labels = [
    '20261122-211621F',
    '20261122-211621F_20261122-211625I',
    '20261122-211621F_20261122-211626D',
    '20261122-211621F_20261122-211628I',
  ];
  const request = (fields: object = {}) => ({
    storage_provider_id: service.bucket.provider.id,
    pgbackrest_info: [
      { connection_id: connection.id, storage_path: `${REPOSITORY}/`, info: JSON.parse(fixture('info.json')) },
    ],
    ...fields,
  });
  const admin = () => adminClient(service);
  const doImport = async (body: unknown) => {
    const answer = await admin().call('POST', '/api/backups/import', body);
    return { status: answer.status, body: answer.body as ImportAnswer };
  };
  const doScan = async (): Promise<Job> => {
    const { body } = await admin().call('POST', `/api/storage-providers/${service.bucket.provider.id}/scan`, {});
    let job = body as Job;
    await until(async () => {
      job = (await admin().call('GET', `/api/jobs/${job.id}`)).body as Job;
      return job.status !== 'running';
    });
    return job;
  };
  const registered = async () => {
    const { body } = await viewer.call('GET', `/api/backups?connection_id=${connection.id}`);
    return (body as Backup[]).sort((a, b) => (a.label ?? '').localeCompare(b.label ?? ''));
  };

  it('is skipped if its connection is unknown', async () => {
    expect(await doImport(request())).toMatchObject({
      status: 200,
      body: { skipped: [{ id: connection.id, reason: expect.stringContaining('import the connections too') }] },
    });
    const job = await doScan();
    const reason = 'stanza main: no connection has this name';
    expect(job).toMatchObject({
      status: 'success',
      skipped: [{ connection_name: 'Production PG', reason, objects: 1 }],
    });
  });

  it('is imported, and its backup can be recovered', async () => {
    await service.records.connections.put(connection);
    const { status, body } = await doImport(request());
    expect({ status, body }).toMatchObject({
      ...{ status: 200, body: { backups: { created: 4, filled: 0, known: 0 }, skipped: [], verification_job: null } },
    });
    const backups = await registered();
    expect(backups.map(({ label }) => label)).toEqual(labels);
    const download = await admin().call('GET', `/api/backups/${backups[0]?.id}/download`);
    expect(download).toMatchObject({ status: 422, body: { error: expect.stringContaining('many objects') } });
    const last = backups[3] as Backup;
    expect(last).toMatchObject({ engine: 'pgbackrest', storage_path: REPOSITORY, parent_id: backups[2]?.id });
    expect((await windowOf(last.id)).body).toMatchObject({
      ...{ complete: true, missing: [], notes: [], earliest: '2026-11-22T21:16:30.000Z', log_bytes: 5 },
      chain: [0, 2, 3].map((at) => ({ backup_id: backups[at]?.id })),
    });
    const verify = await admin().call('POST', `/api/backups/${backups[0]?.id}/verify`, {});
    expect(verify).toMatchObject({ status: 422, body: { error: expect.stringContaining('physical backup') } });
  });

  it('gives the same backups as a scan', async () => {
    const before = await registered();
    await service.records.backups.update(before[3]?.id as string, { wal_start: null, object_bytes: null });
    await service.records.backups.delete(before[1]?.id as string);
    const job = await doScan();
    expect(job).toMatchObject({ status: 'success', follow_up: null, skipped: [] });
    expect(job.counts).toMatchObject({ listed: 1, registered: 1, filled: 1, known: 2, skipped: 0 });
    expect(await registered()).toEqual(before);
  });

  it('uses the ids that Jagad gave', async () => {
    const jagads = { ...aBackup(), connection_id: connection.id, backup_type: 'full', status: 'success' };
    const entry = { ...jagads, storage_path: REPOSITORY, engine: 'pgbackrest', label: labels[0], stanza: 'main' };
    for (const { id } of await registered()) await service.records.backups.delete(id);
    const { body } = await doImport(request({ backups: [entry] }));
    expect(body).toMatchObject({ backups: { created: 4 }, skipped: [] });
    const backups = await registered();
    expect(backups[0]).toMatchObject({ id: jagads.id, wal_start: '000000010000000000000002', object_bytes: 4053130 });
    expect(backups.slice(1, 3).map(({ parent_id }) => parent_id)).toEqual([jagads.id, jagads.id]);
    expect((await doScan()).counts).toMatchObject({ registered: 0, filled: 0, known: 4 });
  });

  it('must be imported if its repository is encrypted', async () => {
    // the beginning of the file that pgBackRest writes with repo1-cipher-type=aes-256-cbc
    const key = 'pgbackrest/Production PG/sealed/backup/sealed/backup.info';
    await putObject(service, key, Buffer.concat([Buffer.from('Salted__'), Buffer.alloc(600, 0xa7)]));
    await putAll(['pgbackrest/Production PG/bare/archive/bare/archive.info', 'pgbackrest/readme.txt']);
    const job = await doScan();
    expect(job).toMatchObject({ status: 'success', counts: { listed: 4, known: 4, skipped: 2, foreign: 1 } });
    expect(job.skipped.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^stanza bare: .*backup.info is not in the bucket/),
      expect.stringMatching(
        /^stanza sealed: its repository is encrypted: import the output of 'pgbackrest info --output=json'/,
      ),
    ]);
  });

  it.each([
    [
      'a list with another structure',
      { pgbackrest_info: [{ connection_id: connection.id, storage_path: 'x', info: {} }] },
    ],
    ['an empty list', { pgbackrest_info: [{ connection_id: connection.id, storage_path: '' }] }],
  ])('is refused: %s', async (_, fields) => expect((await doImport(request(fields))).status).toBe(400));
});

describe('copies of InnoDB’s files', () => {
  it('are found by a scan, and count as full once Jagad says so', async () => {
    const connection = aConnection({ db_type: 'mysql', name: 'Scanned MySQL' });
    await service.records.connections.put(connection);
    const [full, increment] = [randomUUID(), randomUUID()];
    const keys = [
      `xtrabackup/Scanned MySQL/shop/${full}-20261121-020000.tar.gz`,
      `xtrabackup/Scanned MySQL/${increment}-20261121-030000.tar.gz`,
    ];
    await putAll(keys);
    const admin = adminClient(service);
    const provider = service.bucket.provider.id;
    const job = (await admin.call('POST', `/api/storage-providers/${provider}/scan`, {})).body as Job;
    await until(async () => (await service.records.jobs.get(job.id))?.status === 'success');
    expect((await windowOf(full)).body).toMatchObject({
      complete: false,
      missing: [expect.stringContaining("import Jagad's own record")],
    });
    const entry = { connection_id: connection.id, status: 'success' };
    const imported = await admin.call('POST', '/api/backups/import', {
      storage_provider_id: provider,
      backups: [
        { ...entry, id: full, backup_type: 'full', storage_path: keys[0], to_lsn: '100' },
        {
          ...entry,
          id: increment,
          backup_type: 'incremental',
          storage_path: keys[1],
          parent_id: full,
          from_lsn: '100',
        },
      ],
    });
    expect(imported).toMatchObject({ status: 200, body: { backups: { created: 0, filled: 2 } } });
    expect((await windowOf(increment)).body).toMatchObject({
      ...{ engine: 'xtrabackup', complete: true, missing: [] },
      chain: [{ backup_id: full, backup_type: 'full' }, { backup_id: increment }],
    });
  });
});

describe('the recovery window of a pgBackRest backup', () => {
  const server = randomUUID();
  const common: Partial<Backup> = {
    ...{ engine: 'pgbackrest', connection_id: server, storage_path: REPOSITORY, stanza: 'main', server_version: '15' },
    ...{ size_bytes: 30_000_000, completed_at: '2026-11-21T02:00:00.000Z' },
  };
  const full = aBackup({
    ...{ ...common, label: '20261122-211621F', from_lsn: '0/2000028', to_lsn: '0/2000100' },
    ...{ wal_start: segment('02'), wal_stop: segment('02') },
  });
  const increment = aBackup({
    ...{ ...common, label: '20261122-211621F_20261122-211625I', backup_type: 'incremental', parent_id: full.id },
    ...{ wal_start: segment('04'), wal_stop: segment('04'), from_lsn: '0/4000028', to_lsn: '0/4000100' },
  });
  beforeAll(() => put(full, increment));

  it('goes from the end of the backup to the newest WAL', async () => {
    setStored(keyOf('0C'), '2026-11-21T09:30:00.000Z');
    expect(await windowOf(increment.id)).toMatchObject({
      status: 200,
      body: {
        ...{ backup_id: increment.id, engine: 'pgbackrest', complete: true, missing: [], notes: [], log_bytes: 9 },
        ...{ earliest: '2026-11-21T02:00:00.000Z', latest: '2026-11-21T09:30:00.000Z' },
        ...{ latest_is_estimate: true, latest_is_open: false },
        chain: [
          { backup_id: full.id, backup_type: 'full' },
          { backup_id: increment.id, from_lsn: '0/4000028' },
        ],
        targets: ['backup', 'time', 'transaction', 'name'],
      },
    });
    expect((await windowOf(full.id)).body.log_bytes).toBe(11);
  });

  it('ends before a missing segment, and is empty if a required one is missing', async () => {
    await removeObject(keyOf('06'));
    expect((await windowOf(increment.id)).body).toMatchObject({
      ...{ complete: true, log_bytes: 2, notes: [expect.stringContaining(`WAL segment ${segment('06')} is not`)] },
    });
    await removeObject(keyOf('04'));
    expect((await windowOf(increment.id)).body).toMatchObject({
      ...{ complete: false, missing: [expect.stringContaining(`WAL segment ${segment('04')} is not`)] },
      ...{ earliest: null, latest: null, targets: [] },
    });
    expect((await windowOf(full.id)).body).toMatchObject({ complete: true, log_bytes: 2 });
    await putAll([keyOf('04'), keyOf('06')]);
    expect((await windowOf(increment.id)).body).toMatchObject({ complete: true, log_bytes: 9 });
  });

  it('belongs to the cluster whose WAL was archived when the backup was made', async () => {
    const ofOther = keyOf('02').replace('/15-1/', '/15-0/');
    await putAll([ofOther]);
    setStored(keyOf('02'), '2026-11-21T01:59:00.000Z');
    expect((await windowOf(full.id)).body.log_bytes).toBe(11);
    setStored(keyOf('02'), '2026-11-21T22:00:00.000Z');
    setStored(ofOther, '2026-11-21T02:01:00.000Z');
    expect((await windowOf(full.id)).body.log_bytes).toBe(1);
    await removeObject(ofOther);
  });

  it('is found even among keys that pgBackRest does not write', async () => {
    const strange = keyOf('02').replace(/15-1\/.*/, '15-1/~odd');
    await putAll([strange]);
    expect(await windowOf(full.id)).toMatchObject({ status: 200, body: { complete: true } });
    await removeObject(strange);
  });

  it('reports a backup that pgBackRest has removed', async () => {
    const expired = aBackup({ ...full, id: randomUUID(), label: '20261101-010000F' });
    await put(expired);
    expect((await windowOf(expired.id)).body.missing).toEqual([
      `backup 20261101-010000F is no longer in the bucket: there is no ${REPOSITORY}/backup/main/20261101-010000F/backup.manifest`,
    ]);
  });

  it('is an error if the storage accepts a call and never answers it', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const provider = { ...service.bucket.provider, id: randomUUID(), endpoint: `http://127.0.0.1:${port}` };
    await service.records.storageProviders.put({ ...provider, is_default: false });
    const secret = JSON.stringify({ secret_key: 'x' });
    const names = service.secretNames;
    const secrets = { ...secretsOf(new Map([[names.storageProvider(provider.id), secret]])), names };
    const window = readRecoveryWindow(
      service.records,
      secrets,
      { ...full, storage_provider_id: provider.id },
      Date.now() - 3_500,
    );
    await expect(window).rejects.toThrow('does not answer in time');
    silent.close();
  });

  it('says if there is more than it had time to list', async () => {
    const many = Array.from({ length: 1001 }, (_, index) => index.toString(16).toUpperCase().padStart(8, '0'));
    const folder = 'pgbackrest/large/main/archive/main/15-1/0000000100000000';
    const [first = '', ...others] = many.map((low) => `${folder}/0000000100000000${low}-${'ab'.repeat(20)}.gz`);
    await putAll([first]);
    copyObject(service, stateDirectory, first, others);
    await putAll([`pgbackrest/large/main/backup/main/${full.label}/backup.manifest`]);
    const large = aBackup({
      ...{ ...full, id: randomUUID(), storage_path: 'pgbackrest/large/main' },
      ...{ wal_start: `00000001${'0'.repeat(16)}`, wal_stop: `00000001${'0'.repeat(16)}`, from_lsn: '0/28' },
    });
    await put(large);
    const names = service.secretNames;
    const key = names.storageProvider(service.bucket.provider.id);
    const secrets = { ...secretsOf(new Map([[key, service.secrets.get(key)]])), names };
    const cut = await readRecoveryWindow(service.records, secrets, large, Date.now() - 1);
    expect(cut).toMatchObject({
      complete: true,
      latest_is_open: true,
      notes: [expect.stringContaining('more archived')],
    });
    const whole = await readRecoveryWindow(service.records, secrets, large);
    expect(whole).toMatchObject({ complete: true, latest_is_open: false });
  });
});

describe('the recovery window of a copy of InnoDB’s files', () => {
  const connection = aConnection({ db_type: 'mariadb', name: 'Shop MariaDB', binlog_prefix: 'binlogs/shop' });
  const common: Partial<Backup> = {
    ...{ engine: 'mariabackup', db_type: 'mariadb', connection_id: connection.id, size_bytes: 1000 },
    completed_at: '2026-11-21T02:00:00.000Z',
  };
  const full = aBackup({ ...common, storage_path: 'mariabackup/Shop MariaDB/full.tar.gz', to_lsn: '1000' });
  const increment = aBackup({
    ...{ ...common, storage_path: 'mariabackup/Shop MariaDB/increment.tar.gz', backup_type: 'incremental' },
    ...{ parent_id: full.id, from_lsn: '1000', to_lsn: '2000' },
  });

  beforeAll(async () => {
    await service.records.connections.put(connection);
    await put(full, increment);
    await putAll([full.storage_path, increment.storage_path]);
  });

  it('is one moment until the location of its binary logs is known', async () => {
    await service.records.connections.update(connection.id, { binlog_prefix: null });
    expect((await windowOf(increment.id)).body).toMatchObject({
      ...{ complete: true, targets: ['backup'], earliest: common.completed_at, latest: common.completed_at },
      ...{ notes: [expect.stringContaining('binlog_prefix')], disk_bytes: 2000 },
    });
    await service.records.connections.update(connection.id, { binlog_prefix: 'binlogs/shop' });
  });

  it('extends to the newest binary log', async () => {
    await putAll(['000041', '000042', 'index'].map((number) => `binlogs/shop/mariadb-bin.${number}`));
    expect((await windowOf(increment.id)).body).toMatchObject({
      ...{ complete: true, targets: ['backup', 'time', 'gtid'], log_bytes: 2 },
      chain: [{ backup_id: full.id }, { backup_id: increment.id }],
    });
  });

  it('reports each missing link', async () => {
    await removeObject(full.storage_path);
    expect((await windowOf(increment.id)).body.missing).toEqual([
      `backup ${full.id} is no longer in the bucket: there is no ${full.storage_path}`,
    ]);
    await putAll([full.storage_path]);
    await service.records.backups.delete(full.id);
    expect((await windowOf(increment.id)).body.missing).toEqual([expect.stringContaining('is not in the catalogue')]);
  });
});

describe('the recovery window', () => {
  it('does not exist for a dump', async () => {
    const dump = aBackup();
    await put(dump);
    expect(await windowOf(dump.id)).toMatchObject({
      ...{ status: 422, body: { error: `backup ${dump.id} is a dump, which holds one moment` } },
    });
  });
  it('of an unknown backup is not found', async () => {
    expect(await windowOf(randomUUID())).toMatchObject({ status: 404, body: { error: 'backup not found' } });
  });
});
