import { randomUUID } from 'node:crypto';
import { ExecutionAlreadyExists } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conflict, Impossible, NotFound } from '../../../lib/errors/errors.ts';
import type { Asker } from '../../../lib/restores/admission/admit-restore.ts';
import { type RestoreStarter, startRestore } from '../../../lib/restores/admission/start-restore.ts';
import { endRestore } from '../../../lib/restores/end/end-restore.ts';
import { executionInput } from '../../../lib/restores/request.ts';
import { aBackup, aConnection, aRestore } from '../../support/records.ts';
import { secretsOf, TEST_SECRET_NAMES } from '../../support/secrets.ts';
import { FakeStepFunctions } from '../../support/step-functions.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Restore';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:Restore';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const records = () => tables.records;

const BY: Asker = { role: 'operator' };
const NOW = new Date('2026-11-22T02:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

async function aStarter() {
  const stepFunctions = new FakeStepFunctions(MACHINE);
  const connection = aConnection({ host: `${randomUUID()}.example.com` });
  const backup = aBackup({ connection_id: connection.id });
  await records().connections.put(connection);
  await records().backups.put(backup);
  const secrets = new Map<string, string | undefined>([
    [TEST_SECRET_NAMES.connection(connection.id), '{"password":"p"}'],
  ]);
  const starter: RestoreStarter = {
    records: records(),
    events: tables.events,
    secrets: secretsOf(secrets),
    stepFunctions: stepFunctions.client,
    stateMachineArn: MACHINE,
  };
  const request = executionInput.parse({ backup_id: backup.id, trigger: 'api' });
  return { stepFunctions, starter, backup, connection, secrets, request };
}

describe('starting a restore', () => {
  it('creates execution and record with the restore’s id', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    const restore = await startRestore(starter, id, request, BY, NOW);
    expect(restore).toMatchObject({
      id,
      backup_id: request.backup_id,
      status: 'running',
      execution_arn: `${EXECUTION}:${id}`,
    });
    expect(await records().restores.get(id)).toEqual(restore);
    expect(stepFunctions.started).toEqual([{ name: id, input: request }]);
  });

  it('lists it under the server that it writes to, whether the request names that or not', async () => {
    const { starter, connection, request } = await aStarter();
    const named = { ...request, target_connection: connection.id, target_database: 'other' };
    const one = await startRestore(starter, randomUUID(), request, BY, NOW);
    const two = await startRestore(starter, randomUUID(), named, BY, later(1));
    const { records: listed } = await records().restores.list({ to_connection: connection.id }, { limit: 9 });
    expect(listed).toEqual([two, one]);
  });

  it('succeeds for only one of a hundred with the same target', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const ids = Array.from({ length: 100 }, () => randomUUID());
    const results = await Promise.allSettled(ids.map((id) => startRestore(starter, id, request, BY, NOW)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(stepFunctions.started).toHaveLength(1);
    const found = await Promise.all(ids.map((id) => records().restores.get(id)));
    expect(found.filter(Boolean).map((restore) => restore?.id)).toEqual([stepFunctions.started[0]?.name]);
  });

  it('returns the record if the execution’s first state has already written it', async () => {
    const { starter, stepFunctions, request, backup } = await aStarter();
    const id = randomUUID();
    const written = aRestore({ id, backup_id: backup.id, log_output: 'begun\n', execution_arn: 'by the state' });
    stepFunctions.onStart = async () => void (await records().restores.insert(written));
    expect(await startRestore(starter, id, request, BY, NOW)).toEqual(written);
  });

  it('leaves no restore behind if the execution does not start, and holds the target for at most a minute', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    stepFunctions.failure = new Error('throttled');
    await expect(startRestore(starter, id, request, BY, NOW)).rejects.toThrow('throttled');
    expect(await records().restores.get(id)).toBeUndefined();
    stepFunctions.failure = undefined;
    await expect(startRestore(starter, randomUUID(), request, BY, later(2))).rejects.toBeInstanceOf(Conflict);
    expect(await startRestore(starter, randomUUID(), request, BY, later(62))).toMatchObject({ status: 'running' });
  });

  it('takes no target and starts nothing if the request is impossible', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const mysql = aConnection({ db_type: 'mysql' });
    await records().connections.put(mysql);
    const id = randomUUID();
    await expect(startRestore(starter, id, { ...request, backup_id: randomUUID() }, BY, NOW)).rejects.toThrow(
      'backup not found',
    );
    await expect(
      startRestore(starter, id, { ...request, target_connection: randomUUID() }, BY, NOW),
    ).rejects.toBeInstanceOf(NotFound);
    await expect(
      startRestore(starter, id, { ...request, target_connection: mysql.id }, BY, NOW),
    ).rejects.toBeInstanceOf(Impossible);
    expect(stepFunctions.started).toHaveLength(0);
    expect(await startRestore(starter, randomUUID(), request, BY, NOW)).toMatchObject({ status: 'running' });
  });

  it('takes no target and starts nothing if the server has no password', async () => {
    const { starter, stepFunctions, request, connection, secrets } = await aStarter();
    secrets.set(TEST_SECRET_NAMES.connection(connection.id), undefined);
    const refused = startRestore(starter, randomUUID(), request, BY, NOW);
    await expect(refused).rejects.toBeInstanceOf(Impossible);
    await expect(refused).rejects.toThrow('the connection Production PG has no password');
    expect(stepFunctions.started).toHaveLength(0);
    secrets.set(TEST_SECRET_NAMES.connection(connection.id), '{"password":"p"}');
    expect(await startRestore(starter, randomUUID(), request, BY, NOW)).toMatchObject({ status: 'running' });
  });
});

describe('the same restore, requested again', () => {
  it('is returned, and not started again, whatever its status', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    const first = await startRestore(starter, id, request, BY, NOW);
    expect(await startRestore(starter, id, request, BY, later(1))).toEqual(first);
    await endRestore(tables, id, { status: 'success' }, later(2));
    expect(await startRestore(starter, id, request, BY, later(3))).toMatchObject({ id, status: 'success' });
    expect(stepFunctions.started).toHaveLength(1);
  });

  it('is one record and one execution name if it is requested twenty times at once', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => startRestore(starter, id, request, BY, NOW)));
    expect(new Set(answers.map((restore) => JSON.stringify(restore))).size).toBe(1);
    expect(new Set(stepFunctions.started.map(({ name }) => name))).toEqual(new Set([id]));
  });

  it('is not a different one with the same id', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    await startRestore(starter, id, request, BY, NOW);
    for (const other of [{ target_database: 'shop2' }, { backup_id: randomUUID() }]) {
      const refused = startRestore(starter, id, { ...request, ...other }, BY, NOW);
      await expect(refused).rejects.toBeInstanceOf(Impossible);
      await expect(refused).rejects.toThrow(`the Idempotency-Key was used for another request: restore ${id}`);
    }
    expect(stepFunctions.started).toHaveLength(1);
  });

  it('gets a record under its id if the execution already exists', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    stepFunctions.failure = new ExecutionAlreadyExists({ message: 'it is there', $metadata: {} });
    const id = randomUUID();
    expect(await startRestore(starter, id, request, BY, NOW)).toMatchObject({ execution_arn: `${EXECUTION}:${id}` });
  });
});
