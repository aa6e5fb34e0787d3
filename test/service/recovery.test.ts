/** Databases taken out of real physical backups into live servers that hold others, as a client of the API does it. */
import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recoverDatabases } from '../../containers/restore/physical/recover-databases.ts';
import type { Records } from '../../lib/aws/services.ts';
import type { RecoveryWindow } from '../../lib/domain/physical/recovery-window.ts';
import type { Backup, Connection, Job, Restore } from '../../lib/domain/records.ts';
import { executionInput, newRestores, planRestores } from '../../lib/domain/restore-request.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { putObject, registerServer } from '../../lib/local/demo/register.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { RestoreReporter } from '../../lib/restores/reporter.ts';
import { takeTarget } from '../../lib/restores/take-target.ts';
import { runSql } from '../support/harness.ts';
import { type InnodbChain, makeInnodbChain } from '../support/innodb-chain.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import {
  type ArchivingServer,
  CIPHER_PASS,
  PLAIN,
  SEALED,
  type SourceServer,
  startSource,
} from '../support/pgbackrest-repository.ts';
import { aRestore } from '../support/records.ts';
import { secretsOf } from '../support/secrets.ts';
import { adminClient, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

let stateDirectory: string;
let service: LocalService;
let api: ApiClient;

beforeAll(async () => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  service = await startService({ stateDirectory });
  api = adminClient(service);
});
afterAll(async () => {
  await service?.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

const restoresOf = ({ recovery, id }: Restore) =>
  Promise.all((recovery?.restore_ids ?? [id]).map((one) => api.follow(one)));
/** Makes the first page of a table's file unreadable, which the running server has in memory. */
async function damageTable({ sql }: SourceServer, database: string, table: string): Promise<void> {
  await sql(database, 'CHECKPOINT');
  const [place] = await sql(
    database,
    `SELECT current_setting('data_directory') || '/' || pg_relation_filepath('${table}') AS file`,
  );
  const file = openSync(String(place?.file), 'r+');
  writeSync(file, Buffer.alloc(24, 0xff), 0, 24, 0);
  closeSync(file);
}
const windowOf = async (backup: Backup) =>
  (await api.call('GET', `/api/backups/${backup.id}/recovery-window`)).body as RecoveryWindow;

describe('pgBackRest', () => {
  let source: SourceServer;
  let target: RunningServer;
  let connection: Connection;
  let newest: Backup;
  let beforeDrop: string;
  let xid: string;

  const restore = (request: object) =>
    api.call('POST', `/api/backups/${newest.id}/restore`, { target_connection: connection.id, ...request });
  const databases = async () =>
    (await runSql(target, undefined, ['SELECT datname FROM pg_database ORDER BY 1'])).map(({ datname }) => datname);

  beforeAll(async () => {
    [source, target] = await Promise.all([startSource(), startPostgres()]);
    await source.sql(undefined, 'CREATE DATABASE shop');
    await source.sql(undefined, 'CREATE DATABASE crm');
    await source.sql('shop', 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
    await source.sql('crm', "CREATE TABLE people AS SELECT 'Ada' AS name");
    await source.sql(undefined, 'CREATE DATABASE hostile');
    await source.sql(
      'hostile',
      'CREATE TABLE t AS SELECT 1 AS a',
      // harmless where it was made, so that the source can be backed up
      `CREATE FUNCTION act() RETURNS void LANGUAGE plpgsql AS
         $$ BEGIN IF current_database() = 'taken' THEN CREATE ROLE act_made; END IF; END $$`,
      `CREATE FUNCTION act(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
         $$ BEGIN PERFORM public.act(); RETURN $1; END $$`,
      'CREATE INDEX ON t (act(a))',
    );
    await source.sql(undefined, 'CREATE DATABASE damaged');
    await source.sql('damaged', 'CREATE TABLE a AS SELECT 1 AS id', 'CREATE TABLE z AS SELECT 1 AS id', 'VACUUM z');
    await damageTable(source, 'damaged', 'z');
    await source.backup(1, 'full');
    await source.sql('shop', 'INSERT INTO orders VALUES (1001)');
    await source.backup(1, 'incr');
    await source.sql('shop', 'INSERT INTO orders VALUES (1002)');
    await source.sql(undefined, "SELECT pg_create_restore_point('before the drop')");
    const [last] = await source.sql(
      'shop',
      'INSERT INTO orders VALUES (1003) RETURNING pg_current_xact_id()::text AS xid',
    );
    xid = String(last?.xid);
    const [row] = await source.sql(
      undefined,
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') AS now',
    );
    beforeDrop = new Date(String(row?.now)).toISOString();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await source.sql('shop', 'DROP TABLE orders');
    await new Promise((resolve) => setTimeout(resolve, 1000)); // stores tell whole seconds of when a log was archived
    await source.archiveWal();
    await runSql(target, undefined, ['CREATE DATABASE other']);
    await runSql(target, 'other', ['CREATE TABLE kept AS SELECT 7 AS seven']);

    await registerServer(service, source.server, { id: randomUUID(), name: 'shop' });
    connection = await registerServer(service, target, { id: randomUUID(), name: 'the target' });
    const { provider } = source;
    await service.records.storageProviders.put({ ...provider, is_default: false });
    const secret = JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey });
    service.secrets.set(service.secretNames.storageProvider(provider.id), secret);
    const { body } = await api.call('POST', `/api/storage-providers/${provider.id}/scan`);
    await until(
      async () => ((await api.call('GET', `/api/jobs/${(body as Job).id}`)).body as Job).status !== 'running',
    );
    const found = (await api.call('GET', '/api/backups')).body as Backup[];
    newest = found.find(
      ({ backup_type, engine }) => backup_type === 'incremental' && engine === 'pgbackrest',
    ) as Backup;
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
  });

  it('runs what a copy holds with the rights of a role of the restore alone', async () => {
    const { body } = await restore({ databases: [{ from: 'hostile', to: 'taken' }] });
    const ended = await api.follow((body as Restore).id);
    expect(ended).toMatchObject({
      status: 'failed',
      target_state: 'incomplete',
      error: { message: expect.stringContaining('permission denied to create role') },
    });
    const roles = "SELECT rolname FROM pg_roles WHERE rolname = 'act_made' OR rolname LIKE 'jagad_restore_%'";
    expect(await runSql(target, undefined, [roles])).toEqual([]);
    await runSql(target, undefined, ['DROP DATABASE taken']);
  });

  it('leaves a live database as it is if a table of the copy cannot be read', async () => {
    await runSql(target, undefined, ['CREATE DATABASE live']);
    await runSql(target, 'live', ['CREATE TABLE a AS SELECT 42 AS id', 'CREATE TABLE z AS SELECT 43 AS id']);
    const { body } = await restore({ databases: [{ from: 'damaged', to: 'live' }] });
    expect(await api.follow((body as Restore).id)).toMatchObject({
      status: 'failed',
      target_state: 'untouched',
      error: {
        message: expect.stringMatching(/pg_dump of damaged out of the copy failed: .*invalid page/s),
        hint: expect.stringMatching(/^That table is damaged in the backup/),
      },
    });
    expect(await runSql(target, 'live', ['SELECT a.id AS a, z.id AS z FROM a, z'])).toEqual([{ a: 42, z: 43 }]);
    await runSql(target, undefined, ['DROP DATABASE live']);
  });

  it('brings two databases to just before a table was dropped, and touches no other', async () => {
    const { earliest, latest, targets } = await windowOf(newest);
    expect(targets).toContain('time');
    expect([earliest, beforeDrop, latest].toSorted()).toEqual([earliest, beforeDrop, latest]);
    const { status, body } = await restore({
      databases: [
        { from: 'shop', to: 'shop_before' },
        { from: 'crm', to: 'crm_before' },
      ],
      point_in_time: beforeDrop,
    });
    expect([status, body]).toMatchObject([
      201,
      { target_database: 'shop_before', recovery: { target: { kind: 'time' } } },
    ]);
    const restores = await restoresOf(body as Restore);
    expect(restores).toMatchObject([
      { status: 'success', target_database: 'shop_before', recovery: { source_database: 'shop' } },
      { status: 'success', target_database: 'crm_before', recovery: { source_database: 'crm' } },
    ]);
    for (const { recovery, log_output } of restores) {
      expect(recovery?.reached).toMatch(/transaction/);
      for (const took of Object.values(recovery?.timings ?? {})) expect(took).toBeGreaterThan(0);
      expect(log_output).toMatch(/RECOVER: .*\n(.*\n)*RESTORE: OK\n/);
    }
    expect(await runSql(target, 'shop_before', ['SELECT max(id), count(*)::int FROM orders'])).toEqual([
      { max: 1003, count: 1003 },
    ]);
    expect(await runSql(target, 'crm_before', ['SELECT name FROM people'])).toEqual([{ name: 'Ada' }]);
    expect(await runSql(target, 'other', ['SELECT seven FROM kept'])).toEqual([{ seven: 7 }]);
    expect((await databases()).filter((name) => !String(name).startsWith('template'))).toEqual([
      'crm_before',
      'other',
      'postgres',
      'shop_before',
    ]);
  });

  it('leaves the backup’s own state, where no point is asked for', async () => {
    const { body } = await restore({ databases: [{ from: 'shop', to: 'shop_then' }] });
    expect(await restoresOf(body as Restore)).toMatchObject([{ status: 'success' }]);
    expect(await runSql(target, 'shop_then', ['SELECT max(id) FROM orders'])).toEqual([{ max: 1001 }]);
  });

  it('comes to a named point and to a transaction, both of the log after the backup', async () => {
    for (const [to, point, max] of [
      ['shop_at_name', { restore_point: 'before the drop' }, 1002],
      ['shop_at_xid', { transaction_id: xid }, 1003],
    ] as const) {
      const { body } = await restore({ databases: [{ from: 'shop', to }], ...point });
      expect(await restoresOf(body as Restore)).toMatchObject([{ status: 'success', warnings: [] }]);
      expect(await runSql(target, to, ['SELECT max(id) FROM orders'])).toEqual([{ max }]);
    }
  });

  it('refuses a time outside of the window, and names that', async () => {
    const { status, body } = await restore({
      databases: [{ from: 'shop', to: 'never' }],
      point_in_time: '2001-01-01T00:00:00Z',
    });
    const { earliest } = await windowOf(newest);
    expect([status, body]).toMatchObject([422, { error: expect.stringContaining(String(earliest)) }]);
  });

  it('takes all of its targets or none', async () => {
    const { host, port } = target;
    const holder = aRestore({ status: 'running' });
    await service.records.restores.put(holder);
    const lockOf = (database: string) => `${host}:${port}/${database}`;
    const lock = { target: lockOf('held'), restore_id: holder.id, taken_at: new Date().toISOString() };
    expect(await service.records.locks.take(lock)).toBe(true);
    const { status, body } = await restore({
      databases: [
        { from: 'crm', to: 'free' },
        { from: 'shop', to: 'held' },
      ],
    });
    expect([status, body]).toMatchObject([409, { error: expect.stringContaining(holder.id) }]);
    await service.records.restores.update(holder.id, { status: 'failed' });
    const plan = planRestores(
      { target_database: 'free' },
      { ...newest, engine: null, backup_type: 'full', connection_source: 'you' },
      connection,
    );
    await takeTarget(service.records, randomUUID(), plan[0], new Date());
  });

  it('says which database the backup does not have, with the target untouched, and restores none', async () => {
    const before = await databases();
    const { body } = await restore({
      databases: [
        { from: 'crm', to: 'crm_too' },
        { from: 'sales', to: 'sales' },
      ],
    });
    const failed = {
      status: 'failed',
      error: { message: expect.stringContaining('no database sales'), hint: expect.stringContaining('shop') },
    };
    expect(await restoresOf(body as Restore)).toMatchObject([failed, failed]);
    expect(await databases()).toEqual(before);
  });

  it('leaves neither server nor files where the records cannot be written any more', async () => {
    const records = {
      ...service.records,
      restores: {
        get: (id: string) => service.records.restores.get(id),
        update: async (_: string, fields: Partial<Restore>) => {
          if ('recovery' in fields) throw new Error('no answer');
          return true;
        },
      } as unknown as Records['restores'],
    };
    const id = randomUUID();
    const asked = { backup_id: newest.id, target_connection: connection.id, databases: [{ from: 'crm', to: 'crm_3' }] };
    const [record] = newRestores(id, executionInput.parse(asked), () => id, new Date());
    await service.records.restores.put(record);
    const own = mkdtempSync(join(tmpdir(), 'jagad-t-'));
    chmodSync(own, 0o755); // the copy's server runs as another account
    vi.stubEnv('TMPDIR', own);
    const secret = service.secretNames.storageProvider(source.provider.id);
    const values = new Map([
      [secret, service.secrets.get(secret)],
      [service.secretNames.cipherPass(newest.connection_id), undefined],
    ]);
    const reporter = await RestoreReporter.open(records, id);
    await expect(
      recoverDatabases({
        ...{ records, reporters: [reporter], workDirectory: own, signal: new AbortController().signal },
        secrets: { ...secretsOf(values), names: service.secretNames },
      }),
    ).rejects.toThrow('no answer');
    vi.unstubAllEnvs();
    expect(readdirSync(own)).toEqual([]);
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        } catch {
          return '';
        }
      });
    expect(commands.filter((command) => command.includes(own))).toEqual([]);
    rmSync(own, { recursive: true });
    await service.records.restores.delete(id);
  });

  it('stops all of a request when one of its restores is cancelled, and leaves no process', async () => {
    const { body } = await restore({
      databases: [
        { from: 'shop', to: 'gone_1' },
        { from: 'crm', to: 'gone_2' },
      ],
    });
    const [, second] = (body as Restore).recovery?.restore_ids ?? [];
    const inTask = ['spooling', 'preparing', 'replaying']; // any of them: each may be over before it is looked for
    await until(async () => {
      const { progress } = (await api.call('GET', `/api/restores/${second}`)).body as Restore;
      return progress !== undefined && progress !== null && inTask.includes(progress.stage);
    });
    expect((await api.call('POST', `/api/restores/${second}/cancel`)).status).toBe(202);
    expect(await restoresOf(body as Restore)).toMatchObject([{ status: 'cancelled' }, { status: 'cancelled' }]);
    expect(await databases()).not.toContain('gone_1');
  });
});

/** A copy was promoted and archives into the same repository while production goes on: the same ids have other rows. */
const HISTORY = 'main/15-1/00000002.history';

describe('pgBackRest with a second timeline', () => {
  let source: SourceServer;
  let promoted: ArchivingServer;
  let target: RunningServer;
  let target_connection: string;
  /** Before the copy, and two on timeline 2. */
  let before: Backup;
  let sealed: Backup;
  /** Of the transaction of row 3 in production, which is also that of row 100 of the copy. */
  let xid: string;
  let beforeFour: string;
  let last1: string;
  let last2: string;

  const clock = async () => {
    const [row] = await source.sql(
      undefined,
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
    );
    return String(row?.now);
  };
  const insert = async (server: ArchivingServer, id: number) => {
    const [row] = await server.sql('shop', `INSERT INTO t VALUES (${id}) RETURNING pg_current_xact_id()::text AS xid`);
    return String(row?.xid);
  };
  const ask = (backup: Backup, request: object, path = '') =>
    api.call('POST', `/api/backups/${backup.id}/restore${path}`, { target_connection, ...request });
  let count = 0;
  /** The rows that came of it, and its record. */
  const restored = async (backup: Backup, request: object) => {
    const to = `shop_${count++}`;
    const { status, body } = await ask(backup, { databases: [{ from: 'shop', to }], ...request });
    expect([status, body]).toMatchObject([201, {}]);
    const [restore] = await restoresOf(body as Restore);
    expect(restore).toMatchObject({ status: 'success' });
    const [row] = await runSql(target, to, ['SELECT array_agg(id ORDER BY id) AS ids FROM t']);
    return { ids: row?.ids, restore: restore as Restore };
  };
  const cipherPassIs = (connection: string, cipher_pass: string) =>
    service.secrets.set(service.secretNames.cipherPass(connection), JSON.stringify({ cipher_pass }));
  /** The backups that a repository has now, in their order. */
  const imported = async (repo: 1 | 2, storage_path: string, connection_id: string): Promise<Backup[]> => {
    const info = [{ connection_id, storage_path, info: await source.info(repo) }];
    const body = { storage_provider_id: source.provider.id, pgbackrest_info: info };
    expect(await api.call('POST', '/api/backups/import', body)).toMatchObject({ status: 200 });
    const all = (await api.call('GET', `/api/backups?connection_id=${connection_id}`)).body as Backup[];
    return all.toSorted((a, b) => String(a.label).localeCompare(String(b.label)));
  };

  beforeAll(async () => {
    [source, target] = await Promise.all([startSource(), startPostgres()]);
    await source.sql(undefined, 'CREATE DATABASE shop');
    await source.sql('shop', 'CREATE TABLE t (id int)', 'INSERT INTO t VALUES (1)');
    await source.backup(1, 'full');
    await source.backup(2, 'full');
    await insert(source, 2);
    await source.archiveWal();
    promoted = await source.promoteCopy();
    const ofCopy = await insert(promoted, 100);
    await promoted.sql(undefined, "SELECT pg_create_restore_point('release')");
    await promoted.archiveWal();
    xid = await insert(source, 3);
    expect(xid).toBe(ofCopy);
    await source.sql(undefined, "SELECT pg_create_restore_point('release')");
    beforeFour = await clock();
    await insert(source, 4);
    await new Promise((resolve) => setTimeout(resolve, 1000)); // stores tell whole seconds of when a log was archived
    last1 = await source.archiveWal();
    await insert(promoted, 101);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    last2 = await promoted.archiveWal();

    ({ id: target_connection } = await registerServer(service, target, { id: randomUUID(), name: 'its target' }));
    const { provider } = source;
    await service.records.storageProviders.put({ ...provider, is_default: false });
    const secret = JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey });
    service.secrets.set(service.secretNames.storageProvider(provider.id), secret);
    const ofPlain = await registerServer(service, source.server, { id: randomUUID(), name: 'forked' });
    const ofSealed = await registerServer(service, source.server, { id: randomUUID(), name: 'forked and sealed' });
    cipherPassIs(ofSealed.id, CIPHER_PASS);
    [before] = (await imported(1, PLAIN, ofPlain.id)) as [Backup];
    [sealed] = (await imported(2, SEALED, ofSealed.id)) as [Backup];
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
  });

  it('shows each with its fork and its end', async () => {
    for (const backup of [before, sealed]) {
      const window = await windowOf(backup);
      expect(window).toMatchObject({
        ...{ complete: true, timeline: null },
        timelines: [
          { timeline: 1, parent: null, fork_lsn: null, last_segment: last1, goes_on: true, problem: null },
          {
            ...{ timeline: 2, parent: 1, fork_reason: 'no recovery target specified', last_segment: last2 },
            ...{ goes_on: true, problem: null, fork_lsn: expect.stringMatching(/^0\/[0-9A-F]+$/) },
          },
        ],
      });
      const [one, two] = window.timelines;
      expect(Date.parse(String(two?.latest))).toBeGreaterThan(Date.parse(String(one?.latest)));
      expect(Date.parse(String(two?.promoted_at))).toBeGreaterThan(Date.parse(String(window.earliest)));
    }
  });

  it.each([
    ['a transaction', () => ({ transaction_id: xid })],
    ['a restore point', () => ({ restore_point: 'release' })],
    ['a time', () => ({ point_in_time: beforeFour })],
    ['the end', async () => ({ point_in_time: (await windowOf(before)).latest })],
  ])('has to be told which one: %s', async (_, point) => {
    const asked = { databases: [{ from: 'shop', to: 'never' }], ...(await point()) };
    const refusal = {
      error: expect.stringMatching(
        /^2 timelines go on after this backup: timeline 1, .*; timeline 2, which left timeline 1 at 0\//,
      ),
      hint: expect.stringContaining('Send "timeline": 1 or "timeline": 2'),
    };
    expect(await ask(before, asked)).toMatchObject({ status: 422, body: refusal });
    const preview = await ask(before, asked, '/preview');
    expect(preview).toMatchObject({
      status: 200,
      body: { obstacles: [expect.stringMatching(/^2 timelines go on .*Send "timeline": 1 or "timeline": 2/)] },
    });
  });

  it.each([
    ['a transaction', 1, () => ({ transaction_id: xid }), [1, 2, 3]],
    ['a transaction', 2, () => ({ transaction_id: xid }), [1, 2, 100]],
    ['a restore point', 1, () => ({ restore_point: 'release' }), [1, 2, 3]],
    ['a time', 1, () => ({ point_in_time: beforeFour }), [1, 2, 3]],
    ['the end', 1, async () => ({ point_in_time: await endOf(1) }), [1, 2, 3, 4]],
    ['the end', 2, async () => ({ point_in_time: await endOf(2) }), [1, 2, 100, 101]],
  ] as const)('is followed to %s along timeline %i', async (_, timeline, point, ids) => {
    const result = await restored(before, { ...(await point()), timeline });
    expect(result.ids).toEqual(ids);
    expect(result.restore.recovery).toMatchObject({
      ...{ timeline, reached: expect.stringContaining(`timeline ${timeline}, `) },
    });
    expect(result.restore.log_output).toContain(`RECOVER: timeline ${timeline}, `);
  });
  const endOf = async (timeline: number) =>
    (await windowOf(before)).timelines.find((one) => one.timeline === timeline)?.latest;

  it('is read in an encrypted repository', async () => {
    expect((await restored(sealed, { transaction_id: xid, timeline: 2 })).ids).toEqual([1, 2, 100]);
    cipherPassIs(sealed.connection_id, 'wrong');
    const window = await windowOf(sealed);
    cipherPassIs(sealed.connection_id, CIPHER_PASS);
    expect(window.timelines[1]?.problem).toMatch(/^00000002.history cannot be read: /);
    expect(window.timeline).toBeNull();
  });

  it('is no matter to the state that the backup itself holds', async () => {
    const asItIs = await ask(before, { databases: [{ from: 'shop', to: 'never' }] }, '/preview');
    expect(asItIs).toMatchObject({ status: 200, body: { obstacles: [] } });
    expect(await ask(before, { databases: [{ from: 'shop', to: 'never' }], timeline: 2 })).toMatchObject({
      ...{ status: 422, body: { error: 'timeline is given without a point' } },
    });
  });

  it('is refused where the archive has none of that number', async () => {
    const asked = { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid };
    expect(await ask(before, { ...asked, timeline: 7 })).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('the archive has no timeline 7 after it') },
    });
    expect(await ask(before, { ...asked, timeline: 0 })).toMatchObject({ status: 400 });
  });

  it.each([
    ['missing', (work: () => Promise<void>) => source.withoutObject(HISTORY, work), 'is not in the archive'],
    ['empty', (work: () => Promise<void>) => source.withObjectOf(HISTORY, '', work), 'cannot be read: '],
    ['cut off', (work: () => Promise<void>) => source.withObjectOf(HISTORY, '1\t0/', work), 'is damaged'],
  ] as const)('is not guessed at where its history is %s', async (_, change, problem) => {
    await change(async () => {
      expect(await windowOf(before)).toMatchObject({
        timeline: null,
        timelines: [{ problem: null }, { problem: expect.stringContaining(`00000002.history ${problem}`) }],
      });
      const asked = { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid };
      const refusal = { status: 422, body: { error: expect.stringContaining(`00000002.history ${problem}`) } };
      expect(await ask(before, { ...asked, timeline: 2 })).toMatchObject(refusal);
      expect(await ask(before, asked)).toMatchObject(refusal);
      expect(await ask(before, { ...asked, timeline: 1 }, '/preview')).toMatchObject({ body: { obstacles: [] } });
    });
  });

  it('is followed by itself where the old one ended at the fork, and the record names it', async () => {
    await source.withoutObject(last1, async () => {
      expect(await windowOf(before)).toMatchObject({ timeline: 2, timelines: [{ goes_on: false }, { goes_on: true }] });
      const { ids, restore } = await restored(before, { transaction_id: xid });
      expect(ids).toEqual([1, 2, 100]);
      expect(restore.recovery).toMatchObject({
        timeline: 2,
        reached: expect.stringMatching(/^timeline 2, after commit/),
      });
    });
  });

  it('is the only one from a backup that was made on it, or in production after the fork', async () => {
    // made with the promoted copy
    await promoted.backup(1, 'full');
    const ofCopy = (await imported(1, PLAIN, before.connection_id)).at(-1) as Backup;
    expect(ofCopy.wal_stop).toMatch(/^00000002/);
    await insert(promoted, 102);
    await promoted.archiveWal();
    const { timeline, timelines } = await windowOf(ofCopy);
    expect([timeline, timelines.map((one) => one.timeline)]).toEqual([2, [2]]);
    const xid102 = await insert(promoted, 103);
    await promoted.archiveWal();
    const { ids, restore } = await restored(ofCopy, { transaction_id: xid102 });
    expect(ids).toEqual([1, 2, 100, 101, 102, 103]);
    expect(restore.recovery?.timeline).toBe(2);

    await source.backup(1, 'full');
    const ofProduction = (await imported(1, PLAIN, before.connection_id)).at(-1) as Backup;
    expect(ofProduction.wal_stop).toMatch(/^00000001/);
    await insert(source, 5);
    await source.archiveWal();
    const after = await windowOf(ofProduction);
    expect(after).toMatchObject({
      timeline: 1,
      timelines: [
        { problem: null },
        { problem: expect.stringMatching(/^timeline 2 left timeline 1 at .* before the backup ended/) },
      ],
    });
    expect(
      await ask(ofProduction, { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid, timeline: 2 }),
    ).toMatchObject({
      status: 422,
      body: {
        error: expect.stringContaining('timeline 2 left timeline 1 at'),
        hint: expect.stringContaining('"timeline": 1'),
      },
    });
  });
});

describe('Mariabackup', () => {
  let chain: InnodbChain;
  let target: RunningServer;
  let connection: Connection;
  let backups: Backup[];

  beforeAll(async () => {
    [chain, target] = await Promise.all([makeInnodbChain(), startMariadb()]);
    await runSql(target, undefined, ['CREATE DATABASE other', 'CREATE TABLE other.kept AS SELECT 7 AS seven']);
    const own = await registerServer(service, target, { id: randomUUID(), name: 'the old server' });
    await service.records.connections.put({ ...own, binlog_prefix: 'binlogs/myserver' });
    connection = await registerServer(service, target, { id: randomUUID(), name: 'the new server' });
    const keys = chain.objects.flatMap(({ keys }) => keys);
    service.secrets.set(
      service.secretNames.encryptionKeys,
      JSON.stringify(keys.map(({ id, masterKey }) => ({ id, value: masterKey }))),
    );
    backups = [];
    for (const { backup } of chain.objects) {
      const name = backup.storage_path.split('/').at(-1) as string;
      await putObject(service, backup.storage_path, readFileSync(join(chain.directory, name)));
      const parent_id = backups.at(-1)?.id ?? null;
      const record = { ...backup, connection_id: own.id, parent_id, completed_at: chain.begin };
      await service.records.backups.put(record);
      backups.push(record);
    }
    for (const name of chain.logNames) {
      await putObject(service, `binlogs/myserver/${name}`, readFileSync(join(chain.logsDirectory, name)));
    }
  });
  afterAll(async () => {
    await target?.stop();
    await chain?.remove();
  });

  it('brings a database to just before a table was dropped, by chain and binary logs', async () => {
    const newest = backups.at(-1) as Backup;
    const { body, status } = await api.call('POST', `/api/backups/${newest.id}/restore`, {
      target_connection: connection.id,
      databases: [{ from: 'shop', to: 'shop_before' }],
      gtid: chain.lateGtid,
    });
    expect([status, body]).toMatchObject([201, { recovery: { target: { kind: 'gtid' } } }]);
    const [restored] = await restoresOf(body as Restore);
    expect(restored).toMatchObject({ status: 'success', recovery: { timings: { load_ms: expect.any(Number) } } });
    const rows = await runSql(target, 'shop_before', [
      'SELECT CONVERT(name USING utf8mb4) AS name FROM items ORDER BY id',
    ]);
    expect(
      rows.map(({ name }) => name).filter((name) => ['full', 'first', 'second', 'late'].includes(String(name))),
    ).toEqual(['full', 'first', 'second', 'late']);
    expect(await runSql(target, 'other', ['SELECT seven FROM kept'])).toEqual([{ seven: 7 }]);
  });

  it('refuses a chain with a missing link, and says which', async () => {
    const [, middle, newest] = backups as [Backup, Backup, Backup];
    await service.records.backups.delete(middle.id);
    const { status, body } = await api.call('POST', `/api/backups/${newest.id}/restore`, {
      target_connection: connection.id,
      databases: [{ from: 'shop', to: 'never' }],
    });
    expect([status, body]).toMatchObject([422, { error: expect.stringContaining(middle.id) }]);
    await service.records.backups.put(middle);
  });
});
