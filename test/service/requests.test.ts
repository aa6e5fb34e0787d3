/** Bad requests: every call of the API, called wrongly in every way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../lib/accounts/roles.ts';
import { EXAMPLES } from '../../lib/api/examples.ts';
import { matchRoute } from '../../lib/api/match-route.ts';
import { type NamedRoute, ROUTE_LIST } from '../../lib/api/routes.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { randomNumbers } from '../support/chunks.ts';
import { randomValue } from '../support/random/random-json.ts';
import { schemaOf, sendRandomRequests, state } from '../support/random/random-requests.ts';
import { adminClient, startService } from '../support/service.ts';

const PASSWORD = 'a password for tests';
/** `npm run test:long` has as many as there is time for. */
const FUZZED = 600;

describe('bad requests', () => {
  let service: LocalService;
  let stateDirectory: string;
  let admin: ApiClient;
  const as: Record<string, ApiClient> = {};

  beforeAll(async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
    service = await startService({ stateDirectory });
    admin = adminClient(service);
    for (const role of ROLES) {
      await admin.call('POST', '/api/users', { username: `the.${role}`, password: PASSWORD, role });
      as[role] = await ApiClient.logIn(service.url, `the.${role}`, PASSWORD);
    }
  });
  afterAll(async () => {
    await service.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const pathOf = ({ path }: NamedRoute) => path.replace('{id}', crypto.randomUUID());
  const send = async (
    { method, path }: { method: string; path: string },
    body: string | undefined,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: text === '' ? undefined : JSON.parse(text) };
  };

  const guarded = ROUTE_LIST.filter(({ role }) => role !== 'public');
  const withBody = ROUTE_LIST.filter(({ body }) => body !== undefined);

  it.each(guarded)('$key without a session is 401', async (route) => {
    const answer = await send({ ...route, path: pathOf(route) }, route.body ? '{}' : undefined, {
      authorization: 'Bearer nonsense',
    });
    expect(answer).toMatchObject({ status: 401, body: { code: 'NOT_AUTHENTICATED', hint: expect.any(String) } });
  });

  it.each(guarded.filter(({ role }) => role !== 'viewer'))('$key with too low a role is 403', async (route) => {
    const lower = ROLES.slice(0, ROLES.indexOf(route.role as (typeof ROLES)[number]));
    for (const role of lower) {
      const answer = await (as[role] as ApiClient).call(route.method, pathOf(route), route.body ? {} : undefined);
      expect(answer).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN', hint: expect.stringContaining(route.role) },
      });
    }
  });

  it.each(withBody)(
    '$key refuses a body that isn’t a JSON object, is too large, or has another type',
    async (route) => {
      const to = { ...route, path: pathOf(route) };
      for (const body of ['{"a', '[]', '"x"', '7', 'null']) {
        expect(await send(to, body), body).toMatchObject({ status: 400, body: { code: 'MALFORMED_REQUEST' } });
      }
      const large = JSON.stringify({ filling: 'x'.repeat(route.maxBodyBytes ?? 64 * 1024) });
      expect(await send(to, large)).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
      expect(await send(to, 'a=b', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    },
  );

  it.each(withBody)('$key refuses an unknown field by its name', async (route) => {
    const body = { ...(EXAMPLES[route.key]?.body as object | undefined), not_a_field: 1 };
    const answer = await send({ ...route, path: pathOf(route) }, JSON.stringify(body));
    expect(answer).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('unknown field: not_a_field') },
    });
  });

  it.each(ROUTE_LIST.filter(({ method }) => method === 'GET'))('$key refuses an unknown query', async (route) => {
    const answer = await send({ ...route, path: `${pathOf(route)}?not_a_filter=1` }, undefined);
    expect(answer).toMatchObject({ status: 400, body: { error: 'unknown field: not_a_filter' } });
  });

  it.each(guarded.filter(({ path }) => path.includes('{id}')))(
    '$key for something that does not exist is 404',
    async (route) => {
      const body = route.body ? JSON.stringify(EXAMPLES[route.key]?.body ?? {}) : undefined;
      expect(await send({ ...route, path: pathOf(route) }, body)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND', error: expect.stringMatching(/not found$/) },
      });
      for (const odd of ['not%20an%20id', 'x'.repeat(2100)]) {
        expect(await send({ ...route, path: route.path.replace('{id}', odd) }, body)).toMatchObject({ status: 404 });
      }
    },
  );

  it.each([...new Set(ROUTE_LIST.map(({ path }) => path))])('%s with an unsupported method is 405', async (path) => {
    const own = ROUTE_LIST.filter((route) => route.path === path).map(({ method }) => method as string);
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const asked = pathOf({ path } as NamedRoute);
      if (matchRoute(method, asked) !== undefined) continue;
      const answer = await fetch(service.url + asked, { method });
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(own));
      expect(await answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', hint: expect.any(String) });
    }
  });

  it('headers that are too large are 431, as the document says', async () => {
    const answer = await fetch(`${service.url}/api/health`, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(answer.status).toBe(431);
    const document = (await (await fetch(`${service.url}/api/openapi.json`)).json()) as never;
    expect(document).toHaveProperty(['paths', '/api/health', 'get', 'responses', '431']);
  });

  const fields = withBody.flatMap((route) => {
    const schema = schemaOf(route);
    const good = EXAMPLES[route.key]?.body as Record<string, unknown> | undefined;
    if (good === undefined) return [];
    const required = (schema.required ?? []).map((field) => [
      route.key,
      `no ${field}`,
      { ...good, [field]: undefined },
    ]);
    const wrong = Object.keys(schema.properties ?? {}).flatMap((field) => [
      [route.key, `a wrong type of ${field}`, { ...good, [field]: { odd: true } }],
      [route.key, `far too long a ${field}`, { ...good, [field]: 'x'.repeat(60_000) }],
    ]);
    return [...required, ...wrong] as [string, string, Record<string, unknown>][];
  });
  it.each(fields)('%s refuses %s', async (key, _, body) => {
    const route = ROUTE_LIST.find((candidate) => candidate.key === key) as NamedRoute;
    const answer = await send({ ...route, path: pathOf(route) }, JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400, body: { code: 'MALFORMED_REQUEST' } });
  });

  it('answers hundreds of random requests without a fault, and changes nothing by those that it refuses', async () => {
    const before = await state(service);
    await sendRandomRequests(service, FUZZED, randomNumbers(20261122));
    expect(await state(service)).toEqual(before);
  }, 240_000);

  it('answers random well-formed requests without a fault', async () => {
    const random = randomNumbers(7);
    const creating = withBody.filter(
      ({ method, path }) => method === 'POST' && !path.includes('{id}') && path !== '/api/auth/logout',
    );
    for (let sent = 0; sent < 120; sent++) {
      const route = creating[sent % creating.length] as NamedRoute;
      const answer = await send(route, JSON.stringify(randomValue(schemaOf(route), random)));
      expect(answer.status, `${route.key} ${answer.text}`).toBeLessThan(500);
    }
  }, 120_000);
});
