/**
 * Two tasks of one restore: only one writes, and the restore ends as that one does. The sample has one engine, and the
 * order in which the watched task doesn't get the claim.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Job } from '../../lib/backups/scan/job.ts';
import type { DbType } from '../../lib/databases/names.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { registerServer } from '../../lib/local/demo/register.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { isWorkerOf } from '../../lib/restores/end/claim.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { everyCase, inLongTier } from '../support/every-case.ts';
import { expected, type Harness, runSql, startHarness } from '../support/harness.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { type SourceServer, startSource } from '../support/physical/pgbackrest-repository.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { adminClient, startService } from '../support/service.ts';
import { UnwatchedTasks } from '../support/trouble/unwatched-task.ts';
import { until } from '../support/until.ts';

const ORDERS = everyCase<readonly [who: string, order: 'before' | 'after']>(
  [['the unwatched one', 'before']],
  [['the one that the state machine watches', 'after']],
);
const POSTGRES_WAITS =
  "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %' AND wait_event_type = 'Lock'";
const MYSQL_WAITS = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'";

/** Sessions that would destroy something, and wait for a lock on it. */
function waitingSessions(server: RunningServer): Promise<unknown[]> {
  return runSql(server, undefined, [server.dbType === 'postgresql' ? POSTGRES_WAITS : MYSQL_WAITS]);
}

/** Holds every table of a database, so that none can be dropped. */
async function holdTables(server: RunningServer, database: string): Promise<Session> {
  const session = await openSession(server, database);
  const isPostgres = server.dbType === 'postgresql';
  const tables = await session.rows(
    isPostgres
      ? "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
      : "SELECT CONCAT('`', REPLACE(TABLE_NAME, '`', '``'), '`') AS name FROM information_schema.TABLES " +
          "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
  );
  await session.rows(isPostgres ? 'BEGIN' : 'START TRANSACTION');
  for (const { name } of tables) await session.rows(`SELECT 1 FROM ${name} LIMIT 1`);
  return session;
}

/**
 * Waits until neither task can continue while the tables are locked.
 * @returns how many sessions wait for them.
 */
async function bothThere(server: RunningServer, tasks: UnwatchedTasks, log: () => string): Promise<number> {
  let waiting = 0;
  await until(async () => {
    waiting = (await waitingSessions(server)).length;
    const standsBy = `${tasks.started?.output}${log()}`.includes('this one stands by');
    return waiting > 1 || (waiting === 1 && standsBy);
  });
  return waiting;
}

describe.each(everyCase<DbType>(['postgresql'], ['mariadb', 'mysql']))('two tasks of one restore to %s', (dbType) => {
  const tasks = new UnwatchedTasks();
  let server: RunningServer | undefined;
  let harness: Harness;

  beforeAll(async () => {
    server = await startServer(dbType);
    if (server === undefined) return;
    harness = await startHarness(server, { taskCommand: tasks.command });
    tasks.events = harness.service.events;
    expect(await harness.restore(harness.backups[1])).toMatchObject({ status: 'success' });
  });
  afterAll(async () => {
    await harness?.stop();
    await server?.stop();
  });
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  const row = expected[dbType === 'postgresql' ? dbType : 'mysql and mariadb'].row;
  let logged = 0;
  const wholeLog = () => readFileSync(join(harness.stateDirectory, 'service.log'), 'utf8');
  const serviceLog = () => wholeLog().slice(logged);
  const get = async (id: string) => (await harness.service.records.restores.get(id)) as Restore;

  /** Starts a restore over the same data, whose tables are held. */
  async function startHeldUp(order: 'before' | 'after'): Promise<{ restore: Restore; holder: Session }> {
    logged = wholeLog().length;
    const holder = await holdTables(harness.server, 'shop');
    tasks.next(order);
    return { restore: await harness.api.startRestore(harness.backups[1].id), holder };
  }

  it.each(ORDERS)('%s is first: only it writes, and all rows are there', async (_, order) => {
    const { restore, holder } = await startHeldUp(order);
    const sessions = await bothThere(harness.server, tasks, serviceLog);
    await holder.rows('COMMIT');
    await holder.end();
    const ended = await harness.api.follow(restore.id);
    const code = await tasks.started?.ended;
    // only now has everything that could write stopped
    expect(await harness.answer('shop')).toBe(row);
    expect(ended).toMatchObject({ status: 'success', error: null });
    expect(sessions).toBe(1);
    expect(code).toBe(0);
    const { claimed_by, log_output, warnings } = await get(restore.id);
    expect(isWorkerOf(claimed_by, tasks.started?.taskArn)).toBe(order === 'before');
    expect(log_output.match(/RESTORE: OK/g)).toHaveLength(1);
    expect(log_output.match(/DOWNLOAD: /g)).toHaveLength(1);
    // the test itself holds the other task up by a lock
    expect(warnings.filter((line: string) => !line.startsWith('sessions hold locks'))).toEqual([]);
    const loser = order === 'before' ? serviceLog() : String(tasks.started?.output);
    expect(loser).toContain('this one touches nothing');
    expect(loser).not.toContain('RESTORE: OK');
  });

  it('a task that is killed while writing is not overwritten: the restore fails, and says so', async () => {
    const { restore, holder } = await startHeldUp('before');
    await bothThere(harness.server, tasks, serviceLog);
    expect(await get(restore.id)).toMatchObject({ status: 'running' });
    tasks.started?.child.kill('SIGKILL');
    const ended = await harness.api.follow(restore.id);
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'TASK_FAILED' } });
    expect(ended.error).toMatchObject({
      message: expect.stringContaining('stopped before it was done'),
      hint: expect.stringContaining('The target is incomplete'),
    });
    await holder.rows('COMMIT');
    await holder.end();
    await until(async () => (await waitingSessions(harness.server)).length === 0);
    expect(await harness.restore(harness.backups[1])).toMatchObject({ status: 'success' });
    expect(await harness.answer('shop')).toBe(row);
  });

  inLongTier(it)(
    'cancelled while the unwatched one writes: it is cancelled once that has stopped, and never before',
    async () => {
      const { restore, holder } = await startHeldUp('before');
      await bothThere(harness.server, tasks, serviceLog);
      const sessionsAtEnd = harness.api.follow(restore.id).then(async (ended) => ({
        ended,
        sessions: await waitingSessions(harness.server),
        exit: tasks.started?.child.exitCode,
      }));
      expect((await harness.api.call('POST', `/api/restores/${restore.id}/cancel`)).status).toBe(202);
      const { ended, sessions, exit } = await sessionsAtEnd;
      expect(ended).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
      expect(sessions).toEqual([]);
      expect(exit).toBe(143);
      await holder.rows('COMMIT');
      await holder.end();
      expect(await harness.answer('shop')).toBe(row);
    },
  );

  // as PostgreSQL alone has a lock that holds up a task before its first write
  if (dbType !== 'postgresql') return;
  it('a task that stops before its first write leaves its claim to the task that the state machine watches', async () => {
    const { records } = harness.service;
    logged = wholeLog().length;
    const holder = await openSession(harness.server, 'shop');
    await holder.rows('BEGIN');
    // a task that looks at the target waits
    await holder.rows('LOCK TABLE pg_catalog.pg_depend IN ACCESS EXCLUSIVE MODE');
    tasks.next('before');
    const { id } = await harness.api.startRestore(harness.backups[1].id);
    await until(async () => serviceLog().includes('this one stands by'));
    const before = (await records.restores.get(id)) as Restore;
    expect(isWorkerOf(before.claimed_by, tasks.started?.taskArn)).toBe(true);
    tasks.started?.child.kill('SIGKILL');
    await until(async () => (await records.restores.get(id))?.claimed_by !== before.claimed_by);
    await holder.rows('ROLLBACK');
    await holder.end();
    expect(await harness.api.follow(id)).toMatchObject({ status: 'success', error: null });
    expect(await harness.answer('shop')).toBe(row);
  });
});

describe('two tasks of one recovery', () => {
  const tasks = new UnwatchedTasks();
  let stateDirectory: string;
  let service: LocalService;
  let api: ApiClient;
  let source: SourceServer;
  let target: RunningServer;
  let connectionId: string;
  let backup: Backup;

  beforeAll(async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
    [service, source] = await Promise.all([
      startService({ stateDirectory, taskCommand: tasks.command }),
      startSource(),
    ]);
    api = adminClient(service);
    tasks.events = service.events;
    target = (await startServer('postgresql')) as RunningServer;
    for (const name of ['shop', 'crm']) {
      await source.sql(undefined, `CREATE DATABASE ${name}`);
      await source.sql(name, 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
      await runSql(target, undefined, [`CREATE DATABASE ${name}`]);
      await runSql(target, name, ['CREATE TABLE orders AS SELECT generate_series(1, 7) AS id']);
    }
    await source.backup(1, 'full');
    await registerServer(service, source.server, { id: randomUUID(), name: 'shop' });
    connectionId = (await registerServer(service, target, { id: randomUUID(), name: 'the target' })).id;
    const { provider } = source;
    await service.records.storageProviders.put({ ...provider, is_default: false });
    const secret = JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey });
    service.secrets.set(service.secretNames.storageProvider(provider.id), secret);
    const { body } = await api.call('POST', `/api/storage-providers/${provider.id}/scan`);
    const jobPath = `/api/jobs/${(body as Job).id}`;
    await until(async () => ((await api.call('GET', jobPath)).body as Job).status !== 'running');
    backup = ((await api.call('GET', '/api/backups')).body as Backup[]).find(
      ({ engine }) => engine === 'pgbackrest',
    ) as Backup;
  });
  afterAll(async () => {
    await service?.stop();
    await Promise.all([source?.stop(), target?.stop()]);
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  it.each(ORDERS)('%s is first: only it writes, and all rows are there', async (_, order) => {
    const logFile = join(stateDirectory, 'service.log');
    const logged = readFileSync(logFile, 'utf8').length;
    const holder = await holdTables(target, 'shop');
    tasks.next(order);
    const { body } = await api.call('POST', `/api/backups/${backup.id}/restore`, {
      target_connection: connectionId,
      databases: ['shop', 'crm'].map((name) => ({ from: name, to: name })),
    });
    const sessions = await bothThere(target, tasks, () => readFileSync(logFile, 'utf8').slice(logged));
    await holder.rows('COMMIT');
    await holder.end();
    const ids = (body as Restore).recovery?.restore_ids ?? [];
    const ended = await Promise.all(ids.map((id) => api.follow(id)));
    const code = await tasks.started?.ended;
    for (const name of ['shop', 'crm']) {
      expect(await runSql(target, name, ['SELECT count(*)::int AS rows FROM orders'])).toEqual([{ rows: 1000 }]);
    }
    expect(ended).toMatchObject([{ status: 'success' }, { status: 'success' }]);
    expect(sessions).toBe(1);
    expect(code).toBe(0);
    for (const { claimed_by, log_output } of ended) {
      expect(isWorkerOf(claimed_by, tasks.started?.taskArn)).toBe(order === 'before');
      expect(log_output.match(/RESTORE: OK/g)).toHaveLength(1);
    }
  });
});
