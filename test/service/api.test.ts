/** The API's calls as a client sees them, good and bad. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { backupRecord } from '../../lib/local/demo/register.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

describe('the API', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let backup: Backup;

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    backup = harness.backups[0];
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${harness.service.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${harness.service.token}`, ...init.headers },
    });
  const post = (path: string, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    request(path, { method: 'POST', body, headers });

  it('reports its health without a login', async () => {
    const answer = await fetch(`${harness.service.url}/api/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      encryption_key_set: true,
      storage_provider_set: true,
    });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('requires a token: %s', async (_, headers) => {
    for (const path of [
      '/api/backups',
      `/api/backups/${backup.id}`,
      '/api/restores',
      `/api/restores/${randomUUID()}/logs`,
    ]) {
      const answer = await fetch(`${harness.service.url}${path}`, { headers: headers as Record<string, string> });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        error: 'not authenticated',
        code: 'NOT_AUTHENTICATED',
        hint: expect.any(String),
      });
    }
  });

  it('accepts the token without `Bearer` too', async () => {
    expect((await request('/api/backups', { headers: { authorization: harness.service.token } })).status).toBe(200);
  });

  it.each([
    ['GET', '/', 404, 'NOT_FOUND', 'there is no GET /'],
    ['GET', '/api/nonsense', 404, 'NOT_FOUND', 'there is no GET /api/nonsense'],
    ['DELETE', '/api/backups', 405, 'METHOD_NOT_ALLOWED', 'does not support DELETE'],
    ['GET', '/api/backups/not-a-uuid', 404, 'NOT_FOUND', 'backup not found'],
    ['GET', `/api/backups/${randomUUID()}`, 404, 'NOT_FOUND', 'backup not found'],
    ['POST', `/api/backups/${randomUUID()}/restore`, 404, 'NOT_FOUND', 'backup not found'],
    ['GET', `/api/restores/${randomUUID()}`, 404, 'NOT_FOUND', 'restore not found'],
    ['GET', `/api/restores/${randomUUID()}/logs`, 404, 'NOT_FOUND', 'restore not found'],
    ['GET', '/api/backups?limit=0', 400, 'MALFORMED_REQUEST', 'limit'],
    ['GET', '/api/backups?limit=201', 400, 'MALFORMED_REQUEST', 'limit'],
    ['GET', '/api/restores?limit=ten', 400, 'MALFORMED_REQUEST', 'limit'],
    ['GET', '/api/restores?order=up', 400, 'MALFORMED_REQUEST', 'unknown field: order'],
    ['GET', '/api/restores?cursor=bogus', 400, 'MALFORMED_REQUEST', 'cursor'],
  ])('answers %s %s with %i', async (method, path, status, code, message) => {
    const answer = await request(path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, error: expect.stringContaining(message) });
  });

  it.each([
    ['broken JSON', '{"target', 400, 'MALFORMED_REQUEST'],
    ['a list', '[]', 400, 'MALFORMED_REQUEST'],
    ['a text', '"x"', 400, 'MALFORMED_REQUEST'],
    ['an unknown field', '{"target_conection": null}', 400, 'MALFORMED_REQUEST'],
    ['a wrong type', '{"target_database": 7}', 400, 'MALFORMED_REQUEST'],
    ['an empty name', '{"target_database": ""}', 400, 'MALFORMED_REQUEST'],
    ['a name too long', JSON.stringify({ target_database: 'x'.repeat(65) }), 400, 'MALFORMED_REQUEST'],
    ['a name too long for PostgreSQL', JSON.stringify({ target_database: 'ü'.repeat(40) }), 422, 'IMPOSSIBLE'],
    ['an unknown target', JSON.stringify({ target_connection: randomUUID() }), 404, 'NOT_FOUND'],
    ['a body too large', JSON.stringify({ target_database: 'x'.repeat(70_000) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses a restore with %s', async (_, body, status, code) => {
    const answer = await post(`/api/backups/${backup.id}/restore`, body);
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } });
  });

  it("refuses a body that isn't JSON", async () => {
    const answer = await post(`/api/backups/${backup.id}/restore`, 'a=b', { 'content-type': 'text/plain' });
    expect(answer.status).toBe(415);
  });

  it.each([
    [{ status: 'running' }, 409, 'cannot restore backup with status: running'],
    [{ status: 'failed' }, 409, 'cannot restore backup with status: failed'],
    [{ backup_type: 'incremental' }, 422, 'cannot restore an incremental backup made by an unknown tool'],
    [{ db_type: 'mysql' }, 422, 'cannot restore a mysql backup to a postgresql server'],
  ] as const)('refuses to restore a backup with %o', async (fields, status, error) => {
    const other = backupRecord({ ...backup, ...fields, id: randomUUID() });
    await harness.service.records.backups.put(other);
    const answer = await post(`/api/backups/${other.id}/restore`, '{}');
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { error } });
    expect(
      (await harness.service.records.restores.list({}, { limit: 200 })).records.map(({ backup_id }) => backup_id),
    ).not.toContain(other.id);
  });

  it('returns the record of a restore at once, and lists it', async () => {
    const answer = await post(`/api/backups/${backup.id}/restore`, '');
    expect(answer.status).toBe(201);
    const restore = (await answer.json()) as Restore;
    expect(restore).toMatchObject({
      backup_id: backup.id,
      status: 'running',
      trigger: 'api',
      target_connection: null,
      error: null,
    });
    expect(restore.execution_arn).toContain(restore.id);
    await harness.api.follow(restore.id);
    // by the server that it went to, which is the backup's own
    const path = `/api/restores?target_connection=${backup.connection_id}&backup_id=${backup.id}`;
    const list = (await (await request(path)).json()) as Restore[];
    expect(list[0]).toMatchObject({ id: restore.id, status: 'success' });
    expect(JSON.stringify(list)).not.toMatch(/listed_at|"list"/);
  });

  it('treats another connection to the same server as the same target', async () => {
    const alias: Connection = {
      ...harness.connection,
      id: randomUUID(),
      name: 'the same, by another name',
      host: '127.0.0.1',
    };
    await harness.service.records.connections.put(alias);
    const { secrets, secretNames } = harness.service;
    secrets.set(secretNames.connection(alias.id), secrets.get(secretNames.connection(harness.connection.id)) as string);
    const first = await harness.api.startRestore(backup.id, { target_connection: alias.id });
    const answer = await post(`/api/backups/${backup.id}/restore`, '{}');
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining(first.id) },
    });
    await harness.api.follow(first.id);
  });

  it('lists newest first, page by page', async () => {
    const extra = Array.from({ length: 5 }, (_, n) =>
      backupRecord({ ...backup, id: randomUUID(), created_at: new Date(Date.UTC(2025, 0, 1 + n)).toISOString() }),
    );
    for (const record of extra) await harness.service.records.backups.put(record);
    const seen: Backup[] = [];
    let path: string | undefined = '/api/backups?limit=3';
    while (path !== undefined) {
      const answer: Response = await request(path);
      const page = (await answer.json()) as Backup[];
      expect(page.length).toBeLessThanOrEqual(3);
      seen.push(...page);
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    const all = await harness.service.records.backups.list({}, { limit: 200 });
    expect(seen.map(({ id }) => id)).toEqual(all.records.map(({ id }) => id));
    const times = seen.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted().reverse());
  });
});
