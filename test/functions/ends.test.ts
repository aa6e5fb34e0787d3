/** What the handlers that end restores and verifications, and the one that measures backups, say and count. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Restore } from '../../lib/domain/records.ts';
import { EventBus, serveEventBus } from '../../lib/local/event-bus.ts';
import type { ListeningServer } from '../../lib/local/json-service.ts';
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
  it('that ends well is counted once, with its time, bytes and rate', async () => {
    const { id, backup_id } = await running();
    const lines = await linesOf('record-success', { restore_id: id });
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
    expect(measured(await linesOf('record-success', { restore_id: id }))).toEqual([]);
  });

  it('that fails is counted with what it failed of', async () => {
    const { id } = await running();
    const error = { Error: 'States.TaskFailed', Cause: '{"StopCode":"TaskFailedToStart","StoppedReason":"no place"}' };
    const [line] = measured(await linesOf('record-failure', { restore_id: id, error }));
    expect(line).toMatchObject({
      outcome: 'failed',
      RestoresEnded: 1,
      TasksNotStarted: 1,
      code: 'TASK_FAILED_TO_START',
    });
    expect(line).not.toHaveProperty('RestoreRate');
  });

  it('that was stopped is counted as what it is', async () => {
    const { id } = await running({ cancelled_by: 'night.shift' });
    const event = { detail: { name: id, executionArn: ARN, status: 'ABORTED' } };
    expect(measured(await linesOf('record-ended-execution', event))).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('whose handler is not up to it is in the log, with the error and the ids', async () => {
    const { id, backup_id } = await running();
    const lines = await linesOf('record-failure', { restore_id: id, error: undefined });
    expect(lines).toMatchObject([
      { level: 'ERROR', function_name: 'record-failure', restore_id: id, backup_id, execution: ARN, error: {} },
    ]);
  });

  it('leaves none of its ids to what the same Lambda does next', async () => {
    await linesOf('record-success', { restore_id: (await running()).id });
    const lines = await linesOf('record-ended-execution', { detail: { name: 'other', executionArn: 'a' } });
    expect(lines).toMatchObject([{ restore_id: 'other', execution: 'a' }]);
    expect(lines[0]).not.toHaveProperty('backup_id');
  });
});

it('a verification that failed is counted', async () => {
  const backup = aBackup({ verify_status: 'verifying' });
  await tables.records.backups.insert(backup);
  const error = { Error: 'ChecksumMismatch', Cause: '{"errorType":"ChecksumMismatch","errorMessage":"other bytes"}' };
  const event = { backup_id: backup.id, execution_arn: ARN, error };
  expect(measured(await linesOf('record-failed-verification', event))).toMatchObject([
    { VerificationsEnded: 1, outcome: 'failed', engine: 'postgresql', backup_id: backup.id },
  ]);
});

it('the backups of all databases are measured, and those that are too old named', async () => {
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
