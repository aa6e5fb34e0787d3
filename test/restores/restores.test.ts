import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conflict, Impossible, NotFound } from '../../lib/domain/errors.ts';
import { executionInput, planRestore } from '../../lib/domain/restore-request.ts';
import { endRestore, recordError } from '../../lib/restores/end-restore.ts';
import { RestoreReporter } from '../../lib/restores/reporter.ts';
import { type RestoreStarter, startRestore } from '../../lib/restores/start-restore.ts';
import { holdsTarget, takeTarget } from '../../lib/restores/take-target.ts';
import { aBackup, aConnection, aRestore } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const records = () => tables.records;

const NOW = new Date('2026-11-22T02:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
/** A plan on a target of its own. */
const aPlan = () => planRestore({}, aBackup(), aConnection({ host: `${randomUUID()}.example.com` }));
const FAILURE = { code: 'TASK_FAILED', message: 'the task failed' };

describe('takeTarget', () => {
  it('of 50 that take one target at once, one has it', async () => {
    const plan = aPlan();
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const taken = await Promise.allSettled(ids.map((id) => takeTarget(records(), id, plan, NOW)));
    const winners = ids.filter((_, index) => taken[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of taken) {
      if (result.status === 'rejected') {
        expect(result.reason).toBeInstanceOf(Conflict);
        expect(result.reason.message).toBe(`restore ${winners[0]} is writing to database shop of Production PG`);
      }
    }
  });

  it('the same restore may take it again, and another target is free', async () => {
    const plan = aPlan();
    const id = randomUUID();
    await takeTarget(records(), id, plan, NOW);
    await takeTarget(records(), id, plan, NOW);
    await takeTarget(records(), randomUUID(), { ...plan, database: 'shop2' }, NOW);
    await expect(takeTarget(records(), randomUUID(), plan, NOW)).rejects.toThrow(id);
  });

  it('a connection by another name to the same server is the same target', async () => {
    const plan = aPlan();
    const alias = { ...plan, target: aConnection({ name: 'alias', host: plan.target.host.toUpperCase() }) };
    await takeTarget(records(), randomUUID(), plan, NOW);
    await expect(takeTarget(records(), randomUUID(), alias, NOW)).rejects.toBeInstanceOf(Conflict);
  });

  it('the lock of a running restore holds however old it is', async () => {
    const plan = aPlan();
    const restore = aRestore();
    await takeTarget(records(), restore.id, plan, NOW);
    await records().restores.insert(restore);
    await expect(takeTarget(records(), randomUUID(), plan, later(86_400))).rejects.toThrow(restore.id);
  });

  it.each(['success', 'failed', 'cancelled'] as const)(
    'the lock of a restore that ended as %s is void, for one',
    async (status) => {
      const plan = aPlan();
      const restore = aRestore({ status });
      await takeTarget(records(), restore.id, plan, NOW);
      await records().restores.insert(restore);
      const ids = Array.from({ length: 20 }, () => randomUUID());
      const taken = await Promise.allSettled(ids.map((id) => takeTarget(records(), id, plan, later(1))));
      const winners = ids.filter((_, index) => taken[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      await expect(takeTarget(records(), randomUUID(), plan, later(1))).rejects.toThrow(winners[0]);
    },
  );

  it('a lock without a record is void after a minute, not before', async () => {
    const plan = aPlan();
    const dead = randomUUID();
    await takeTarget(records(), dead, plan, NOW);
    for (const seconds of [0, 1, 60]) {
      await expect(takeTarget(records(), randomUUID(), plan, later(seconds))).rejects.toThrow(dead);
    }
    const next = randomUUID();
    await takeTarget(records(), next, plan, later(61));
    await expect(takeTarget(records(), randomUUID(), plan, later(61))).rejects.toThrow(next);
  });

  it('is held by the restore that took it, as long as that runs', async () => {
    const plan = aPlan();
    const restore = aRestore();
    expect(await holdsTarget(records(), restore.id, plan)).toBe(false);
    await takeTarget(records(), restore.id, plan, NOW);
    expect(await holdsTarget(records(), restore.id, plan)).toBe(false);
    await records().restores.insert(restore);
    expect(await holdsTarget(records(), restore.id, plan)).toBe(true);
    expect(await holdsTarget(records(), randomUUID(), plan)).toBe(false);
    expect(await holdsTarget(records(), restore.id, { ...plan, database: 'shop2' })).toBe(false);
    await endRestore(records(), restore.id, { status: 'success' }, NOW);
    expect(await holdsTarget(records(), restore.id, plan)).toBe(false);
  });
});

describe('endRestore', () => {
  it('of 20 that end it at once, one does', async () => {
    const restore = aRestore({ started_at: NOW.toISOString() });
    await records().restores.insert(restore);
    const ended = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        endRestore(
          records(),
          restore.id,
          index % 2 ? { status: 'success' } : { status: 'failed', failure: { code: 'X', message: `by ${index}` } },
          later(index),
        ),
      ),
    );
    expect(ended.filter(Boolean)).toHaveLength(1);
    const winner = ended.indexOf(true);
    expect(await records().restores.get(restore.id)).toMatchObject({
      status: winner % 2 ? 'success' : 'failed',
      duration_ms: winner * 1000,
      completed_at: later(winner).toISOString(),
      error: winner % 2 ? null : { message: `by ${winner}` },
    });
    expect(await endRestore(records(), restore.id, { status: 'success' }, later(99))).toBe(false);
  });

  it('ends nothing that is not there', async () => {
    const id = randomUUID();
    expect(await endRestore(records(), id, { status: 'success' }, NOW)).toBe(false);
    expect(await records().restores.get(id)).toBeUndefined();
  });

  it('keeps the error that the container recorded', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const own = { code: 'DECRYPT_ERROR', message: 'DECRYPT ERROR: frame 7', hint: 'h.' };
    await recordError(records(), restore.id, own);
    await recordError(records(), restore.id, FAILURE);
    expect(await endRestore(records(), restore.id, { status: 'failed', failure: FAILURE }, NOW)).toBe(true);
    expect(await records().restores.get(restore.id)).toMatchObject({
      status: 'failed',
      error: own,
      log_output: 'DECRYPT ERROR: frame 7\n',
    });
  });

  it('an error that comes after the end is not recorded', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    await endRestore(records(), restore.id, { status: 'success' }, NOW);
    await recordError(records(), restore.id, FAILURE);
    expect(await records().restores.get(restore.id)).toMatchObject({ status: 'success', error: null, log_output: '' });
  });
});

describe('RestoreReporter', () => {
  /** The records, with every update of a restore noted. */
  function watched() {
    const writes: number[] = [];
    const { restores } = records();
    const update: typeof restores.update = (...args) => {
      writes.push(Date.now());
      return restores.update(...args);
    };
    const watchedRestores = { get: (id: string) => restores.get(id), update } as typeof restores;
    return { writes, records: { ...records(), restores: watchedRestores } };
  }

  it('writes at most once a second, and the rest at its close', async () => {
    const restore = aRestore({ log_output: 'before\n' });
    await records().restores.insert(restore);
    const { writes, records: noted } = watched();
    const reporter = await RestoreReporter.open(noted, restore.id);
    reporter.stage('restoring', 1000);
    for (let index = 0; index < 220; index++) {
      reporter.progress(index);
      if (index % 50 === 0) reporter.log(`line ${index}`);
      await sleep(10);
    }
    expect(writes.length).toBeGreaterThanOrEqual(1);
    expect(writes.length).toBeLessThanOrEqual(4);
    for (let index = 1; index < writes.length; index++) {
      expect((writes[index] as number) - (writes[index - 1] as number)).toBeGreaterThan(800);
    }
    reporter.warn('stays');
    await reporter.close();
    expect(await records().restores.get(restore.id)).toEqual({
      ...restore,
      log_output: 'before\nline 0\nline 50\nline 100\nline 150\nline 200\nWARNING: stays\n',
      warnings: ['stays'],
      progress: { stage: 'restoring', bytes_done: 219, bytes_total: 1000 },
    });
  });

  it('writes nothing where there is nothing to tell', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const { writes, records: noted } = watched();
    await (await RestoreReporter.open(noted, restore.id)).close();
    expect(writes).toHaveLength(0);
  });

  it('tells when the restore has ended meanwhile, once, and writes no more to it', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    let told = 0;
    const { writes, records: noted } = watched();
    const reporter = await RestoreReporter.open(noted, restore.id, () => {
      told += 1;
    });
    await endRestore(records(), restore.id, { status: 'cancelled', failure: FAILURE }, NOW);
    const ended = await records().restores.get(restore.id);
    reporter.log('still going');
    while (told === 0) await sleep(20);
    reporter.log('and going');
    await reporter.close();
    expect(told).toBe(1);
    expect(writes).toHaveLength(1);
    expect(await records().restores.get(restore.id)).toEqual(ended);
  });

  it('what could not be written is written later', async () => {
    const restore = aRestore();
    await records().restores.insert(restore);
    const { restores } = records();
    let failures = 1;
    const update: typeof restores.update = (...args) => {
      if (failures-- > 0) throw new Error('the network is down');
      return restores.update(...args);
    };
    const failing = { ...records(), restores: { get: (id: string) => restores.get(id), update } as typeof restores };
    const reporter = await RestoreReporter.open(failing, restore.id);
    reporter.log('a');
    while (failures > 0) await sleep(20);
    await reporter.close();
    expect((await restores.get(restore.id))?.log_output).toBe('a\n');
  });

  it('refuses a restore that is not there', async () => {
    await expect(RestoreReporter.open(records(), randomUUID())).rejects.toBeInstanceOf(NotFound);
  });
});

describe('startRestore', () => {
  const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Restore';

  /** Starts what it was told of, and throws on all else. */
  class StepFunctions {
    readonly started: { name: string; input: unknown }[] = [];
    failure: Error | undefined;
    onStart: (name: string) => Promise<void> = async () => {};
    async send(command: unknown) {
      if (!(command instanceof StartExecutionCommand)) throw new Error('not told of this command');
      const { stateMachineArn, name = '', input = '', ...rest } = command.input;
      if (stateMachineArn !== MACHINE || Object.keys(rest).length > 0) throw new Error('not told of this input');
      if (this.failure) throw this.failure;
      this.started.push({ name, input: JSON.parse(input) });
      await this.onStart(name);
      return { executionArn: `${MACHINE}:${name}` };
    }
  }
  async function aStarter() {
    const stepFunctions = new StepFunctions();
    const connection = aConnection({ host: `${randomUUID()}.example.com` });
    const backup = aBackup({ connection_id: connection.id });
    await records().connections.put(connection);
    await records().backups.put(backup);
    const starter = { records: records(), stepFunctions, stateMachineArn: MACHINE } as unknown as RestoreStarter;
    const request = executionInput.parse({ backup_id: backup.id, trigger: 'api' });
    return { stepFunctions, starter, backup, request };
  }

  it('makes execution and record by the restore’s id', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    const restore = await startRestore(starter, id, request, NOW);
    expect(restore).toMatchObject({
      id,
      backup_id: request.backup_id,
      status: 'running',
      execution_arn: `${MACHINE}:${id}`,
    });
    expect(await records().restores.get(id)).toEqual(restore);
    expect(stepFunctions.started).toEqual([{ name: id, input: request }]);
  });

  it('of ten for one target, one is started', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const results = await Promise.allSettled(ids.map((id) => startRestore(starter, id, request, NOW)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(stepFunctions.started).toHaveLength(1);
    const found = await Promise.all(ids.map((id) => records().restores.get(id)));
    expect(found.filter(Boolean).map((restore) => restore?.id)).toEqual([stepFunctions.started[0]?.name]);
  });

  it('a record that the execution’s first state wrote already is the one that is answered', async () => {
    const { starter, stepFunctions, request, backup } = await aStarter();
    const id = randomUUID();
    const written = aRestore({ id, backup_id: backup.id, log_output: 'begun\n', execution_arn: 'by the state' });
    stepFunctions.onStart = async () => void (await records().restores.insert(written));
    expect(await startRestore(starter, id, request, NOW)).toEqual(written);
  });

  it('an execution that does not start leaves no restore behind, and holds the target for a minute at most', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const id = randomUUID();
    stepFunctions.failure = new Error('throttled');
    await expect(startRestore(starter, id, request, NOW)).rejects.toThrow('throttled');
    expect(await records().restores.get(id)).toBeUndefined();
    stepFunctions.failure = undefined;
    await expect(startRestore(starter, randomUUID(), request, later(2))).rejects.toBeInstanceOf(Conflict);
    expect(await startRestore(starter, randomUUID(), request, later(62))).toMatchObject({ status: 'running' });
  });

  it('what is impossible takes no target and starts nothing', async () => {
    const { starter, stepFunctions, request } = await aStarter();
    const mysql = aConnection({ db_type: 'mysql' });
    await records().connections.put(mysql);
    const id = randomUUID();
    await expect(startRestore(starter, id, { ...request, backup_id: randomUUID() }, NOW)).rejects.toThrow(
      'backup not found',
    );
    await expect(
      startRestore(starter, id, { ...request, target_connection: randomUUID() }, NOW),
    ).rejects.toBeInstanceOf(NotFound);
    await expect(startRestore(starter, id, { ...request, target_connection: mysql.id }, NOW)).rejects.toBeInstanceOf(
      Impossible,
    );
    expect(stepFunctions.started).toHaveLength(0);
    expect(await startRestore(starter, randomUUID(), request, NOW)).toMatchObject({ status: 'running' });
  });
});
