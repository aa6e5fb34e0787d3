/** Encryption keys as a client of the API sees them: values go in, open backups, and are never returned. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';
import { clientWithRole } from '../support/sessions.ts';

const VALUE = 'a passphrase called hunter2';
let harness: Harness;
let server: RunningServer;

beforeAll(async () => {
  server = (await startServer('postgresql')) as RunningServer;
  harness = await startHarness(server);
});
afterAll(async () => {
  await harness?.stop();
  await server?.stop();
});

const call = (...args: Parameters<Harness['api']['call']>) => harness.api.call(...args);
const list = async () => (await call('GET', '/api/encryption-keys')).body;
const stored = () => JSON.parse(harness.service.secrets.get(harness.service.secretNames.encryptionKeys) as string);

it('are added, made the default, and deleted', async () => {
  expect(await list()).toEqual([
    { id: 'newer', is_default: true },
    { id: 'fixtures', is_default: false },
  ]);
  const added = await call('POST', '/api/encryption-keys', { id: 'third', value: VALUE });
  expect(added).toEqual({ status: 201, body: { id: 'third', is_default: false } });
  expect(stored().at(-1)).toEqual({ id: 'third', value: VALUE });
  const made = await call('POST', '/api/encryption-keys/third/set-default');
  expect(made).toEqual({ status: 200, body: { id: 'third', is_default: true } });
  expect(await list()).toEqual([
    { id: 'third', is_default: true },
    { id: 'newer', is_default: false },
    { id: 'fixtures', is_default: false },
  ]);
  expect((await call('POST', '/api/encryption-keys', { id: 'fourth', value: VALUE, is_default: true })).body).toEqual({
    id: 'fourth',
    is_default: true,
  });
  expect(JSON.stringify([added, made, await list()])).not.toContain('hunter2');
  for (const id of ['fourth', 'third']) {
    expect(await call('DELETE', `/api/encryption-keys/${id}`)).toEqual({ status: 204, body: undefined });
  }
  expect(await list()).toEqual([
    { id: 'newer', is_default: true },
    { id: 'fixtures', is_default: false },
  ]);
});

it('are never replaced', async () => {
  const before = stored();
  const answer = await call('POST', '/api/encryption-keys', { id: 'newer', value: VALUE });
  expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', error: expect.stringContaining('newer') } });
  expect(stored()).toEqual(before);
});

it('are not lost if several are added at once', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const answers = await Promise.all(
    ids.map((id) => call('POST', '/api/encryption-keys', { id, value: `${VALUE} ${id}` })),
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(
    stored()
      .map(({ id }: { id: string }) => id)
      .toSorted(),
  ).toEqual([...ids, 'fixtures', 'newer']);
  for (const id of ids) expect((await call('DELETE', `/api/encryption-keys/${id}`)).status).toBe(204);
});

it.each([
  ['no value', { id: 'x' }, 'value: '],
  ['an empty value', { id: 'x', value: '' }, 'value: '],
  ['a path as an id', { id: '../x', value: VALUE }, 'id: must contain only letters'],
  ['a long id', { id: 'x'.repeat(65), value: VALUE }, 'id: '],
  ['an unknown field', { id: 'x', value: VALUE, key: 'y' }, 'unknown field: key'],
])('are refused with %s', async (_, body, error) => {
  const answer = await call('POST', '/api/encryption-keys', body);
  expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(error) } });
  expect(JSON.stringify(answer)).not.toContain('hunter2');
});

it('are not found under another id, and only administrators may use them', async () => {
  for (const id of ['nothing', '%20', 'x'.repeat(3000)]) {
    expect((await call('POST', `/api/encryption-keys/${id}/set-default`)).status).toBe(404);
    expect((await call('DELETE', `/api/encryption-keys/${id}`)).status).toBe(404);
  }
  const operator = await clientWithRole(harness.service, 'operator');
  expect((await operator.call('GET', '/api/encryption-keys')).status).toBe(403);
  expect((await operator.call('POST', '/api/encryption-keys', { id: 'x', value: VALUE })).status).toBe(403);
  expect((await operator.call('DELETE', '/api/encryption-keys/newer')).status).toBe(403);
});

it('decrypt what they encrypted, for as long as they exist', async () => {
  const [encrypted] = harness.backups;
  await call('DELETE', '/api/encryption-keys/fixtures');
  expect(await harness.restore(encrypted)).toMatchObject({ status: 'failed', error: { code: 'DECRYPT_ERROR' } });
  await call('POST', '/api/encryption-keys', { id: 'again', value: expected.encryption_key });
  expect(await harness.restore(encrypted)).toMatchObject({ status: 'success' });
});
