/** Recovery plans: how they run, what starts them, and what does not. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { PlanEntry, PlanRun, RecoveryPlan, Trigger } from '../../lib/plans/model.ts';
import { eventRunId } from '../../lib/restores/admission/idempotency.ts';
import type { Restore } from '../../lib/restores/model.ts';
import type { BusEvent } from '../../lib/storage/bus-event.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const LONG_AGO = { kind: 'newest_before', time: '2000-01-01T00:00:00Z' } as const;

describe('recovery plans', () => {
  let harness: Harness;
  let stopServer = async () => {};
  /** The same server, which events may write to. */
  let allowed: Connection;
  const heard: BusEvent[] = [];

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    const { service, connection } = harness;
    allowed = { ...connection, id: randomUUID(), name: 'Standby', event_restore_allowed: true };
    await service.records.connections.put(allowed);
    service.secrets.set(service.secretNames.connection(allowed.id), JSON.stringify({ password: server.password }));
    service.events.subscribe((_, event) => heard.push(event));
    await harness.restore(harness.backups[1], { target_database: 'held' });
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const entryTo = (target_database: string, more: Partial<PlanEntry> = {}): Partial<PlanEntry> => ({
    ...{ connection_id: harness.connection.id, database: 'shop', target_connection: harness.connection.id },
    ...{ target_database, ...more },
  });
  /** Ends as failed at once. */
  const hopeless = () => entryTo('never', { pick: LONG_AGO });
  const triggered = (trigger: Trigger, entry = hopeless()) => plan([[entry]], { triggers: [trigger] });

  async function plan(groups: Partial<PlanEntry>[][], more: Record<string, unknown> = {}): Promise<RecoveryPlan> {
    const { status, body } = await harness.api.call('POST', '/api/recovery-plans', { name: 'A plan', groups, ...more });
    expect([status, body]).toEqual([201, expect.objectContaining({ id: expect.any(String) })]);
    return body as RecoveryPlan;
  }
  async function runOf(id: string): Promise<PlanRun> {
    return (await harness.api.call('GET', `/api/recovery-plan-runs/${id}`)).body as PlanRun;
  }
  async function follow(id: string): Promise<PlanRun> {
    await until(async () => !['running', undefined].includes((await runOf(id)).status), 120_000);
    return runOf(id);
  }
  const start = (planId: string, how = 'run') => harness.api.call('POST', `/api/recovery-plans/${planId}/${how}`);
  async function run({ id }: RecoveryPlan, how?: string): Promise<PlanRun> {
    const { status, body } = await start(id, how);
    expect([status, body]).toEqual([202, expect.objectContaining({ status: 'running', plan_id: id })]);
    return follow((body as PlanRun).id);
  }
  const runsOf = async (planId: string) =>
    (await harness.api.call('GET', `/api/recovery-plan-runs?plan_id=${planId}`)).body as PlanRun[];
  const restores = async () => ((await harness.api.call('GET', '/api/restores?limit=200')).body as Restore[]).length;
  const exists = async (name: string) =>
    (await harness.sql(undefined, `SELECT 1 FROM pg_database WHERE datname = '${name}'`)).length === 1;

  it('restore group after group, the entries of one in parallel, and record each entry', async () => {
    const { connection, backups } = harness;
    const made = await plan([
      [entryTo('p1'), entryTo('p2', { pick: { kind: 'backup', backup_id: backups[0].id } })],
      [entryTo('p3', { pick: { kind: 'newest_before', time: new Date().toISOString() } })],
    ]);
    const ended = await run(made);
    expect(ended).toMatchObject({
      ...{ status: 'success', plan_name: 'A plan', trigger: 'api', started_by: 'npm start', dry_run: false },
      ...{ error: null, duration_ms: expect.any(Number) },
    });
    const [first, second, third] = ended.entries;
    for (const entry of ended.entries) {
      expect(entry).toMatchObject({ status: 'success', error: null, duration_ms: expect.any(Number) });
      const { body } = await harness.api.call('GET', `/api/restores/${entry.restore_id}`);
      expect(body).toMatchObject({
        ...{ status: 'success', trigger: 'api', backup_id: entry.backup_id, target_connection: connection.id },
        ...{ target_database: entry.target_database, completed_at: entry.completed_at },
      });
    }
    // the newest verified one is the one that was restored before
    expect(first?.backup_id).toBe(backups[1].id);
    expect(second?.backup_id).toBe(backups[0].id);
    const startOf = Date.parse(third?.started_at ?? '');
    for (const entry of [first, second]) expect(Date.parse(entry?.completed_at ?? '')).toBeLessThanOrEqual(startOf);
    for (const name of ['p1', 'p2', 'p3']) expect(await harness.answer(name)).toBe(expected.postgresql.row);
    const told = () =>
      heard.filter(
        (event) => event['detail-type'] === 'Recovery Plan Run Status Change' && event.detail.run_id === ended.id,
      );
    await until(async () => told().length === 2);
    expect(told().map(({ detail }) => detail.status)).toEqual(['running', 'success']);
    expect(await runsOf(made.id)).toEqual([ended]);
  });

  it('stop after a failed group, or continue, as configured', async () => {
    const stops = await run(await plan([[hopeless()], [entryTo('behind')]]));
    expect(stops).toMatchObject({
      ...{
        status: 'failed',
        error: { code: 'ENTRIES_FAILED', message: '1 of 2 entries failed; 1 after it skipped' },
      },
      entries: [
        { status: 'failed', restore_id: null, error: { code: 'NOT_FOUND', message: expect.stringContaining('2000') } },
        { status: 'skipped', restore_id: null, started_at: null },
      ],
    });
    expect(await exists('behind')).toBe(false);
    const goes = await run(await plan([[hopeless()], [entryTo('behind')]], { on_failure: 'continue' }));
    expect(goes).toMatchObject({ status: 'failed', entries: [{ status: 'failed' }, { status: 'success' }] });
    expect(await exists('behind')).toBe(true);
  });

  it('check everything in a dry run, and touch nothing', async () => {
    const before = await restores();
    const made = await plan(
      [
        [entryTo('dry'), hopeless()],
        [entryTo('p1'), entryTo('template0')],
      ],
      {
        triggers: [{ kind: 'schedule', expression: 'rate(30 days)' }],
      },
    );
    const ended = await run(made, 'dry-run');
    expect(ended).toMatchObject({ status: 'failed', dry_run: true, error: { code: 'OBSTACLES' } });
    const [dry, old, over, impossible] = ended.entries;
    const notAllowed = expect.stringContaining('does not allow restores that events start');
    expect(dry).toMatchObject({
      ...{ status: 'failed', restore_id: null, backup_id: harness.backups[1].id },
      findings: { database_exists: false, overwritten_tables: 0, obstacles: [notAllowed] },
    });
    expect(dry?.findings?.object_bytes).toBeGreaterThan(0);
    expect(dry?.findings?.server_version).toEqual(expect.any(String));
    expect(old).toMatchObject({ status: 'failed', error: { code: 'NOT_FOUND' } });
    expect(over?.findings).toMatchObject({ database_exists: true, overwritten_tables: expect.any(Number) });
    expect(over?.findings?.overwritten_tables).toBeGreaterThan(0);
    expect(impossible).toMatchObject({ status: 'failed', error: { code: 'IMPOSSIBLE' } });
    await harness.api.call('PUT', `/api/recovery-plans/${made.id}`, { triggers: [], groups: [[entryTo('dry')]] });
    expect(await run(made, 'dry-run')).toMatchObject({ status: 'success', entries: [{ status: 'success' }] });
    expect(await exists('dry')).toBe(false);
    expect(await restores()).toBe(before);
  });

  it('are cancelled with their running restores, and run one at a time', async () => {
    const holder = await openSession(harness.server, 'held');
    await holder.rows('BEGIN');
    await holder.rows('SELECT * FROM sales.customers LIMIT 1');
    const made = await plan([[entryTo('held')], [entryTo('behind')]]);
    const { id } = (await start(made.id)).body as PlanRun;
    await until(async () => {
      const restoreId = (await runOf(id)).entries[0]?.restore_id;
      if (!restoreId) return false;
      const { body } = await harness.api.call('GET', `/api/restores/${restoreId}`);
      return (body as Restore).progress?.stage === 'restoring';
    }, 60_000);
    expect(await start(made.id)).toMatchObject({ status: 409, body: { error: expect.stringContaining(id) } });
    expect(await harness.api.call('POST', `/api/recovery-plan-runs/${id}/cancel`)).toMatchObject({ status: 202 });
    const ended = await follow(id);
    expect(ended).toMatchObject({
      ...{ status: 'cancelled', cancelled_by: 'npm start', error: { code: 'CANCELLED' } },
      entries: [{ status: 'cancelled' }, { status: 'skipped' }],
    });
    const restore = await harness.api.follow(ended.entries[0]?.restore_id ?? '');
    expect(restore).toMatchObject({ status: 'cancelled', cancelled_by: 'npm start' });
    expect(await harness.api.call('POST', `/api/recovery-plan-runs/${id}/cancel`)).toMatchObject({ status: 409 });
    await holder.rows('COMMIT');
    await holder.end();
  });

  it('are started once by a matching event, and write only where events may', async () => {
    const { service } = harness;
    const trigger: Trigger = { kind: 'event', pattern: { source: ['com.example.monitor'], detail: { lost: [true] } } };
    const made = await plan([[entryTo('by_event', { target_connection: allowed.id }), entryTo('not_allowed')]], {
      triggers: [trigger],
    });
    const event = {
      source: 'com.example.monitor',
      'detail-type': 'Region Lost',
      id: randomUUID(),
      detail: { lost: true },
    };
    await service.events.put({ ...event, detail: { lost: false } }, service.eventBusName);
    expect(await runsOf(made.id)).toEqual([]);
    await Promise.all([
      service.events.put(event, service.eventBusName),
      service.events.put(event, service.eventBusName),
    ]);
    await service.events.put(event, service.eventBusName);
    const ended = await follow(eventRunId(made.id, event.id));
    expect(ended).toMatchObject({
      ...{ status: 'failed', trigger: 'event', started_by: `event ${event.id} of com.example.monitor` },
      entries: [{ status: 'success' }, { status: 'failed', restore_id: null, error: { code: 'FORBIDDEN' } }],
    });
    const { body } = await harness.api.call('GET', `/api/restores/${ended.entries[0]?.restore_id}`);
    expect(body).toMatchObject({ trigger: 'event', target_connection: allowed.id });
    expect(await exists('not_allowed')).toBe(false);
    expect(await runsOf(made.id)).toHaveLength(1);
    const audit = (await harness.api.call('GET', '/api/audit?limit=200')).body as AuditEntry[];
    expect(audit.filter(({ detail }) => detail?.includes(event.id))).toMatchObject([
      { username: 'event com.example.monitor', status: 202, path: `/api/recovery-plan-runs/${ended.id}` },
    ]);
    await harness.api.call('PUT', `/api/recovery-plans/${made.id}`, { enabled: false });
    await service.events.put({ ...event, id: randomUUID() }, service.eventBusName);
    expect(await runsOf(made.id)).toHaveLength(1);
  });

  it('are started by an alarm, and on a schedule', async () => {
    const { events } = harness.service;
    const alarmed = await triggered({ kind: 'alarm', alarms: ['primary-unreachable'], state: 'ALARM' });
    const scheduled = await triggered({ kind: 'schedule', expression: 'cron(30 2 * * ? *)' });
    const alarm = (alarmName: string, value: string) =>
      events.put({
        ...{ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' },
        detail: { alarmName, state: { value }, previousState: { value: 'OK' } },
      });
    await alarm('another', 'ALARM');
    await alarm('primary-unreachable', 'OK');
    expect(await runsOf(alarmed.id)).toEqual([]);
    await alarm('primary-unreachable', 'ALARM');
    const [byAlarm] = await runsOf(alarmed.id);
    expect(await follow(byAlarm?.id ?? '')).toMatchObject({ trigger: 'alarm', entries: [{ status: 'failed' }] });

    for (const time of ['02:29', '02:30', '02:30', '02:31']) await events.tick(new Date(`2026-11-22T${time}:07Z`));
    const byMinute = await runsOf(scheduled.id);
    expect(byMinute).toHaveLength(1);
    expect(await follow(byMinute[0]?.id ?? '')).toMatchObject({ trigger: 'schedule', status: 'failed' });
  });

  it("are never started by the service's own events", async () => {
    const { service } = harness;
    for (const pattern of [
      { source: ['jagad-restore'] },
      { source: [{ prefix: 'jagad' }] },
      { source: [{ 'anything-but': 'aws.s3' }] },
      { 'detail-type': ['Restore Status Change'] },
      { source: ['jagad-restore.requests'] },
    ]) {
      const body = { name: 'A loop', triggers: [{ kind: 'event', pattern }], groups: [[hopeless()]] };
      expect(await harness.api.call('POST', '/api/recovery-plans', body)).toMatchObject({
        ...{ status: 400, body: { code: 'MALFORMED_REQUEST', error: expect.stringContaining('own events') } },
      });
    }
    // one that was made otherwise
    const made = await plan([[hopeless()]]);
    const pattern = { source: ['jagad-restore'] };
    const loop = { ...made, id: randomUUID(), triggers: [{ kind: 'event' as const, pattern }] };
    const { recoveryPlans } = service.records;
    await recoveryPlans.put(loop);
    try {
      await harness.restore(harness.backups[1], { target_database: 'p1' });
      await service.events.idle();
      const detail = { status: 'failed' };
      const envelope = { id: randomUUID(), account: '0', time: new Date().toISOString(), source: 'jagad-restore' };
      await service.invoke('start-plans', { ...envelope, 'detail-type': 'Restore Status Change', detail });
      expect(await runsOf(loop.id)).toEqual([]);
    } finally {
      await recoveryPlans.delete(loop.id);
    }
  });

  it('are refused if they make no sense', async () => {
    const { connection, backups } = harness;
    const other = { ...connection, id: randomUUID(), db_type: 'mysql' as const, name: 'Other' };
    await harness.service.records.connections.put(other);
    const entry = entryTo('x');
    const cases: [Record<string, unknown>, number, string][] = [
      [{ groups: [] }, 400, 'groups'],
      [{ groups: [[]] }, 400, 'groups.0'],
      [{ groups: [[entry, entry]] }, 400, 'group 1 writes to one database twice'],
      [{ groups: Array(6).fill(Array.from({ length: 10 }, (_, n) => entryTo(`x${n}`))) }, 400, '50 entries at most'],
      [
        { groups: [[entry]], triggers: [{ kind: 'event', pattern: { source: [{ suffix: 'x' }] } }] },
        400,
        'is not supported',
      ],
      [{ groups: [[entry]], triggers: [{ kind: 'schedule', expression: 'now and then' }] }, 400, 'write rate'],
      [{ groups: [[entry]], triggers: [{ kind: 'alarm', alarms: [] }] }, 400, 'alarms'],
      [{ groups: [[{ ...entry, target_connection: randomUUID() }]] }, 422, 'there is no connection'],
      [{ groups: [[{ ...entry, target_connection: other.id }]] }, 422, 'is a mysql server'],
      [
        { groups: [[{ ...entry, pick: { kind: 'backup', backup_id: randomUUID() } }]] },
        422,
        'does not belong to database shop',
      ],
      [
        { groups: [[{ ...entry, database: 'other', pick: { kind: 'backup', backup_id: backups[0].id } }]] },
        ...([422, 'does not belong to database other'] as const),
      ],
    ];
    for (const [body, status, why] of cases) {
      const answer = await harness.api.call('POST', '/api/recovery-plans', { name: 'Wrong', ...body });
      expect([body, answer]).toEqual([
        body,
        { status, body: expect.objectContaining({ error: expect.stringContaining(why) }) },
      ]);
    }
    for (const how of ['run', 'dry-run']) expect(await start(randomUUID(), how)).toMatchObject({ status: 404 });
    const made = await plan([[entry]]);
    expect(await harness.api.call('DELETE', `/api/recovery-plans/${made.id}`)).toMatchObject({ status: 204 });
    expect(await harness.api.call('GET', `/api/recovery-plans/${made.id}`)).toMatchObject({ status: 404 });
  });

  it('can be run from the console, by an execution with a plan’s id', async () => {
    const { stateMachines, planMachineArn } = harness.service;
    const made = await plan([[hopeless()]]);
    const id = randomUUID();
    await stateMachines.start(planMachineArn, id, JSON.stringify({ plan_id: made.id })).ended;
    expect(await runOf(id)).toMatchObject({ status: 'failed', trigger: 'console', entries: [{ status: 'failed' }] });
    const unknown = stateMachines.start(planMachineArn, randomUUID(), JSON.stringify({ plan_id: randomUUID() }));
    await unknown.ended;
    expect(unknown).toMatchObject({ status: 'FAILED', cause: 'recovery plan not found' });
  });
});
