/** Who may write to a target, how often a request counts, and how a restore is cancelled. */

import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerOf } from '../../lib/api/routes.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import { RESTORE_STATES } from '../../lib/restores/execution/states.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const CANCEL_WITHIN_MS = 15_000;

describe('control of restores', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let holder: Session;
  /** No task begins before it is open. */
  let gate = Promise.resolve();

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server, { beforeTask: () => gate });
    await harness.restore(harness.backups[1]);
    holder = await openSession(server, 'shop');
  });
  afterAll(async () => {
    await holder.end();
    await harness.stop();
    await stopServer();
  });

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    harness.api.call('POST', `/api/backups/${harness.backups[1].id}/restore`, body, headers);

  it('starts exactly one of a hundred simultaneous restores to one target', async () => {
    // this machine answers four calls at a time: the first one must not finish before the last one is made
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const answers = await Promise.all(Array.from({ length: 100 }, () => post({ target_database: 'hundred' })));
    opened.resolve();
    const started = answers.filter(({ status }) => status === 201);
    expect(started).toHaveLength(1);
    const [{ id }] = started.map(({ body }) => body) as [Restore];
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(99);
    for (const { body } of refused) expect((body as { error: string }).error).toContain(id);
    expect(await harness.api.follow(id)).toMatchObject({ status: 'success' });
    const all = (await harness.api.call('GET', '/api/restores?limit=200')).body as Restore[];
    expect(all.filter(({ target_database }) => target_database === 'hundred')).toHaveLength(1);
  }, 120_000);

  it('answers a repeated request with the first restore, by its key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post({ target_database: 'once' }, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const ids = new Set(answers.map(({ body }) => (body as Restore).id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    await harness.api.follow(id);
    expect(await post({ target_database: 'once' }, key)).toMatchObject({
      status: 201,
      body: { id, status: 'success' },
    });
    expect(await post({ target_database: 'another' }, key)).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining(id) },
    });
    expect(await post({}, { 'idempotency-key': 'a b' })).toMatchObject({ status: 400 });
  });

  it('cancels a restore: its session ends, its record says who cancelled it, and its target is free', async () => {
    await holder.rows('BEGIN');
    await holder.rows('SELECT * FROM sales.customers LIMIT 1');
    const restore = await harness.api.startRestore(harness.backups[1].id);
    const sessions = () =>
      harness.sql(undefined, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'");
    await until(async () => (await sessions()).length > 0);

    const asked = Date.now();
    const answer = await harness.api.call('POST', `/api/restores/${restore.id}/cancel`);
    expect(answer).toMatchObject({ status: 202, body: { cancelled_by: 'npm start' } });
    const ended = await harness.api.follow(restore.id);
    expect(Date.now() - asked).toBeLessThan(CANCEL_WITHIN_MS);
    expect(ended).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED', message: 'cancelled by npm start', hint: expect.stringContaining('incomplete') },
      task_stopped_at: expect.any(String),
    });
    expect(await sessions()).toEqual([]);
    expect(readdirSync(`${harness.stateDirectory}/tasks`)).toEqual([]);
    expect(await harness.api.call('POST', `/api/restores/${restore.id}/cancel`)).toMatchObject({
      status: 409,
      body: { error: 'cannot cancel restore with status: cancelled' },
    });
    expect(await steps(restore.id)).toEqual([
      [RESTORE_STATES.validate, 'success'],
      [RESTORE_STATES.isRead, 'success'],
      [RESTORE_STATES.verify, 'success'],
      [RESTORE_STATES.isPlanned, 'success'],
      [RESTORE_STATES.pipeline, 'cancelled'],
    ]);
    await holder.rows('COMMIT');
    const again = await harness.restore(harness.backups[1]);
    expect(again).toMatchObject({ status: 'success' });
    await expect
      .poll(() => steps(again.id))
      .toEqual([
        [RESTORE_STATES.validate, 'success'],
        [RESTORE_STATES.isRead, 'success'],
        [RESTORE_STATES.verify, 'success'],
        [RESTORE_STATES.isPlanned, 'success'],
        [RESTORE_STATES.pipeline, 'success'],
        [RESTORE_STATES.success, 'success'],
      ]);
  });

  async function steps(id: string): Promise<string[][]> {
    const { body } = await harness.api.call('GET', `/api/restores/${id}/steps`);
    return (body as AnswerOf<'GET /api/restores/{id}/steps'>).steps.map(({ name, status }) => [name, status]);
  }

  it('cancels a restore that has not touched its target yet', async () => {
    const restore = await harness.api.startRestore(harness.backups[0].id, { target_database: 'untouched' });
    await harness.api.call('POST', `/api/restores/${restore.id}/cancel`);
    expect(await harness.api.follow(restore.id)).toMatchObject({ status: 'cancelled' });
    expect(await harness.sql(undefined, "SELECT 1 FROM pg_database WHERE datname = 'untouched'")).toEqual([]);
  });
});
