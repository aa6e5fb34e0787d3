/**
 * What events start, and what the service announces by events: through the SDK, on the service's own bus and the
 * default one.
 */
import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { eventRestoreId } from '../../lib/restores/admission/idempotency.ts';
import type { Restore } from '../../lib/restores/model.ts';
import type { BusEvent } from '../../lib/storage/bus-event.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const REQUESTED = { source: 'jagad-restore.requests', 'detail-type': 'Restore Requested' };

describe('events', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let client: EventBridgeClient;
  /** The same server, which events may write to. */
  let allowed: Connection;
  let heard: BusEvent[] = [];

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    const { service, connection } = harness;
    allowed = { ...connection, id: randomUUID(), name: 'Standby', event_restore_allowed: true };
    await service.records.connections.put(allowed);
    service.secrets.set(service.secretNames.connection(allowed.id), JSON.stringify({ password: server.password }));
    client = new EventBridgeClient({
      ...{ endpoint: service.eventBridgeUrl, region: 'us-east-1' },
      credentials: service.credentials,
    });
    service.events.subscribe((bus, event) => {
      if (bus === service.eventBusName) heard.push(event);
    });
  });
  beforeEach(() => {
    heard = [];
  });
  afterAll(async () => {
    client.destroy();
    await harness.stop();
    await stopServer();
  });

  /** @returns the event's id. */
  async function request(detail: unknown, { bus, source = REQUESTED.source }: { bus?: string; source?: string } = {}) {
    const entry = {
      Source: source,
      DetailType: 'Restore Requested',
      Detail: JSON.stringify(detail),
      EventBusName: bus,
    };
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    return String(Entries[0]?.EventId);
  }
  async function auditOf(eventId: string): Promise<AuditEntry[]> {
    const { body } = await harness.api.call('GET', '/api/audit?limit=200');
    return (body as AuditEntry[]).filter(({ detail }) => detail?.includes(eventId));
  }
  /** What a refused event has left behind. */
  async function refused(eventId: string) {
    await until(async () => (await auditOf(eventId)).length > 0);
    const { body } = await harness.api.call('GET', `/api/restores/${eventRestoreId(eventId)}`);
    const [audit] = await auditOf(eventId);
    return { audit, restore: (body as Restore).id === undefined ? undefined : (body as Restore) };
  }
  const changes = (type: string) => heard.filter((event) => event['detail-type'] === type).map(({ detail }) => detail);
  const executions = () => harness.service.stateMachines.all().length;

  it('are refused with a record if the database has no verified backup', async () => {
    const { connection } = harness;
    const detail = { connection_id: connection.id, database: 'shop', target_connection: allowed.id };
    const { audit, restore } = await refused(await request(detail, { bus: harness.service.eventBusName }));
    expect(restore).toBeUndefined();
    expect(audit).toMatchObject({
      ...{ username: 'event jagad-restore.requests', role: null, status: 404, address: 'account 000000000000' },
      ...{ call: 'event Restore Requested', detail: expect.stringContaining('NOT_FOUND: no full backup of database') },
    });
    expect(executions()).toBe(0);
  });

  it('restore a backup, also from the default bus, and report its progress', async () => {
    const [, backup] = harness.backups;
    const id = await request({ backup_id: backup.id, target_connection: allowed.id, target_database: 'by_event' });
    const restoreId = eventRestoreId(id);
    await until(async () => (await auditOf(id)).length > 0);
    const restore = await harness.api.follow(restoreId);
    expect(restore).toMatchObject({ status: 'success', trigger: 'event', target_connection: allowed.id });
    expect(await harness.answer('by_event')).toBe(expected.postgresql.row);
    expect(await auditOf(id)).toMatchObject([{ status: 201, path: `/api/restores/${restoreId}` }]);
    await until(async () => changes('Restore Status Change').length === 2);
    const target = { connection_id: allowed.id, database: 'by_event' };
    const { duration_ms, completed_at } = restore;
    expect(changes('Restore Status Change')).toMatchObject([
      { restore_id: restoreId, backup_id: backup.id, status: 'running', target, error: null, completed_at: null },
      {
        restore_id: restoreId,
        backup_id: backup.id,
        status: 'success',
        target,
        error: null,
        duration_ms,
        completed_at,
      },
    ]);
    expect(changes('Backup Verification Status Change')).toMatchObject([
      { backup_id: backup.id, status: 'verifying', connection_id: harness.connection.id, database: 'shop' },
      { backup_id: backup.id, status: 'passed', verified_at: expect.any(String), error: null },
    ]);
    expect(heard.map(({ source }) => source)).toEqual(heard.map(() => 'jagad-restore'));
  });

  it('that come twice start one restore, of the newest verified backup', async () => {
    const { service, connection, backups } = harness;
    const before = executions();
    const detail = {
      ...{ connection_id: connection.id, database: 'shop', verify: 'recent' },
      ...{ target_connection: allowed.id, target_database: 'twice' },
    };
    const event = { ...REQUESTED, id: randomUUID(), detail };
    await Promise.all([service.events.put(event, service.eventBusName), service.events.put(event)]);
    const restore = await harness.api.follow(eventRestoreId(event.id));
    expect(restore).toMatchObject({ status: 'success', backup_id: backups[1].id });
    await service.events.put(event, service.eventBusName);
    expect(executions()).toBe(before + 1);
    expect(await auditOf(event.id)).toMatchObject([{ status: 201 }]);
  });

  it('leave a record of the restore if the backup is known', async () => {
    const { connection, backups, service } = harness;
    const [, backup] = backups;
    const incremental = await harness.addBackup(backup, Buffer.alloc(0), { backup_type: 'incremental' });
    const unfinished = await harness.addBackup(backup, Buffer.alloc(0), { status: 'running' });
    const other: Connection = { ...allowed, id: randomUUID(), db_type: 'mysql' };
    await service.records.connections.put(other);
    const before = executions();
    const cases = [
      [{ backup_id: backup.id, target_connection: connection.id }, 403, 'FORBIDDEN', 'does not allow restores'],
      [{ backup_id: backup.id, target_connection: randomUUID() }, 404, 'NOT_FOUND', 'target connection not found'],
      [{ backup_id: backup.id, target_connection: other.id }, 422, 'IMPOSSIBLE', 'to a mysql server'],
      [{ backup_id: incremental.id, target_connection: allowed.id }, 422, 'IMPOSSIBLE', 'incremental'],
      [{ backup_id: unfinished.id, target_connection: allowed.id }, 409, 'CONFLICT', 'with status: running'],
    ] as const;
    for (const [detail, status, code, message] of cases) {
      const { audit, restore } = await refused(await request(detail, { bus: service.eventBusName }));
      expect(audit).toMatchObject({ status, path: `/api/restores/${restore?.id}` });
      expect(restore).toMatchObject({
        ...{ status: 'failed', trigger: 'event', backup_id: detail.backup_id, execution_arn: null, duration_ms: 0 },
        error: { code, message: expect.stringContaining(message), hint: expect.any(String) },
      });
      expect(restore?.log_output).toBe(`${restore?.error?.message}\n`);
    }
    expect(executions()).toBe(before);
    await until(async () => changes('Restore Status Change').length === cases.length);
    expect(changes('Restore Status Change').map(({ error }) => (error as { code: string }).code)).toEqual(
      cases.map(([, , code]) => code),
    );
  });

  it('are recorded in the audit log if they make no sense', async () => {
    const { backups, service } = harness;
    const target_connection = allowed.id;
    const before = executions();
    const cases = [
      [{}, 400],
      [{ target_connection }, 400],
      [{ backup_id: 'no id', target_connection }, 400],
      [{ backup_id: backups[1].id }, 400],
      [{ backup_id: backups[1].id, connection_id: allowed.id, database: 'shop', target_connection }, 400],
      [{ backup_id: backups[1].id, target_connection, verify: 'skip' }, 400],
      [{ backup_id: backups[1].id, target_connection, force: true }, 400],
      [{ backup_id: randomUUID(), target_connection }, 404],
    ] as const;
    for (const [detail, status] of cases) {
      const { audit, restore } = await refused(await request(detail, { bus: service.eventBusName }));
      expect([detail, audit?.status, restore]).toEqual([detail, status, undefined]);
    }
    expect(executions()).toBe(before);
  });

  it('from the service itself start nothing, even if they reach the function', async () => {
    const { backups, service } = harness;
    const detail = { backup_id: backups[1].id, target_connection: allowed.id };
    const before = executions();
    for (const bus of [service.eventBusName, undefined]) {
      const id = await request(detail, { source: 'jagad-restore', ...(bus === undefined ? {} : { bus }) });
      await service.events.idle();
      expect(await auditOf(id)).toEqual([]);
    }
    const event = { ...REQUESTED, source: 'jagad-restore', id: randomUUID(), account: '0', detail };
    await service.invoke('restore-requested', { ...event, time: new Date().toISOString() });
    expect(await auditOf(event.id)).toMatchObject([{ status: 403, username: 'event jagad-restore' }]);
    expect(executions()).toBe(before);
  });

  it('find a target busy if it is being restored to', async () => {
    const { backups, service } = harness;
    const body = { target_connection: allowed.id, target_database: 'busy' };
    const running = await harness.api.startRestore(backups[0].id, body);
    const { audit, restore } = await refused(
      await request({ backup_id: backups[1].id, ...body }, { bus: service.eventBusName }),
    );
    expect(audit).toMatchObject({ status: 409 });
    expect(restore).toMatchObject({ status: 'failed', error: { message: expect.stringContaining(running.id) } });
    expect(await harness.api.follow(running.id)).toMatchObject({ status: 'success' });
  });
});
