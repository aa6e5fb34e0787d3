import { Logger } from '@aws-lambda-powertools/logger';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { json, noContent } from '../../../functions/http/answers.ts';
import { apiHandler, type Calls } from '../../../functions/http/handler.ts';
import type { AuditEntry, Session } from '../../../lib/accounts/model.ts';
import type { Role } from '../../../lib/accounts/roles.ts';
import { newToken, tokenHash } from '../../../lib/accounts/sessions/session-tokens.ts';
import { Conflict } from '../../../lib/errors/errors.ts';
import { id as uuid } from '../../../lib/storage/fields.ts';
import { anApiEvent, type EventParts } from '../../support/api-event.ts';

const ID = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const TOKENS: Record<Role, string> = { viewer: newToken(), operator: newToken(), admin: newToken() };
const JSON_TYPE = { 'content-type': 'application/json' };

let audited: AuditEntry[] = [];
/** One session for each role, and an audit log; any other use of them is an error. */
const records = {
  sessions: {
    get: async (wanted: string): Promise<Session | undefined> => {
      const [role] = Object.entries(TOKENS).find(([, token]) => tokenHash(token) === wanted) ?? [];
      if (role === undefined) throw new Error(`not told of the session ${wanted}`);
      const times = { created_at: new Date().toISOString(), expires_at: new Date(Date.now() + 60_000).toISOString() };
      return { id: wanted, user_id: ID, username: `some.${role}`, role: role as Role, ...times };
    },
  },
  audit: { put: async (entry: AuditEntry) => void audited.push(entry) },
} as unknown as Parameters<typeof apiHandler>[1];

let carriedOut: unknown[] = [];
const unexpected = async (): Promise<never> => {
  throw new Error('this call was not told of');
};
const backups: Calls<'backups'> = {
  'GET /api/backups': async ({ query, session }) => {
    carriedOut.push({ query, by: session.username });
    return json(200, []);
  },
  'GET /api/backups/{id}': async ({ id }) => {
    carriedOut.push(id);
    return json(200, { id });
  },
  'GET /api/backups/{id}/logs': unexpected,
  'GET /api/backups/{id}/contents': unexpected,
  'GET /api/backups/{id}/recovery-window': unexpected,
  'GET /api/backups/{id}/download': async () => ({ statusCode: 302, headers: { location: 'https://elsewhere' } }),
  'POST /api/backups/{id}/verify': async () => {
    throw new Conflict('as it is');
  },
  'POST /api/backups/{id}/restore': async ({ body, id }) => {
    carriedOut.push({ body, id });
    return noContent();
  },
};
const handler = apiHandler('backups', records, backups);
async function call(role: Role | undefined, method: string, path: string, more: EventParts = {}) {
  const headers: Record<string, string> = role === undefined ? {} : { authorization: `Bearer ${TOKENS[role]}` };
  const event = anApiEvent({ method, path, ...more, headers: { ...headers, ...more.headers } });
  const answer = await handler(event, {});
  return { ...answer, body: answer.body === undefined ? undefined : JSON.parse(answer.body) };
}

beforeEach(() => {
  [audited, carriedOut] = [[], []];
});

describe('a call', () => {
  it('has its caller and its input checked', async () => {
    const { statusCode } = await call('viewer', 'GET', '/api/backups', { query: { limit: '3', status: 'failed' } });
    expect(statusCode).toBe(200);
    expect(carriedOut).toEqual([{ query: { limit: 3, status: 'failed' }, by: 'some.viewer' }]);
  });

  it('has a body with the defaults, and the id from the path', async () => {
    const body = { body: '{"target_database":"d"}', headers: JSON_TYPE };
    const { statusCode } = await call('operator', 'POST', `/api/backups/${ID}/restore`, body);
    expect(statusCode).toBe(204);
    expect(carriedOut).toEqual([{ body: { target_database: 'd', verify: 'always' }, id: ID }]);
  });

  it.each([
    [undefined, 401],
    ['viewer', 403],
  ] as const)('is refused for %s, before its input is read', async (role, status) => {
    const answer = await call(role, 'POST', `/api/backups/${ID}/restore`, { body: 'not JSON' });
    expect(answer.statusCode).toBe(status);
    expect(carriedOut).toEqual([]);
  });

  it('is refused for invalid input', async () => {
    const answer = await call('operator', 'POST', `/api/backups/${ID}/restore`, {
      body: '{"x":1}',
      headers: JSON_TYPE,
    });
    expect([answer.statusCode, answer.body]).toEqual([400, { error: 'unknown field: x', code: 'MALFORMED_REQUEST' }]);
    expect((await call('viewer', 'GET', '/api/backups', { query: { x: '1' } })).statusCode).toBe(400);
    expect((await call('viewer', 'GET', `/api/backups/${ID}`, { query: { x: '1' } })).statusCode).toBe(400);
    expect(carriedOut).toEqual([]);
  });

  it('that does not exist is a 404 in the same shape', async () => {
    const answer = await call('admin', 'GET', '/api/backups/x/y');
    expect([answer.statusCode, answer.body]).toEqual([
      404,
      { error: 'there is no GET /api/backups/x/y', code: 'NOT_FOUND', hint: expect.any(String) },
    ]);
  });

  it('with an unsupported method is a 405 that names the supported ones', async () => {
    const answer = await call('admin', 'PUT', '/api/backups');
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET, POST' } });
    expect(answer.body).toMatchObject({ error: '/api/backups does not support PUT', code: 'METHOD_NOT_ALLOWED' });
  });

  it('that fails unexpectedly is a 500 without the cause, which is logged', async () => {
    const told = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const answer = await call('viewer', 'GET', `/api/backups/${ID}/logs`);
    expect(answer.statusCode).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('not told of');
    expect(told.mock.calls).toEqual([[expect.any(String), new Error('this call was not told of')]]);
    told.mockRestore();
  });
});

describe('the audit log', () => {
  it('records who wrote what, from where, and with which result', async () => {
    await call('operator', 'POST', `/api/backups/${ID}/restore`);
    expect(audited).toEqual([
      {
        id: expect.any(String),
        username: 'some.operator',
        role: 'operator',
        call: 'POST /api/backups/{id}/restore',
        path: `/api/backups/${ID}/restore`,
        status: 204,
        address: '192.0.2.7',
        created_at: expect.any(String),
      },
    ]);
    expect(uuid.safeParse(audited[0]?.id).success).toBe(true);
  });

  it.each([
    ['operator', 409, {}],
    ['viewer', 403, {}],
    ['operator', 400, { body: '{', headers: JSON_TYPE }],
    ['operator', 415, { body: '{}' }],
  ] as const)('records refused writes: by %s, with %i', async (role, status, parts) => {
    const answer = await call(role, 'POST', `/api/backups/${ID}/verify`, parts);
    expect(answer.statusCode).toBe(status);
    expect(audited).toMatchObject([{ username: `some.${role}`, call: 'POST /api/backups/{id}/verify', status }]);
  });

  it('records nothing about unknown callers', async () => {
    expect((await call(undefined, 'POST', `/api/backups/${ID}/verify`)).statusCode).toBe(401);
    expect(audited).toEqual([]);
  });

  it('records downloads, and no other reading', async () => {
    await call('operator', 'GET', `/api/backups/${ID}/download`);
    await call('admin', 'GET', '/api/backups');
    await call('admin', 'GET', `/api/backups/${ID}`);
    expect(audited).toMatchObject([{ call: 'GET /api/backups/{id}/download', status: 302 }]);
  });

  it('records no more of a path than a record can hold', async () => {
    await call('operator', 'POST', `/api/backups/${'x'.repeat(5000)}/verify`);
    expect(audited[0]?.path).toHaveLength(500);
  });
});
