/** A restore that is stopped, whose service dies, or that is started by hand. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { everyCase } from '../support/every-case.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'";

describe.each(everyCase<'postgresql' | 'mariadb'>(['postgresql'], ['mariadb']))(
  'a restore to %s that is held up',
  (dbType) => {
    let harness: Harness;
    let stopServer = async () => {};
    let holder: Session;

    beforeAll(async () => {
      const server = await startServer(dbType);
      if (server === undefined) throw new Error(`no ${dbType}`);
      stopServer = server.stop;
      harness = await startHarness(server);
      await harness.restore(harness.backups[1]);
      holder = await openSession(server, 'shop');
    });
    afterAll(async () => {
      await holder.end();
      await harness.stop();
      await stopServer();
    });

    const toolSessions = () =>
      dbType === 'postgresql'
        ? harness.sql(undefined, SESSIONS)
        : harness.sql(undefined, "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'");

    /** Starts a restore and waits until its tool waits for the holder's lock. */
    async function startHeldUp(): Promise<Restore> {
      await holder.rows(dbType === 'postgresql' ? 'BEGIN' : 'START TRANSACTION');
      await holder.rows(`SELECT * FROM ${dbType === 'postgresql' ? 'sales.customers' : 'customers'} LIMIT 1`);
      const restore = await harness.api.startRestore(harness.backups[1].id);
      await until(async () => (await toolSessions()).length > 0);
      return restore;
    }

    it('refuses a second one to the same database, naming the first, and ends its session when it is stopped', async () => {
      const held = await startHeldUp();
      const second = await harness.api.call('POST', `/api/backups/${harness.backups[0].id}/restore`, {});
      expect(second).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining(held.id), code: 'CONFLICT' },
      });

      harness.service.stateMachines.get(held.execution_arn as string).stop('Stop', 'pressed in the console');
      const ended = await harness.api.follow(held.id);
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'RESTORE_STOPPED' } });
      expect(await toolSessions()).toEqual([]);
      expect(readdirSync(`${harness.stateDirectory}/tasks`)).toEqual([]);

      await holder.rows('COMMIT');
      expect(await harness.restore(harness.backups[0])).toMatchObject({ status: 'success' });
      const wanted = dbType === 'postgresql' ? expected.postgresql : expected['mysql and mariadb'];
      expect(await harness.answer('shop')).toBe(wanted.row);
    });
  },
);

describe('starting an execution by hand, as in the console', () => {
  let harness: Harness;
  let stopServer = async () => {};

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const start = async (name: string, input: unknown) => {
    const { stateMachines, restoreMachineArn } = harness.service;
    const execution = stateMachines.start(restoreMachineArn, name, JSON.stringify(input));
    await execution.ended;
    return execution;
  };

  it('restores with nothing but the id of a backup', async () => {
    const id = randomUUID();
    expect(await start(id, { backup_id: harness.backups[0].id })).toMatchObject({ status: 'SUCCEEDED' });
    expect((await harness.api.call('GET', `/api/restores/${id}`)).body).toMatchObject({
      status: 'success',
      trigger: 'console',
    });
    expect(await harness.answer('shop')).toBe(expected.postgresql.row);
  });

  it('fails clearly for a name that isn’t a UUID', async () => {
    expect(await start('friday-night', { backup_id: harness.backups[0].id })).toMatchObject({
      status: 'FAILED',
      error: 'MALFORMED_REQUEST',
      cause: expect.stringContaining('must be a UUID, not "friday-night"'),
    });
  });

  it.each([
    ['no such backup', { backup_id: randomUUID() }, 'NOT_FOUND', 'backup not found'],
    ['no id', {}, 'MALFORMED_REQUEST', 'not a restore request: backup_id'],
    ['an unknown field', { backup_id: randomUUID(), tarted: 'x' }, 'MALFORMED_REQUEST', 'tarted'],
  ])('fails clearly for %s', async (_, input, error, cause) => {
    const id = randomUUID();
    expect(await start(id, input)).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
    const { status, body } = await harness.api.call('GET', `/api/restores/${id}`);
    if (status === 200) expect(body).toMatchObject({ status: 'failed', error: { code: error } });
  });
});

describe('a service that is killed', () => {
  it('ends the running restore when it starts again, and leaves no process behind', async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    const harness = await startHarness(server);
    await harness.restore(harness.backups[1]);
    // as a killed verification leaves it
    await harness.service.records.backups.update(harness.backups[1].id, { verify_status: 'verifying' });
    await harness.service.stop();
    const holder = await openSession(server, 'shop');
    await holder.rows('BEGIN');
    await holder.rows('SELECT * FROM sales.customers LIMIT 1');

    const first = await serve(harness.stateDirectory);
    expect((await first.api.call('GET', `/api/backups/${harness.backups[1].id}`)).body).toMatchObject({
      verify_status: 'passed',
      verify_attempt: { error: { code: 'STOPPED' } },
    });
    const held = await first.api.startRestore(harness.backups[1].id);
    await until(async () => (await harness.sql(undefined, SESSIONS)).length > 0);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await until(async () => (await harness.sql(undefined, SESSIONS)).length === 0);
    await holder.rows('COMMIT');
    await holder.end();

    const second = await serve(harness.stateDirectory);
    expect(await second.api.follow(held.id)).toMatchObject({ status: 'failed' });
    expect(readdirSync(harness.stateDirectory)).not.toContain('tasks');
    const again = await second.api.startRestore(harness.backups[0].id);
    expect(await second.api.follow(again.id)).toMatchObject({ status: 'success' });
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
    await harness.remove();
    await server.stop();
  });
});
