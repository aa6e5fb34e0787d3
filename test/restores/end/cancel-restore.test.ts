import { randomUUID } from 'node:crypto';
import { ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conflict } from '../../../lib/errors/errors.ts';
import { cancelRestore } from '../../../lib/restores/end/cancel-restore.ts';
import { endRestore } from '../../../lib/restores/end/end-restore.ts';
import { aRestore } from '../../support/records.ts';
import { FakeStepFunctions } from '../../support/step-functions.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Restore';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:Restore';
const NOW = new Date('2026-11-22T02:00:00Z');

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

async function aRunningRestore(fields: Parameters<typeof aRestore>[0] = {}) {
  const stepFunctions = new FakeStepFunctions(MACHINE);
  const restore = aRestore({ execution_arn: 'arn:of:the:execution', ...fields });
  const { records } = tables;
  await records.restores.insert(restore);
  const { events } = tables;
  const canceller = { records, events, stepFunctions: stepFunctions.client, stateMachineArn: MACHINE };
  const cancel = (username = 'night.shift') => cancelRestore(canceller, restore.id, username, NOW);
  return { restore, records, stepFunctions, cancel };
}

describe('cancelling a restore', () => {
  it('stops the execution and records who asked; the restore runs until its task has stopped', async () => {
    const { restore, records, stepFunctions, cancel } = await aRunningRestore();
    const answer = await cancel();
    expect(answer).toEqual({ ...restore, cancelled_by: 'night.shift' });
    expect(await records.restores.get(restore.id)).toEqual(answer);
    expect(stepFunctions.stopped).toEqual([
      { executionArn: 'arn:of:the:execution', error: 'Cancelled', cause: 'cancelled by night.shift' },
    ]);
  });

  it('finds the execution of a restore whose record does not name it yet', async () => {
    const { restore, stepFunctions, cancel } = await aRunningRestore({ execution_arn: null });
    await cancel();
    expect(stepFunctions.stopped).toMatchObject([{ executionArn: `${EXECUTION}:${restore.id}` }]);
  });

  it('may be requested twice', async () => {
    const { stepFunctions, cancel } = await aRunningRestore();
    await cancel();
    expect(await cancel('day.shift')).toMatchObject({ status: 'running', cancelled_by: 'day.shift' });
    expect(stepFunctions.stopped).toHaveLength(2);
  });

  it('ends a restore without an execution at once, because nothing else would', async () => {
    const { restore, records, stepFunctions, cancel } = await aRunningRestore();
    stepFunctions.failure = new ExecutionDoesNotExist({ message: 'none', $metadata: {} });
    expect(await cancel()).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED', message: 'cancelled by night.shift', hint: 'The target is as it was before.' },
    });
    expect(await records.restores.get(restore.id)).toMatchObject({ status: 'cancelled' });
  });

  it('ends a restore whose execution ended long ago without being recorded', async () => {
    const { restore, records, stepFunctions, cancel } = await aRunningRestore();
    stepFunctions.described = { status: 'FAILED', stopDate: new Date(NOW.getTime() - 4 * 60_000) };
    expect(await cancel()).toMatchObject({ status: 'running' });
    stepFunctions.described = { status: 'FAILED', stopDate: new Date(NOW.getTime() - 6 * 60_000) };
    expect(await cancel()).toMatchObject({ status: 'cancelled' });
    expect(await records.restores.get(restore.id)).toMatchObject({ status: 'cancelled' });
  });

  it('waits for a worker that still reports, however long ago its execution ended', async () => {
    const seen = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
    const { restore, records, stepFunctions, cancel } = await aRunningRestore({
      claimed_by: 'arn:of:a:task:that:is:not:watched',
      target_state: 'incomplete',
      worker_seen_at: seen(10_000),
    });
    stepFunctions.described = { status: 'ABORTED', stopDate: new Date(NOW.getTime() - 3_600_000) };
    expect(await cancel()).toMatchObject({ status: 'running' });
    stepFunctions.failure = new ExecutionDoesNotExist({ message: 'none', $metadata: {} });
    expect(await cancel()).toMatchObject({ status: 'running' });
    // it has stopped by itself before that
    await records.restores.update(restore.id, { worker_seen_at: seen(6 * 60_000) });
    expect(await cancel()).toMatchObject({ status: 'cancelled' });
  });

  it.each(['success', 'failed', 'cancelled'] as const)('is refused after it has ended as %s', async (status) => {
    const { restore, records, stepFunctions, cancel } = await aRunningRestore();
    const failure = { code: 'X', message: 'x' };
    await endRestore(tables, restore.id, status === 'success' ? { status } : { status, failure }, NOW);
    const ended = await records.restores.get(restore.id);
    await expect(cancel()).rejects.toBeInstanceOf(Conflict);
    await expect(cancel()).rejects.toThrow(`cannot cancel restore with status: ${status}`);
    expect(stepFunctions.stopped).toHaveLength(0);
    expect(await records.restores.get(restore.id)).toEqual(ended);
  });

  it('passes on an error of Step Functions, and may then be requested again', async () => {
    const { restore, records, stepFunctions, cancel } = await aRunningRestore();
    stepFunctions.failure = new Error('throttled');
    await expect(cancel()).rejects.toThrow('throttled');
    expect(await records.restores.get(restore.id)).toMatchObject({ status: 'running' });
    stepFunctions.failure = undefined;
    await cancel();
    expect(stepFunctions.stopped).toHaveLength(1);
  });

  it('affects only the restore with the given id', async () => {
    const { cancel } = await aRunningRestore();
    const other = aRestore({ id: randomUUID() });
    await tables.records.restores.insert(other);
    await cancel();
    expect(await tables.records.restores.get(other.id)).toEqual(other);
  });
});
