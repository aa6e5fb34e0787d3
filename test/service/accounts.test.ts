/**
 * Logging in and out, roles, sessions, and what the audit log records. The long tier floods the sign-in with invented
 * names.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/accounts/model.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { startService } from '../support/service.ts';

const PASSWORD = 'a password for tests';

describe('accounts', () => {
  let service: LocalService;
  let stateDirectory: string;
  let admin: ApiClient;

  beforeAll(async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
    service = await startService({ stateDirectory });
    admin = await ApiClient.logIn(service.url, 'admin', service.newAdminPassword as string);
  });
  afterAll(async () => {
    await service.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const addUser = async (username: string, role: string) => {
    const { status, body } = await admin.call('POST', '/api/users', { username, password: PASSWORD, role });
    expect(status).toBe(201);
    return body as { id: string };
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it('accepts the generated password for the first administrator, and no other password', async () => {
    expect((await admin.call('GET', '/api/auth/check')).body).toMatchObject({ user: 'admin', role: 'admin' });
    const answer = await post('/api/auth/login', { username: 'admin', password: 'wrong' });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: 'wrong username or password' });
  });

  it('answers a login with a token and a cookie, and never stores the token', async () => {
    await addUser('cookie.user', 'viewer');
    const answer = await post('/api/auth/login', { username: 'Cookie.User', password: PASSWORD });
    const { token, expires } = (await answer.json()) as { token: string; expires: string };
    const hours = (Date.parse(expires) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toContain(`session=${token}`);
    for (const flag of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(flag);
    expect(await service.records.sessions.get(token)).toBeUndefined();
  });

  it('accepts the cookie for reading, and for writing only from its own site', async () => {
    await addUser('cookie.writer', 'admin');
    const { token } = await ApiClient.logIn(service.url, 'cookie.writer', PASSWORD);
    const cookie = `session=${token}`;
    expect((await fetch(`${service.url}/api/backups`, { headers: { cookie } })).status).toBe(200);
    const body = { username: 'made.by.cookie', password: PASSWORD, role: 'viewer' };
    expect((await post('/api/users', body, { cookie })).status).toBe(403);
    expect((await post('/api/users', body, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('/api/users', body, { cookie, origin: service.url })).status).toBe(201);
  });

  it('limits roles to what they may do', async () => {
    await addUser('a.viewer', 'viewer');
    await addUser('an.operator', 'operator');
    const viewer = await ApiClient.logIn(service.url, 'a.viewer', PASSWORD);
    const operator = await ApiClient.logIn(service.url, 'an.operator', PASSWORD);
    const id = crypto.randomUUID();
    const as = async (who: ApiClient, method: 'GET' | 'POST', path: string) =>
      (await who.call(method, path, method === 'POST' ? {} : undefined)).status;
    expect(await as(viewer, 'GET', '/api/backups')).toBe(200);
    expect(await as(viewer, 'POST', `/api/backups/${id}/restore`)).toBe(403);
    expect(await as(viewer, 'POST', `/api/restores/${id}/cancel`)).toBe(403);
    expect(await as(operator, 'POST', `/api/backups/${id}/restore`)).toBe(404);
    expect(await as(operator, 'GET', '/api/users')).toBe(403);
    expect(await as(operator, 'GET', '/api/audit')).toBe(403);
    expect(await as(admin, 'GET', '/api/users')).toBe(200);
  });

  it('ends a session at logout, and all others when the password changes', async () => {
    await addUser('changer', 'viewer');
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => ApiClient.logIn(service.url, 'changer', PASSWORD)));
    const check = async (client: ApiClient | undefined) =>
      (await (client as ApiClient).call('GET', '/api/auth/check')).status;
    expect((await (one as ApiClient).call('POST', '/api/auth/logout')).status).toBe(204);
    expect([await check(one), await check(two), await check(three)]).toEqual([401, 200, 200]);
    const change = { current_password: PASSWORD, new_password: 'another one altogether' };
    expect(
      (await (two as ApiClient).call('PUT', '/api/auth/password', { ...change, current_password: 'no' })).status,
    ).toBe(403);
    expect((await (two as ApiClient).call('PUT', '/api/auth/password', change)).status).toBe(204);
    expect([await check(two), await check(three)]).toEqual([200, 401]);
    await ApiClient.logIn(service.url, 'changer', 'another one altogether');
  });

  it('ends the sessions of a user whose role changes or who is removed, and keeps one administrator', async () => {
    const { id } = await addUser('passing.through', 'operator');
    const session = await ApiClient.logIn(service.url, 'passing.through', PASSWORD);
    expect((await admin.call('PUT', `/api/users/${id}`, { role: 'viewer' })).body).toMatchObject({ role: 'viewer' });
    expect((await session.call('GET', '/api/auth/check')).status).toBe(401);
    expect((await admin.call('DELETE', `/api/users/${id}`)).status).toBe(204);
    expect((await admin.call('GET', `/api/users/${id}`)).status).toBe(404);
    expect((await post('/api/auth/login', { username: 'passing.through', password: PASSWORD })).status).toBe(401);
    expect(
      (await admin.call('POST', '/api/users', { username: 'A.VIEWER', password: PASSWORD, role: 'viewer' })).status,
    ).toBe(409);
    const users = (await admin.call('GET', '/api/users')).body as { id: string; role: string; username: string }[];
    expect(JSON.stringify(users)).not.toContain('scrypt');
    const admins = users.filter(({ role }) => role === 'admin');
    for (const { id: other, username } of admins)
      if (username !== 'admin') await admin.call('DELETE', `/api/users/${other}`);
    const me = admins.find(({ username }) => username === 'admin');
    expect((await admin.call('DELETE', `/api/users/${me?.id}`)).status).toBe(409);
  });

  const logIn = (username: string, password: string) => post('/api/auth/login', { username, password });
  it('slows guesses down, even many at once, and never locks a user out', { timeout: 90_000 }, async () => {
    await addUser('guessed', 'viewer');
    await addUser('neighbour', 'viewer');
    const session = await ApiClient.logIn(service.url, 'guessed', PASSWORD);
    const began = performance.now();
    const guesses = await Promise.all(Array.from({ length: 40 }, () => logIn('guessed', 'a guess')));
    const seconds = (performance.now() - began) / 1000;
    const statuses = guesses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    // five at once, three while the delay grows, and then one every two seconds
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(8 + Math.ceil(seconds / 2));
    const refused = guesses.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused?.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS', hint: expect.stringContaining('Wait') });

    // the right password waits for its turn, and is not refused; another name does not even wait
    const right = await logIn('guessed', PASSWORD);
    expect(right.status).toBe(200);
    expect((await logIn('neighbour', PASSWORD)).status).toBe(200);
    expect((await session.call('GET', '/api/auth/check')).status).toBe(200);
  });

  it('records sign-ins in the audit log, and only a few of a flood of failures', async () => {
    const entries = (await admin.call('GET', '/api/audit?limit=200')).body as AuditEntry[];
    const signIns = entries.filter(({ call }) => call === 'POST /api/auth/login');
    expect(signIns).toContainEqual(
      expect.objectContaining({ username: 'neighbour', role: 'viewer', status: 200, address: '127.0.0.1' }),
    );
    const failed = signIns.filter(({ username, status }) => username === 'guessed' && status === 401);
    expect(failed.length).toBeGreaterThanOrEqual(3);
    expect(failed.length).toBeLessThanOrEqual(8);
    expect(failed[0]).toMatchObject({
      role: null,
      address: '127.0.0.1',
      detail: expect.stringMatching(/^failure \d+ /),
    });
    // typed into the wrong field
    expect((await logIn('my secret password!', 'x')).status).toBe(401);
    const [last] = (await admin.call('GET', '/api/audit?limit=1')).body as AuditEntry[];
    expect(JSON.stringify(last)).not.toContain('my secret');
  });

  it("slows down guesses of the user's own password too", { timeout: 60_000 }, async () => {
    await addUser('self.guesser', 'viewer');
    const { token } = await ApiClient.logIn(service.url, 'self.guesser', PASSWORD);
    const session = new ApiClient(service.url, token);
    const body = { current_password: 'a guess', new_password: 'another one altogether' };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => session.call('PUT', '/api/auth/password', body)),
    );
    expect(answers.filter(({ status }) => status === 403).length).toBeLessThan(15);
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
  });

  it('records in the audit log what was changed in users, settings, plans and keys', async () => {
    const last = async () => ((await admin.call('GET', '/api/audit?limit=1')).body as AuditEntry[])[0]?.changes;
    const { id } = await addUser('audited', 'viewer');
    expect(await last()).toEqual([
      { field: 'id', from: null, to: id },
      { field: 'username', from: null, to: 'audited' },
      { field: 'role', from: null, to: 'viewer' },
      { field: 'password', from: null, to: 'changed' },
    ]);
    await admin.call('PUT', `/api/users/${id}`, { role: 'operator', password: `${PASSWORD} 2` });
    expect(await last()).toEqual([
      { field: 'role', from: 'viewer', to: 'operator' },
      { field: 'password', from: null, to: 'changed' },
    ]);
    await admin.call('DELETE', `/api/users/${id}`);
    expect(await last()).toContainEqual({ field: 'username', from: 'audited', to: null });

    await admin.call('PUT', '/api/settings', { verify_new_backups: false });
    expect(await last()).toEqual([{ field: 'verify_new_backups', from: 'true', to: 'false' }]);

    const server = { name: 'S', db_type: 'postgresql', host: 'h', port: 1, username: 'u' };
    const { body: connection } = await admin.call('POST', '/api/connections', server);
    const connection_id = (connection as { id: string }).id;
    const entry = { connection_id, database: 'shop', target_connection: connection_id, target_database: 'copy' };
    const { body: plan } = await admin.call('POST', '/api/recovery-plans', { name: 'P', groups: [[entry]] });
    const path = `/api/recovery-plans/${(plan as { id: string }).id}`;
    await admin.call('PUT', path, { groups: [[{ ...entry, database: 'stock' }]], enabled: false });
    expect(await last()).toEqual([
      { field: 'enabled', from: 'true', to: 'false' },
      { field: 'groups.0.0.database', from: 'shop', to: 'stock' },
    ]);
    await admin.call('DELETE', path);
    expect(await last()).toContainEqual({ field: 'name', from: 'P', to: null });

    await admin.call('POST', '/api/encryption-keys', { id: 'k1', value: 'the value of a key' });
    expect(await last()).toContainEqual({ field: 'value', from: null, to: 'changed' });
    expect(JSON.stringify((await admin.call('GET', '/api/audit')).body)).not.toContain('the value of a key');
  });

  it('keeps an audit record of every write', async () => {
    const entries = (await admin.call('GET', '/api/audit?limit=200')).body as AuditEntry[];
    expect(entries).toContainEqual(
      expect.objectContaining({ username: 'admin', call: 'POST /api/users', status: 201, address: '127.0.0.1' }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ username: 'a.viewer', status: 403 }));
    expect(entries.filter(({ call }) => call.startsWith('GET '))).toEqual([]);
    expect(JSON.stringify(entries)).not.toContain(PASSWORD);
  });

  it('keeps an administrator even if all of them are removed at once', async () => {
    for (const name of ['chief.one', 'chief.two', 'chief.three']) await addUser(name, 'admin');
    // the session of the account that started the service isn't a user's
    const starter = new ApiClient(service.url, service.token);
    const admins = async () => {
      const users = (await starter.call('GET', '/api/users')).body as { id: string; role: string }[];
      return users.filter(({ role }) => role === 'admin');
    };
    const answers = await Promise.all(
      (await admins()).map(({ id }, index) =>
        index % 2 === 0
          ? starter.call('PUT', `/api/users/${id}`, { role: 'viewer' })
          : starter.call('DELETE', `/api/users/${id}`),
      ),
    );
    const left = await admins();
    expect(left.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(left.length);
  });
});
