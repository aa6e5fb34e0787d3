/** Mariabackup's archives as a real Jagad made them: it records each as incremental, without size and checksum. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { RecoveryWindow } from '../../lib/backups/physical/recovery-window.ts';
import type { Preview } from '../../lib/backups/schemas.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { backupRecord, putObject, registerServer } from '../../lib/local/demo/register.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { RESTORE_STATES } from '../../lib/restores/execution/states.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { everyCase, inLongTier } from '../support/every-case.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { endOf, piece } from '../support/physical/xbstream.ts';
import { until } from '../support/until.ts';

const FIRST = readFileSync(new URL('../fixtures/jagad-real/objects/mariabackup-slash.tar.gz', import.meta.url));
const SECOND = readFileSync(new URL('../fixtures/jagad-real/objects/mariabackup-second.tar.gz', import.meta.url));

let server: RunningServer;
let harness: Harness;
let connection: Connection;

beforeAll(async () => {
  server = await startMariadb();
  harness = await startHarness(server);
  connection = await registerServer(harness.service, server, { id: randomUUID(), name: 'EU/Prod' });
  await runSql(server, undefined, ['CREATE DATABASE other', 'CREATE TABLE other.kept AS SELECT 7 AS seven']);
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});

/** As an import of Jagad's own record makes it, with the object where Jagad puts it. */
async function record(object: Buffer, fields: Partial<Backup> = {}): Promise<Backup> {
  const id = randomUUID();
  const backup = backupRecord({
    ...{ id, connection_id: connection.id, db_type: 'mariadb', database_name: 'app', engine: 'mariabackup' },
    ...{ backup_type: 'incremental', storage_path: `mariabackup/EU/Prod/full/${id}/${id}.tar.gz`, ...fields },
  });
  await putObject(harness.service, backup.storage_path, object);
  await harness.service.records.backups.put(backup);
  return backup;
}

const get = async (id: string) => (await harness.api.call('GET', `/api/backups/${id}`)).body as Backup;
const windowOf = async (id: string) =>
  (await harness.api.call('GET', `/api/backups/${id}/recovery-window`)).body as RecoveryWindow;
const previewOf = async (id: string, to: string) =>
  (await harness.api.call('POST', `/api/backups/${id}/restore/preview`, { databases: [{ from: 'app', to }] }))
    .body as Preview;
const databases = async () =>
  (await runSql(server, undefined, ['SHOW DATABASES'])).map((row) => Object.values(row)[0] as string);
const customersOf = (database: string) =>
  runSql(server, database, ['SELECT COUNT(*) AS customers FROM customer']).then(([row]) => Number(row?.customers));

async function verify({ id }: Backup): Promise<Backup> {
  // one that was verified before keeps that verdict until the new verification begins
  await harness.service.records.backups.update(id, { verify_status: 'pending' });
  expect(await harness.api.call('POST', `/api/backups/${id}/verify`)).toMatchObject({ status: 202 });
  await until(async () => !['pending', 'verifying'].includes((await get(id)).verify_status));
  return get(id);
}

/** Restores the database `app` under another name, and waits for the end. */
async function restore({ id }: Backup, to: string, fields: object = {}): Promise<Restore> {
  const body = { databases: [{ from: 'app', to }], ...fields };
  const answer = await harness.api.call('POST', `/api/backups/${id}/restore`, body);
  expect(answer).toMatchObject({ status: 201 });
  return harness.api.follow((answer.body as Restore).id);
}

async function stepsOf({ id }: Restore): Promise<string[]> {
  const { body } = await harness.api.call('GET', `/api/restores/${id}/steps`);
  return (body as { steps: { name: string }[] }).steps.map(({ name }) => name);
}

describe('an archive that Jagad recorded as incremental', () => {
  it('is found to be full when it is verified', async () => {
    const backup = await record(FIRST);
    expect(await windowOf(backup.id)).toMatchObject({ complete: false, unread: [backup.id] });
    expect(await verify(backup)).toMatchObject({
      ...{ verify_status: 'passed', verify_error: null, backup_type: 'full', parent_id: null },
      ...{ from_lsn: '0', to_lsn: '44878', server_version: '10.11.19-MariaDB-0+deb12u1-log' },
      ...{ object_bytes: FIRST.length, size_bytes: gunzipSync(FIRST).length, encryption_algo: null },
      checksum: createHash('sha256').update(FIRST).digest('hex'),
      verified_etag: expect.stringMatching(/./),
    });
    expect(await windowOf(backup.id)).toMatchObject({ complete: true, unread: [], targets: ['backup'] });
  });

  it('is read first by its restore, and restores with its rows', async () => {
    const backup = await record(FIRST);
    const preview = await previewOf(backup.id, 'app_first');
    expect(preview).toMatchObject({ obstacles: [], object: { bytes: FIRST.length, encrypted: false } });
    expect(preview.warnings).toEqual([expect.stringMatching(/^the backup has not been read yet: whether it is full/)]);
    const restored = await restore(backup, 'app_first');
    expect(restored).toMatchObject({ status: 'success', warnings: [] });
    expect(restored.log_output).toMatch(
      /^CHECKSUM: none was stored.*\nARCHIVE: full backup from LSN 0 to 44878 of .*recorded as incremental\n/,
    );
    expect(restored.log_output).toMatch(/RESTORE: OK\n$/);
    expect(await customersOf('app_first')).toBe(40);
    expect(await get(backup.id)).toMatchObject({ verify_status: 'passed', backup_type: 'full', to_lsn: '44878' });
    const { validate, isRead, verify: read, isPlanned, recovery, success } = RESTORE_STATES;
    await expect
      .poll(() => stepsOf(restored))
      .toEqual([validate, isRead, read, isPlanned, validate, isRead, recovery, success]);
    expect((await previewOf(backup.id, 'app_first')).warnings).toEqual([]);
  });

  it('is not read again if it was already verified', async () => {
    const backup = await verify(await record(SECOND));
    const restored = await restore(backup, 'app_second');
    expect(restored).toMatchObject({ status: 'success' });
    expect(restored.log_output).not.toContain('CHECKSUM');
    expect(await customersOf('app_second')).toBe(41);
    expect(await runSql(server, 'other', ['SELECT seven FROM kept'])).toEqual([{ seven: 7 }]);
  });

  inLongTier(it)('is read whatever backup its record says that it goes on from', async () => {
    const other = await record(SECOND);
    const backup = await record(FIRST, { parent_id: other.id, from_lsn: '5', to_lsn: '6' });
    expect(await restore(backup, 'app_third')).toMatchObject({ status: 'success' });
    expect(await get(backup.id)).toMatchObject({ backup_type: 'full', parent_id: null, from_lsn: '0' });
    expect(await get(other.id)).toMatchObject({ verify_status: 'pending' });
  });

  it('may stay unread if an administrator says so and its record is complete', async () => {
    const known = await record(FIRST, { backup_type: 'full' });
    const restored = await restore(known, 'app_skipped', { verify: 'skip' });
    expect(restored).toMatchObject({ status: 'success' });
    expect(await get(known.id)).toMatchObject({ verify_status: 'pending' });
    const unknown = await record(FIRST);
    expect(await restore(unknown, 'app_skipped', { verify: 'skip' })).toMatchObject({ status: 'success' });
    expect(await get(unknown.id)).toMatchObject({ verify_status: 'passed' });
  });

  it('is refused at once for a point that no archive of its kind can be recovered to', async () => {
    const { id } = await record(FIRST);
    const body = { databases: [{ from: 'app', to: 'never' }], restore_point: 'x' };
    const answer = await harness.api.call('POST', `/api/backups/${id}/restore`, body);
    expect(answer).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('cannot be recovered to a restore point') },
    });
  });
});

describe('a damaged archive', () => {
  const stream = gunzipSync(FIRST);
  const at = (text: string) => stream.indexOf(text);
  const without = (name: string) => {
    // a file in one piece: its two chunks begin 14 bytes before its name
    const begin = at(name) - 14;
    const end = stream.indexOf(endOf(name)) + endOf(name).length;
    return gzipSync(Buffer.concat([stream.subarray(0, begin), stream.subarray(end)]));
  };
  const flipped = Buffer.from(stream);
  const inside = at('ibdata1') + 100_000;
  flipped[inside] = (flipped[inside] as number) ^ 1;
  const tar = Buffer.alloc(10_240);
  tar.write('backup-my.cnf', 0);
  tar.write('ustar', 257);
  const escaping = Buffer.concat([piece('../escaped', 0, 'x'), endOf('../escaped'), stream]);

  const UNSOUND = everyCase<readonly [how: string, object: Buffer, message: RegExp]>(
    [
      ['whose gzip is cut off', FIRST.subarray(0, 500_000), /^DECOMPRESS ERROR: the gzip data ends/],
      [
        'that leads out of its directory',
        gzipSync(escaping),
        /^DECOMPRESS ERROR: .*"\.\.\/escaped", which is outside of the backup$/,
      ],
    ],
    [
      [
        'with a flipped bit under a sound gzip',
        gzipSync(flipped),
        /^DECOMPRESS ERROR: the archive is damaged at byte \d+ of its stream: the CRC-32 of a chunk of ibdata1 is wrong$/,
      ],
      [
        'cut off under a sound gzip',
        gzipSync(stream.subarray(0, -5)),
        /^DECOMPRESS ERROR: the archive is incomplete: it ends in the middle of a chunk$/,
      ],
      [
        'without its checkpoints',
        without('xtrabackup_checkpoints'),
        /^DECOMPRESS ERROR: the archive ends half-way: there is no xtrabackup_checkpoints or mariadb_backup_checkpoints in it$/,
      ],
      [
        'without its info',
        without('xtrabackup_info'),
        /^DECOMPRESS ERROR: the archive ends half-way: there is no xtrabackup_info/,
      ],
      [
        'that is a tar after all',
        gzipSync(tar),
        /^DECOMPRESS ERROR: this is not an archive of Mariabackup or XtraBackup: it is a tar archive$/,
      ],
      ['that is nothing', gzipSync(''), /^DECOMPRESS ERROR: .*it is empty$/],
    ],
  );
  it.each(UNSOUND)('%s fails its verification and its restore', async (_, object, message) => {
    const before = await databases();
    const backup = await record(object);
    expect(await verify(backup)).toMatchObject({
      ...{ status: 'success', verify_status: 'failed', verify_error: expect.stringMatching(message) },
      ...{ backup_type: 'incremental', verified_etag: null },
    });
    const restored = await restore(backup, 'damaged');
    expect(restored).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(message) } });
    expect((await previewOf(backup.id, 'damaged')).obstacles).toContainEqual(
      expect.stringMatching(/failed its verification: DECOMPRESS ERROR/),
    );
    expect(await databases()).toEqual(before);
  });

  it('that was damaged after its verification is reported by the restore, with the target untouched', async () => {
    const before = await databases();
    const backup = await verify(await record(FIRST));
    await putObject(harness.service, backup.storage_path, gzipSync(flipped));
    expect(await restore(backup, 'damaged')).toMatchObject({ status: 'failed', error: { code: 'DECOMPRESS_ERROR' } });
    await putObject(harness.service, backup.storage_path, SECOND);
    expect(await restore(backup, 'damaged')).toMatchObject({ status: 'failed', error: { code: 'CHECKSUM_MISMATCH' } });
    expect(await databases()).toEqual(before);
  });
});

describe('the size of an object that is missing from its record', () => {
  /** As if it were this large; what is read from it is garbage. */
  const grow = ({ storage_path }: Backup, gib: number) => {
    const object = join(harness.stateDirectory, 's3', harness.service.bucket.provider.bucket, storage_path);
    truncateSync(`${object}._S3rver_object`, gib * 1024 ** 3);
  };

  it('makes the task large enough for the copy and a dump of it, and is stored', async () => {
    const archive = await record(Buffer.from('no archive at all'));
    grow(archive, 15);
    const { task } = await restore(archive, 'large');
    expect(task).toMatchObject({ disk_gib: 15 * 3 * 2 + 6 });
    expect(await get(archive.id)).toMatchObject({ object_bytes: 15 * 1024 ** 3 });
  });

  inLongTier(it)('is asked for a dump too', async () => {
    const path = `backups/EU/Prod/app/${randomUUID()}-20261130-022433.sql.gz`;
    const fields = { engine: null, backup_type: 'full', storage_path: path } as const;
    const dump = await record(Buffer.from('no dump at all'), fields);
    grow(dump, 30);
    const { body } = await harness.api.call('POST', `/api/backups/${dump.id}/restore`, { target_database: 'large' });
    expect(await harness.api.follow((body as Restore).id)).toMatchObject({
      status: 'failed',
      task: { cpu_units: 4096 },
    });
    expect(await get(dump.id)).toMatchObject({ object_bytes: 30 * 1024 ** 3 });
  });

  it('fails the restore at once if no task has enough disk', async () => {
    const archive = await record(FIRST, { backup_type: 'full' });
    grow(archive, 70);
    const body = { databases: [{ from: 'app', to: 'large' }] };
    const answer = await harness.api.call('POST', `/api/backups/${archive.id}/restore`, body);
    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringContaining('takes 216 GiB of disk') } });
  });
});
