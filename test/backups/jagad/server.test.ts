/** The test's Jagad answers like the recorded one: otherwise, tests with it prove nothing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JagadServer, recorded, recordedText, startJagad } from '../../support/jagad-server.ts';

let jagad: JagadServer;
beforeAll(async () => {
  jagad = await startJagad();
});
afterAll(() => jagad.stop());

const get = (path: string, authorization: string | undefined = jagad.signIn()) =>
  fetch(`${jagad.url}${path}`, { headers: authorization === '' ? {} : { authorization } });

it('answers a page byte for byte', async () => {
  expect(await (await get('/api/backups?limit=100')).text()).toBe(recordedText('backups-limit-100.raw.json'));
});

it.each([
  ['/api/backups', 'backups-default'],
  ['/api/backups?limit=100&offset=100', 'backups-limit-100-offset-100'],
  ['/api/backups?limit=100&offset=200', 'backups-limit-100-offset-200'],
  ['/api/backups?limit=200', 'backups-limit-200'],
  ['/api/backups?limit=0', 'backups-limit-0'],
  ['/api/backups?limit=-1', 'backups-limit-negative'],
  ['/api/backups?limit=all', 'backups-limit-word'],
  ['/api/backups?limit=50&offset=50', 'backups-limit-50-offset-50'],
  ['/api/backups?limit=7&offset=3', 'backups-limit-7-offset-3'],
  ['/api/backups?offset=100', 'backups-offset-100'],
  ['/api/backups?offset=-1', 'backups-offset-negative'],
  ['/api/backups?status=failed&limit=2', 'backups-status-ignored'],
  ['/api/backups?connection_id=d8d603bd-574e-4733-98d1-38e72cc8d128&limit=100', 'backups-of-new-connection'],
  ['/api/backups?connection_id=nope', 'backups-of-unknown-connection'],
  ['/api/backups/eadf8156-ed02-41c0-a9b4-9ba1af536e51', 'backup-running-for-ever'],
  ['/api/backups/nope', 'backup-not-a-uuid'],
  ['/api/connections', 'connections'],
  ['/api/connections/00000000-0000-4000-8000-000000000000', 'connection-unknown'],
  ['/api/connections/293e0712-1d76-4719-b1cc-06f6e9935d52/databases', 'databases-ops'],
  ['/api/connections/00000000-0000-4000-8000-000000000000/databases', 'databases-unknown'],
  ['/api/storage-providers', 'storage-providers'],
  ['/api/storage-providers/nope', 'storage-provider-unknown'],
])('answers %s as %s', async (path, name) => {
  const { status } = recorded('index.json').find((one: { name: string }) => one.name === name);
  const answer = await get(path);
  expect([answer.status, await answer.json()]).toEqual([status, recorded(`${name}.json`)]);
});

it('accepts tokens only without Bearer, and only until it restarts', async () => {
  const token = jagad.signIn();
  for (const refused of ['', `Bearer ${token}`, 'other']) {
    const answer = await get('/api/backups', refused);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8']);
    expect(await answer.json()).toEqual(recorded('unauthorized.json'));
  }
  expect((await get('/api/backups', token)).status).toBe(200);
  jagad.restart();
  expect((await get('/api/backups', token)).status).toBe(401);
});

it('lets a user in only with the right password', async () => {
  const login = (body: string) => fetch(`${jagad.url}/api/auth/login`, { method: 'POST', body });
  const { username, password } = jagad;
  expect(await (await login(JSON.stringify({ username, password: 'wrong' }))).json()).toEqual(
    recorded('login-wrong.json'),
  );
  expect(await (await login('{')).json()).toEqual(recorded('login-bad-json.json'));
  const { token } = (await (await login(JSON.stringify({ username, password }))).json()) as { token: string };
  expect((await get('/api/connections', token)).status).toBe(200);
});
