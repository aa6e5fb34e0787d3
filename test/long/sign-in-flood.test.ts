/** Endless sign-ins with invented names: each takes a password hash, and only two are computed at a time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_WAIT_MS } from '../../lib/accounts/sessions/login-limit.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { adminClient, startService } from '../support/service.ts';

const LOGIN = '/api/auth/login';
const USER = { username: 'patient', password: 'a password for tests' };

it('never locks a user out', { timeout: 120_000 }, async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const service = await startService({ stateDirectory });
  onTestFinished(async () => {
    await service.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  });
  const added = await adminClient(service).call('POST', '/api/users', { ...USER, role: 'viewer' });
  expect(added.status).toBe(201);
  const session = await ApiClient.logIn(service.url, USER.username, USER.password);
  const anyone = new ApiClient(service.url, '');
  let isIn = false;
  const flood = Array.from({ length: 8 }, async (_, loop) => {
    for (let name = 0; !isIn; name++) {
      await anyone.call('POST', LOGIN, { username: `made.up.${loop}.${name}`, password: 'a guess' });
    }
  });
  try {
    await sleep(500);
    const began = performance.now();
    expect((await session.call('GET', '/api/auth/check')).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(MAX_WAIT_MS);
    expect(await signInPatiently(service.url)).toBeLessThan(60_000);
  } finally {
    isIn = true;
    await Promise.all(flood);
  }
});

/**
 * Signs in like a person who is told to wait.
 * @returns how many milliseconds it took.
 */
async function signInPatiently(url: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const answer = await fetch(`${url}${LOGIN}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(USER),
    });
    if (answer.status === 200) return performance.now() - began;
    expect(answer.status).toBe(429);
    await sleep(Number(answer.headers.get('retry-after')) * 1000);
  }
}
