/**
 * Databases taken out of real physical backups into live servers that hold others, as a client of the API would do it.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recoverDatabases } from '../../containers/restore/physical/recover-databases.ts';
import type { Records } from '../../lib/api/tables.ts';
import type { Backup } from '../../lib/backups/model.ts';
import type { RecoveryWindow } from '../../lib/backups/physical/recovery-window.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import type { Connection } from '../../lib/connections/model.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { putObject, registerServer } from '../../lib/local/demo/register.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { takeTarget } from '../../lib/restores/admission/take-target.ts';
import { RestoreReporter } from '../../lib/restores/end/reporter.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { executionInput, newRestores, planRestores } from '../../lib/restores/request.ts';
import { inLongTier } from '../support/every-case.ts';
import { runSql } from '../support/harness.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { type InnodbChain, makeInnodbChain } from '../support/physical/innodb-chain.ts';
import { type SourceServer, startSource } from '../support/physical/pgbackrest-repository.ts';
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
      // harmless on the server where it was made, so that the source can be backed up
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
    await new Promise((resolve) => setTimeout(resolve, 1000)); // stores report the time of archiving in whole seconds
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

  it('runs the contents of a copy only with the privileges of a temporary role', async () => {
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

  it('leaves a live database unchanged if a table of the copy cannot be read', async () => {
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

  it('recovers two databases to just before a table was dropped, and touches no others', async () => {
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

  it('restores the backup’s own state if no point is requested', async () => {
    const { body } = await restore({ databases: [{ from: 'shop', to: 'shop_then' }] });
    expect(await restoresOf(body as Restore)).toMatchObject([{ status: 'success' }]);
    expect(await runSql(target, 'shop_then', ['SELECT max(id) FROM orders'])).toEqual([{ max: 1001 }]);
  });

  // the recovery of a copy has tests of its own
  inLongTier(it)('comes to a named point and to a transaction, both of the log after the backup', async () => {
    for (const [to, point, max] of [
      ['shop_at_name', { restore_point: 'before the drop' }, 1002],
      ['shop_at_xid', { transaction_id: xid }, 1003],
    ] as const) {
      const { body } = await restore({ databases: [{ from: 'shop', to }], ...point });
      expect(await restoresOf(body as Restore)).toMatchObject([{ status: 'success', warnings: [] }]);
      expect(await runSql(target, to, ['SELECT max(id) FROM orders'])).toEqual([{ max }]);
    }
  });

  it('refuses a time outside of the window, and names the window', async () => {
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

  it('says which database is missing from the backup, with the target untouched, and restores none', async () => {
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

  it('leaves no server and no files behind if the records can no longer be written', async () => {
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

  it('stops all restores of a request when one of them is cancelled, and leaves no process behind', async () => {
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

  it('recovers a database to just before a table was dropped, with its chain and binary logs', async () => {
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

  it('refuses a chain with a missing link, and names the link', async () => {
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
