import { describe, expect, it } from 'vitest';
import { authenticate, authorize } from '../../../functions/http/session.ts';
import type { Session } from '../../../lib/accounts/model.ts';
import { ROLES } from '../../../lib/accounts/roles.ts';
import { newToken, tokenHash } from '../../../lib/accounts/sessions/session-tokens.ts';
import { Forbidden, NotAuthenticated } from '../../../lib/errors/errors.ts';
import { anApiEvent, type EventParts } from '../../support/api-event.ts';

type Sessions = Parameters<typeof authenticate>[1];

const TOKEN = newToken();
const HOUR_MS = 3_600_000;

function aSession(fields: Partial<Session> = {}): Session {
  const now = Date.now();
  return {
    id: tokenHash(TOKEN),
    user_id: '0f6a1f5e-1c1b-4a6e-8f0e-000000000001',
    username: 'night.shift',
    role: 'operator',
    created_at: new Date(now - HOUR_MS).toISOString(),
    expires_at: new Date(now + HOUR_MS).toISOString(),
    ...fields,
  };
}

/** Sessions with the given ids, undefined for one that doesn't exist; each may be requested once. */
function sessionsOf(known: Record<string, Session | undefined>): Sessions {
  const left = new Map(Object.entries(known));
  const get = async (id: string) => {
    if (!left.has(id)) throw new Error(`not told of the session ${id}`);
    const session = left.get(id);
    left.delete(id);
    return session;
  };
  return { sessions: { get } } as unknown as Sessions;
}
const none = sessionsOf({});
const known = (fields: Partial<Session> = {}) => {
  const session = aSession(fields);
  return sessionsOf({ [session.id]: session });
};
const call = (parts: EventParts, records = known()) => authenticate(anApiEvent(parts), records);
const bearer = { authorization: `Bearer ${TOKEN}` };
const cookies = [`session=${TOKEN}`];

describe('the caller', () => {
  it.each([`Bearer ${TOKEN}`, TOKEN, `bearer  ${TOKEN}`, ` ${TOKEN} `])(
    'is identified by the header',
    async (authorization) => {
      expect(await call({ headers: { authorization } })).toMatchObject({ username: 'night.shift' });
    },
  );

  it.each([
    [[`session=${TOKEN}`]],
    [['theme=dark', `session=${TOKEN}`, 'other=session=x']],
    [[`xsession=${newToken()}`, `session=${TOKEN}`]],
  ])('is identified by the cookie', async (given) => {
    expect(await call({ cookies: given })).toMatchObject({ username: 'night.shift' });
  });

  it('is the user of the header, even if there is a cookie too', async () => {
    const other = newToken();
    const records = sessionsOf({ [tokenHash(other)]: aSession({ id: tokenHash(other), username: 'other' }) });
    const headers = { authorization: `Bearer ${other}` };
    expect(await call({ headers, cookies }, records)).toMatchObject({ username: 'other' });
  });

  it('is never identified by the token’s hash', async () => {
    const hash = tokenHash(TOKEN);
    const records = sessionsOf({ [tokenHash(hash)]: undefined });
    await expect(call({ headers: { authorization: hash } }, records)).rejects.toBeInstanceOf(NotAuthenticated);
  });

  it.each([
    {},
    { headers: { authorization: '' } },
    { headers: { authorization: 'Bearer ' } },
    { cookies: [] },
    { cookies: ['Session=x', 'xsession=y'] },
    { headers: { authorization: 'x'.repeat(201) } },
    { cookies: [`session=${'x'.repeat(201)}`] },
  ] satisfies EventParts[])('is rejected without a token, and nothing is looked up: %j', async (parts) => {
    await expect(call(parts, none)).rejects.toBeInstanceOf(NotAuthenticated);
  });

  it('is rejected if the token belongs to no session, and the hint says how to sign in', async () => {
    const records = sessionsOf({ [tokenHash(TOKEN)]: undefined });
    await expect(call({ headers: bearer }, records)).rejects.toMatchObject({
      status: 401,
      message: 'not authenticated',
      hint: expect.stringContaining('POST /api/auth/login'),
    });
  });

  it.each([0, 1, HOUR_MS])('is rejected %i ms after the session’s end, even if it is still stored', async (ms) => {
    const expires_at = new Date(Date.now() - ms).toISOString();
    await expect(call({ headers: bearer }, known({ expires_at }))).rejects.toBeInstanceOf(NotAuthenticated);
  });
});

describe('roles', () => {
  const pairs = ROLES.flatMap((role) => ROLES.map((needed) => ({ role, needed })));

  it.each(pairs)('$role is checked against the required role $needed', ({ role, needed }) => {
    const check = () => authorize(aSession({ role }), needed);
    if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) expect(check).not.toThrow();
    else {
      expect(check).toThrow(Forbidden);
      expect(check).toThrow(`the role ${role} may not do this`);
    }
  });
});

describe('a write with the cookie', () => {
  const write = (headers: Record<string, string>, method = 'POST') => call({ method, headers, cookies });
  const host = 'restore.example.com';

  it.each(['POST', 'PUT', 'DELETE'])('%s is refused without an Origin', async (method) => {
    await expect(write({ host }, method)).rejects.toBeInstanceOf(Forbidden);
  });

  it.each([
    'https://evil.example',
    'https://evil.restore.example.com',
    'https://restore.example.com.evil.example',
    'https://restore.example',
    'https://restore.example.com:8443',
    'https://evil.example/restore.example.com',
    'null',
    '',
    'restore.example.com',
  ])('is refused from %s', async (origin) => {
    await expect(write({ host, origin })).rejects.toThrow('the request does not come from this site');
  });

  it.each([
    [host, `https://${host}`],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['behind.a.proxy', 'https://abc.execute-api.eu-west-1.amazonaws.com'],
  ])('to %s is accepted from %s', async (ownHost, origin) => {
    expect(await write({ host: ownHost, origin })).toMatchObject({ username: 'night.shift' });
  });

  it.each(['cross-site', 'same-site', 'none'])('is refused if the browser calls it %s', async (site) => {
    const headers = { host, origin: `https://${host}`, 'sec-fetch-site': site };
    await expect(write(headers)).rejects.toBeInstanceOf(Forbidden);
  });

  it('is accepted under another host if the browser calls it same-origin', async () => {
    const headers = { host, origin: 'https://d111111abcdef8.cloudfront.net', 'sec-fetch-site': 'same-origin' };
    expect(await write(headers)).toMatchObject({ username: 'night.shift' });
  });

  it('is refused for a different port', async () => {
    await expect(write({ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:3000' })).rejects.toBeInstanceOf(Forbidden);
  });

  it('differs from a read, which needs no Origin', async () => {
    expect(await call({ cookies, headers: { origin: 'https://evil.example' } })).toMatchObject({ role: 'operator' });
  });

  it('differs from a write with the header, which no browser adds by itself', async () => {
    const headers = { ...bearer, origin: 'https://evil.example' };
    expect(await call({ method: 'POST', headers })).toMatchObject({ role: 'operator' });
  });
});
