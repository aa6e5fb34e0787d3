/** How the operator of the service on one machine gets back in without an administrator's password. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { serve } from '../support/serve.ts';

interface User {
  id: string;
  username: string;
  role: string;
}

const [, ...PROGRAM] = packageJson.scripts['reset-admin-password'].split(' ');

/** What the command prints: the password, or the error. */
async function reset(stateDirectory: string): Promise<{ password: string | undefined; stderr: string }> {
  const env = { ...process.env, STATE_DIR: stateDirectory };
  const run = promisify(execFile)(process.execPath, PROGRAM, { env });
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
  return { password: /as admin with the password (\S+) /.exec(stdout)?.[1], stderr };
}

it('creates a new password, whether or not the service runs', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  onTestFinished(() => rmSync(stateDirectory, { recursive: true, force: true }));
  const first = await serve(stateDirectory, ['bin/local.ts', '--no-demo']); // the command knows it by its name
  const url = (await first.api.call('GET', '/api/health')).status === 200 ? first.url : '';
  const logIn = (at: string, password = '') => ApiClient.logIn(at, 'admin', password);

  // there is no user yet: the first sign-in would create one
  const made = await reset(stateDirectory);
  expect(made.password).toMatch(/^[\w-]{24}$/);
  const admin = await logIn(url, made.password);
  expect((await admin.call('GET', '/api/auth/check')).body).toMatchObject({ user: 'admin', role: 'admin' });

  const users = (await first.api.call('GET', '/api/users')).body as User[];
  const [{ id } = { id: '' }] = users;
  await first.api.call('POST', '/api/users', { username: 'other', password: 'a-long-password', role: 'admin' });
  expect(await first.api.call('PUT', `/api/users/${id}`, { role: 'viewer' })).toMatchObject({ status: 200 });
  const viewer = await logIn(url, made.password);
  const again = await reset(stateDirectory);
  expect(again.password).not.toBe(made.password);
  expect(await viewer.call('GET', '/api/auth/check')).toMatchObject({ status: 401 });
  await expect(logIn(url, made.password)).rejects.toThrow('wrong username or password');
  expect((await (await logIn(url, again.password)).call('GET', '/api/auth/check')).body).toMatchObject({
    role: 'admin',
  });
  expect((await first.api.call('GET', '/api/audit')).body).toContainEqual(
    expect.objectContaining({ username: 'npm run reset-admin-password', path: `/api/users/${id}` }),
  );
  expect(statSync(join(stateDirectory, 'service.json')).mode & 0o777).toBe(0o600);
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');
  expect(readdirSync(stateDirectory)).not.toContain('service.json');

  const stopped = await reset(stateDirectory);
  const second = await serve(stateDirectory);
  expect((await (await logIn(second.url, stopped.password)).call('GET', '/api/auth/check')).body).toMatchObject({
    role: 'admin',
  });
  await expect(logIn(second.url, again.password)).rejects.toThrow('wrong username or password');
  expect((await second.api.call('GET', '/api/users')).body).toHaveLength(2);
  // the file of a killed service doesn't help; the command notices that
  second.child.kill('SIGKILL');
  await once(second.child, 'exit');
  expect(readFileSync(join(stateDirectory, 'service.json'), 'utf8')).toContain('dynamoDbUrl');
  expect((await reset(stateDirectory)).password).toBeDefined();
});

it('says that there is no service if there is none', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  onTestFinished(() => rmSync(empty, { recursive: true, force: true }));
  const { password, stderr } = await reset(empty);
  expect([password, stderr]).toEqual([undefined, `${empty} holds no service state: set STATE_DIR to its directory\n`]);
  expect(readdirSync(empty)).toEqual([]);
});
