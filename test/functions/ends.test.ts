/** What the handlers that end restores and verifications, and the one that measures backups, report and count. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { EventBus, serveEventBus } from '../../lib/local/aws/event-bus.ts';
import type { ListeningServer } from '../../lib/local/aws/json-service.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { logLinesOf, metricsIn } from '../support/log-lines.ts';
import { aBackup, aRestore } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

const ARN = 'arn:aws:states:us-east-1:000000000000:execution:Restore:1';
const HOUR_MS = 3_600_000;

let tables: TestTables;
let bus: ListeningServer;
beforeAll(async () => {
  tables = await startTables();
  bus = await serveEventBus(new EventBus([], async () => undefined), LOCAL_CREDENTIALS);
  const settings = {
    ...tables.names,
    AWS_ENDPOINT_URL_DYNAMODB: String(tables.config.endpoint),
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    EVENT_BUS_NAME: 'ours',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    MAX_BACKUP_AGE_HOURS: '26',
    POWERTOOLS_SERVICE_NAME: 'jagad-restore-test',
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([tables.stop(), bus.close()]);
});

/** The lines that a file of functions/ writes while it handles an event; they are in the log whatever it throws. */
async function linesOf(entry: string, event: unknown): Promise<Record<string, unknown>[]> {
  const { handler } = (await import(`../../functions/${entry}.ts`)) as {
    handler: (event: unknown, context: unknown) => Promise<unknown>;
  };
  const context = { functionName: entry, awsRequestId: randomUUID() };
  return logLinesOf(() => handler(event, context).catch(() => {}));
}
const measured = (lines: Record<string, unknown>[]) => lines.filter((line) => '_aws' in line);

async function running(fields: Partial<Restore> = {}): Promise<Restore> {
  const backup = aBackup({ db_type: 'mysql', size_bytes: 5000 });
  const restore = aRestore({ backup_id: backup.id, execution_arn: ARN, ...fields });
  await Promise.all([tables.records.backups.insert(backup), tables.records.restores.insert(restore)]);
  return restore;
}

describe('a restore', () => {
  it('that succeeds is counted once, with its time, bytes and rate', async () => {
    const { id, backup_id } = await running();
    const lines = await linesOf('record-restore-end', { end: 'success', restore_id: id });
    expect(measured(lines)).toMatchObject([
      {
        service: 'jagad-restore-test',
        outcome: 'success',
        engine: 'mysql',
        RestoresEnded: 1,
        RestoreDuration: expect.any(Number),
        RestoredBytes: 5000,
        RestoreRate: expect.any(Number),
        ...{ restore_id: id, backup_id, execution: ARN },
      },
    ]);
    expect(metricsIn(lines)).toEqual(
      ['RestoresEnded', 'RestoreDuration', 'RestoredBytes', 'RestoreRate'].flatMap((name) => [
        `JagadRestore ${name} {"outcome":"success","service":"jagad-restore-test"}`,
        `JagadRestore ${name} {"engine":"mysql","outcome":"success","service":"jagad-restore-test"}`,
      ]),
    );
    expect(lines.at(-1)).toMatchObject({ message: 'done', restore_id: id, backup_id, execution: ARN });
    expect(measured(await linesOf('record-restore-end', { end: 'success', restore_id: id }))).toEqual([]);
  });

  it('that fails is counted with the cause', async () => {
    const { id } = await running();
    const error = { Error: 'States.TaskFailed', Cause: '{"StopCode":"TaskFailedToStart","StoppedReason":"no place"}' };
    const [line] = measured(await linesOf('record-restore-end', { end: 'failure', restore_id: id, error }));
    expect(line).toMatchObject({
      outcome: 'failed',
      RestoresEnded: 1,
      TasksNotStarted: 1,
      code: 'TASK_FAILED_TO_START',
    });
    expect(line).not.toHaveProperty('RestoreRate');
  });

  it('that was stopped is counted as cancelled', async () => {
    const { id } = await running({ cancelled_by: 'night.shift' });
    const event = { end: 'execution', detail: { name: id, executionArn: ARN, status: 'ABORTED' } };
    expect(measured(await linesOf('record-restore-end', event))).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('whose handler fails is logged with the error and the ids', async () => {
    const { id, backup_id } = await running();
    const lines = await linesOf('record-restore-end', { end: 'failure', restore_id: id, error: undefined });
    expect(lines).toMatchObject([
      { level: 'ERROR', function_name: 'record-restore-end', restore_id: id, backup_id, execution: ARN, error: {} },
    ]);
  });

  it('passes none of its ids on to the next call of the same Lambda', async () => {
    await linesOf('record-restore-end', { end: 'success', restore_id: (await running()).id });
    const lines = await linesOf('record-restore-end', {
      end: 'execution',
      detail: { name: 'other', executionArn: 'a' },
    });
    expect(lines).toMatchObject([{ restore_id: 'other', execution: 'a' }]);
    expect(lines[0]).not.toHaveProperty('backup_id');
  });
});

describe('a restore with two tasks', () => {
  const TASK = 'arn:aws:ecs:us-east-1:000000000000:task/c/worker';
  const OTHER = 'arn:aws:ecs:us-east-1:000000000000:task/c/other';
  const STOPPED_AT = '2026-11-22T02:00:00.000Z';
  const claimed = (fields: Partial<Restore> = {}) =>
    running({ claimed_by: TASK, target_state: 'incomplete', ...fields });
  const get = async (id: string) => (await tables.records.restores.get(id)) as Restore;
  const stopped = (taskArn: string, id: string) => {
    const containerOverrides = [{ command: ['/app/main.mjs'], environment: [{ name: 'RESTORE_ID', value: id }] }];
    const detail = { taskArn, clusterArn: 'c', lastStatus: 'STOPPED', overrides: { containerOverrides } };
    return { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail };
  };
  const aborted = (id: string) => ({ end: 'execution', detail: { name: id, executionArn: ARN, status: 'ABORTED' } });
  const failed = (TaskArn: string, ExitCode = 1) => ({
    Error: 'States.TaskFailed',
    Cause: JSON.stringify({ TaskArn, StopCode: 'EssentialContainerExited', Containers: [{ ExitCode }] }),
  });

  it('continues after the end of its execution while the worker writes, and asks it to stop', async () => {
    const { id } = await claimed();
    await linesOf('record-restore-end', aborted(id));
    expect(await get(id)).toMatchObject({ status: 'running', stop_asked_at: expect.any(String) });
  });

  it.each([
    ['has not written yet', { target_state: 'untouched' as const }],
    ['has stopped', { task_stopped_at: STOPPED_AT }],
  ])('ends with its execution if the worker %s', async (_, fields) => {
    const { id } = await claimed(fields);
    await linesOf('record-restore-end', aborted(id));
    expect(await get(id)).toMatchObject({ status: 'failed', stop_asked_at: null });
  });

  it('does not fail because the other task ends while the worker writes', async () => {
    const { id } = await claimed();
    await linesOf('record-restore-end', { end: 'failure', restore_id: id, error: failed(OTHER) });
    expect(await get(id)).toMatchObject({
      status: 'running',
      stop_asked_at: expect.any(String),
      error: { code: 'TASK_FAILED' },
    });
  });

  it('does not fail because ECS refuses a call while one of its tasks writes', async () => {
    const { id } = await claimed();
    await linesOf('record-restore-end', {
      end: 'failure',
      restore_id: id,
      error: { Error: 'ECS.ServerException', Cause: 'no answer' },
    });
    expect(await get(id)).toMatchObject({ status: 'running', stop_asked_at: expect.any(String) });
  });

  it('fails if its own worker ends', async () => {
    const { id } = await claimed();
    await linesOf('record-restore-end', { end: 'failure', restore_id: id, error: failed(TASK) });
    expect(await get(id)).toMatchObject({ status: 'failed', error: { code: 'TASK_FAILED' } });
  });

  it('is cancelled even if its worker stops before its execution does', async () => {
    const { id } = await claimed({ cancelled_by: 'night.shift' });
    await linesOf('record-restore-end', { end: 'failure', restore_id: id, error: failed(TASK, 143) });
    expect(await get(id)).toMatchObject({ status: 'cancelled' });
  });

  it('records the end of its worker’s task, but not that of another task', async () => {
    const { id } = await claimed({ execution_arn: null });
    await linesOf('record-stopped-task', stopped(OTHER, id));
    expect(await get(id)).toMatchObject({ task_stopped_at: null });
    await linesOf('record-stopped-task', stopped(TASK, id));
    expect(await get(id)).toMatchObject({ status: 'running', task_stopped_at: expect.any(String) });
  });
});

describe('a verification that ended without reporting anything', () => {
  const VERIFIED_AT = '2026-11-22T02:00:00.000Z';
  const endOf = async (fields: Partial<Backup>, code: string) => {
    const backup = aBackup({ verified_at: VERIFIED_AT, ...fields });
    await tables.records.backups.insert(backup);
    const event = { end: 'failure', backup_id: backup.id, execution_arn: ARN, error: { Error: code, Cause: 'why' } };
    const lines = await linesOf('record-verification-end', event);
    return { lines, backup: await tables.records.backups.get(backup.id) };
  };

  it.each([
    ['was killed', 'verifying', 'Sandbox.Timedout'],
    ['took too long', 'verifying', 'States.Timeout'],
    ['never began', 'passed', 'Lambda.TooManyRequestsException'],
  ] as const)('that %s is counted, and keeps the previous verdict', async (_, verify_status, error) => {
    const { lines, backup } = await endOf({ verify_status }, error);
    expect(measured(lines)).toMatchObject([
      { VerificationsEnded: 1, outcome: 'unread', engine: 'postgresql', backup_id: backup?.id },
    ]);
    expect(backup).toMatchObject({
      verify_status: 'passed',
      verified_at: VERIFIED_AT,
      verify_error: null,
      verify_attempt: { at: expect.any(String), error: { message: expect.any(String) } },
    });
  });

  it('is unchanged if it reported its result', async () => {
    const said = { verify_status: 'failed', verify_error: 'CHECKSUM MISMATCH: other bytes' } as const;
    const { lines, backup } = await endOf(said, 'ChecksumMismatch');
    expect(measured(lines)).toEqual([]);
    expect(backup).toMatchObject({ ...said, verify_attempt: null });
  });

  it('whose execution was stopped keeps the previous verdict', async () => {
    const backup = aBackup({ verify_status: 'verifying', verified_at: VERIFIED_AT });
    await tables.records.backups.insert(backup);
    const input = JSON.stringify({ backup_id: backup.id });
    await linesOf('record-verification-end', {
      end: 'execution',
      detail: { executionArn: ARN, status: 'ABORTED', input },
    });
    expect(await tables.records.backups.get(backup.id)).toMatchObject({
      verify_status: 'passed',
      verify_attempt: { error: { code: 'STOPPED' } },
    });
  });
});

it('the backups of all databases are measured, and databases without a recent one are named', async () => {
  const made = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
  const old = aBackup({ database_name: 'old', verify_status: 'passed', created_at: made(40) });
  const forgotten = aBackup({ database_name: 'given up', verify_status: 'passed', created_at: made(24 * 31) });
  const fresh = aBackup({ database_name: 'fresh', verify_status: 'passed', created_at: made(1) });
  for await (const { id } of tables.records.backups.all()) await tables.records.backups.delete(id);
  for (const backup of [old, forgotten, fresh]) await tables.records.backups.insert(backup);
  const lines = await linesOf('measure-backups', {});
  expect(measured(lines)).toMatchObject([{ DatabasesBackedUp: 2, DatabasesWithoutRecentBackup: 1 }]);
  expect(Math.round(Number(measured(lines)[0]?.NewestVerifiedBackupAge) / 3600)).toBe(40);
  const { connection_id, database_name } = old;
  expect(lines.find(({ level }) => level === 'WARN')).toMatchObject({
    message: 'databases without a recent verified backup',
    databases: [{ connection_id, database_name, newest_verified_at: old.created_at, age_hours: 40 }],
  });
});
