import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJagadUrl } from '../../../lib/backups/jagad/address.ts';
import { JagadClient } from '../../../lib/backups/jagad/client.ts';
import type { PeerLimits } from '../../../lib/backups/jagad/http-peer.ts';
import { readJagadLists } from '../../../lib/backups/jagad/read-lists.ts';
import { toFailure } from '../../../lib/errors/errors.ts';
import { type JagadOptions, type JagadServer, recordedText, startJagad } from '../../support/jagad-server.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const QUICK: Partial<PeerLimits> = { retryDelayMs: 5 };
type Signed = { jagad: JagadServer; client: JagadClient };

async function withJagad(options: JagadOptions = {}, limits = QUICK, byToken = false): Promise<Signed> {
  const jagad = await startJagad(options);
  const { url, username, password } = jagad;
  const credentials = byToken ? { token: jagad.signIn() } : { username, password };
  const client = new JagadClient({ url }, credentials, limits);
  stops.push(() => client.close(), jagad.stop);
  return { jagad, client };
}

const connections = (client: JagadClient, signal?: AbortSignal) =>
  client.get('/api/connections', z.array(z.unknown()), signal);
const refusal = (promise: Promise<unknown>) => promise.then(() => Promise.reject(new Error('it was read')), toFailure);

describe('signing in', () => {
  it('uses user and password once, then sends the bare token with each call', async () => {
    const { jagad, client } = await withJagad();
    expect(await connections(client)).toHaveLength(11);
    await connections(client);
    expect(jagad.requests).toEqual(['POST /api/auth/login', 'GET /api/connections', 'GET /api/connections']);
    expect(jagad.authorizations).toEqual([undefined, expect.stringMatching(/^\w{64}$/), jagad.authorizations[1]]);
  });

  it('accepts a token with the Bearer that Jagad does not understand', async () => {
    const jagad = await startJagad();
    stops.push(jagad.stop);
    for (const token of [jagad.signIn(), `Bearer ${jagad.signIn()}\n`]) {
      const client = new JagadClient({ url: jagad.url }, { token });
      expect(await connections(client)).toHaveLength(11);
      client.close();
    }
    expect(jagad.requests.some((request) => request.includes('login'))).toBe(false);
  });

  it('reports a wrong password after one attempt, with what to do', async () => {
    const { jagad } = await withJagad();
    const client = new JagadClient({ url: jagad.url }, { username: 'admin', password: 'wrong' });
    expect(await refusal(connections(client))).toEqual({
      code: 'JAGAD_ERROR',
      message: 'Jagad refuses the user or the password: invalid credentials',
      hint: 'Check both by signing in to Jagad in a browser.',
    });
    expect(jagad.requests).toHaveLength(1);
  });

  it('reports a wrong token after one attempt, with what to do', async () => {
    const { jagad } = await withJagad();
    const client = new JagadClient({ url: jagad.url }, { token: 'wrong' });
    expect(await refusal(connections(client))).toMatchObject({ message: 'Jagad refuses the token', hint: /new one/ });
    expect(jagad.requests).toHaveLength(1);
  });

  it.each([
    { token: '' },
    { token: 'a b' },
    { token: 'tökén' },
    { username: '', password: 'x' },
    { username: 'a', password: '' },
  ])('refuses %j as a credential', (credentials) => {
    expect(() => new JagadClient({ url: 'http://127.0.0.1:1' }, credentials)).toThrow(/of Jagad is empty|is empty/);
  });
});

describe('a restart of Jagad during the import', () => {
  it.each([1, 2, 3])(
    'invalidates the tokens; with a password the client signs in again and reads everything (at page %i)',
    async (page) => {
      const { jagad, client } = await withJagad({
        before: (path, count, jagad) => {
          if (path === '/api/backups' && count === page) jagad.restart();
          return undefined;
        },
      });
      const { backups } = await readJagadLists(client);
      expect(backups).toHaveLength(130);
      expect(jagad.requests.filter((request) => request === 'POST /api/auth/login')).toHaveLength(2);
    },
  );

  it('ends a client that only has a token, which says what to do', async () => {
    const restarting: JagadOptions = {
      before: (path, count, jagad) => {
        if (path === '/api/backups' && count === 1) jagad.restart();
        return undefined;
      },
    };
    const { client } = await withJagad(restarting, QUICK, true);
    expect(await refusal(readJagadLists(client))).toMatchObject({
      message: 'Jagad refuses the token',
      hint: expect.stringMatching(/restart.*user and password/),
    });
  });

  it('does not make the client sign in forever if Jagad refuses its own tokens', async () => {
    const { jagad, client } = await withJagad({
      before: (path, _count, jagad) => {
        if (path !== '/api/auth/login') jagad.restart();
        return undefined;
      },
    });
    expect((await refusal(connections(client))).message).toMatch(/accepts the password, but not the token/);
    expect(jagad.requests.length).toBeLessThan(5);
  });

  it.each(['reset' as const, { status: 502, body: '<html>' }, { status: 503, body: '' }])(
    'makes the client repeat failed calls: %j',
    async (broken) => {
      const { client } = await withJagad({ before: (_path, count) => (count < 2 ? broken : undefined) });
      expect(await connections(client)).toHaveLength(11);
    },
  );

  it('is waited for once Jagad has answered, even if nothing listens for a moment', async () => {
    const { jagad, client } = await withJagad({}, { retries: 6, retryDelayMs: 20 });
    await connections(client);
    const port = Number(new URL(jagad.url).port);
    await jagad.stop();
    const reading = connections(client);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const again = createServer((_request, response) => response.end('["up again"]')).listen(port, '127.0.0.1');
    stops.push(() => again.close());
    expect(await reading).toEqual(['up again']);
  });

  it('ends the client if it takes too long, with the last response', async () => {
    const { client } = await withJagad({ before: () => ({ status: 503, body: 'starting' }) }, { ...QUICK, retries: 2 });
    expect((await refusal(connections(client))).message).toMatch(/answers 503: starting$/);
  });
});

describe('a server that is not Jagad', () => {
  it.each<[string, { status: number; body: string; headers?: Record<string, string> }, RegExp]>([
    [
      'an HTML page',
      { status: 200, body: '<!doctype html><title>Grafana</title>' },
      /^this is not Jagad, .* an HTML page$/,
    ],
    ['other JSON', { status: 200, body: '{"status":"ok"}' }, /^this is not Jagad, .* JSON that a Jagad does not send$/],
    ["text that isn't JSON", { status: 200, body: 'hello' }, /^this is not Jagad, .* other than JSON$/],
    [
      'a token that no header can hold',
      { status: 200, body: '{"token":"a\\nb"}' },
      /^this is not Jagad, .* odd characters$/,
    ],
    ['a missing path', { status: 404, body: '404 page not found\n' }, /^this is not Jagad, .* answers 404$/],
    [
      'a redirect',
      { status: 302, body: '', headers: { location: 'https://u:p@login.example.org/sso?x=1' } },
      /redirects to https:\/\/login\.example\.org\/sso, which is not followed$/,
    ],
    ['an error response', { status: 500, body: '{"error":"no rows"}' }, /answers 500: no rows$/],
  ])('%s', async (_what, body, message) => {
    const { client } = await withJagad({ before: () => body });
    const failure = await refusal(connections(client));
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(/\.$/);
  });

  it('gets no token or password by a redirect', async () => {
    const elsewhere = await startJagad();
    stops.push(elsewhere.stop);
    const redirect = { status: 307, body: '', headers: { location: `${elsewhere.url}/api/connections` } };
    const { client } = await withJagad({ before: (path) => (path === '/api/connections' ? redirect : undefined) });
    expect((await refusal(connections(client))).message).toContain('which is not followed');
    expect(elsewhere.requests).toEqual([]);
  });

  it('is cut off when it answers more than any list has', async () => {
    const limits = { ...QUICK, maxBytes: 1024 ** 2 };
    const huge = { status: 200, body: `[${'0,'.repeat(1024 ** 2)}0]` };
    const { client } = await withJagad({ before: (path) => (path === '/api/connections' ? huge : undefined) }, limits);
    expect((await refusal(connections(client))).message).toMatch(/answers more than 1024 KiB to one call$/);
  });

  it('is given up if it does not answer', async () => {
    const { client } = await withJagad({ before: () => 'hang' }, { ...QUICK, timeoutMs: 100 });
    expect((await refusal(connections(client))).message).toMatch(
      /has not answered POST \/api\/auth\/login within 0\.1 s$/,
    );
  });

  it('is reported at once if it cannot be reached', async () => {
    const jagad = await startJagad();
    await jagad.stop();
    const client = new JagadClient({ url: jagad.url }, { token: 'x' }, { retryDelayMs: 60_000 });
    const { message, hint } = await refusal(connections(client));
    expect(message).toMatch(/^Jagad cannot be reached at http:.*ECONNREFUSED/);
    expect(hint).toMatch(/nothing listens on port \d+ of 127\.0\.0\.1/);
  });
});

describe('the credentials', () => {
  it('are in no error, and not in its logged form', async () => {
    const secret = 'correct-horse-battery';
    // a proxy's error page may repeat the request
    const { jagad } = await withJagad({
      before: () => ({ status: 500, body: `bad request: {"password":"${secret}"} token ${secret}` }),
    });
    for (const credentials of [{ username: 'admin', password: secret }, { token: secret }]) {
      const client = new JagadClient({ url: jagad.url }, credentials, QUICK);
      const error = await connections(client).catch((error: Error) => error);
      expect(inspect([client, error], { depth: 10, showHidden: true })).not.toContain(secret);
      expect(JSON.stringify([client, toFailure(error)])).not.toContain(secret);
      client.close();
    }
  });
});

describe('the address', () => {
  it.each([
    ['http://10.0.0.7:8080', 'http://10.0.0.7:8080'],
    [' https://jagad.example.org/ ', 'https://jagad.example.org'],
    ['https://example.org/tools/jagad/', 'https://example.org/tools/jagad'],
    ['https://example.org/jagad/api/', 'https://example.org/jagad'],
    ['HTTP://[::1]:8080/api', 'http://[::1]:8080'],
  ])('%s is read as %s', (text, url) => expect(readJagadUrl(text)).toBe(url));

  it.each([
    ['', /not a URL/],
    ['jagad.example.org', /not a URL/],
    ['jagad:8080', /not a URL/],
    ['ftp://jagad', /not a URL/],
    ['file:///etc/passwd', /not a URL/],
    ['https://jagad/?token=geheim', /has a query or a fragment/],
    ['https://jagad/#/backups', /has a query or a fragment/],
    ['https://admin:geheim@jagad', /contains a user name or a password/],
    ['https://geheim@jagad', /contains a user name or a password/],
    ['http://admin:ge heim/x@jagad', /not a URL|contains a user/],
  ])('%s is refused', (text, message) => {
    expect(() => readJagadUrl(text)).toThrow(message);
    expect(() => readJagadUrl(text)).not.toThrow(/geheim|ge heim/);
  });

  it('may have a path, as behind a proxy', async () => {
    const { jagad, client } = await withJagad({ basePath: '/tools/jagad' });
    expect(await connections(client)).toHaveLength(11);
    expect(jagad.requests.at(-1)).toBe('GET /tools/jagad/api/connections');
  });
});

it('a signal stops a waiting call, and one that is about to be repeated', async () => {
  for (const broken of ['hang', 'reset'] as const) {
    const { client } = await withJagad({ before: () => broken }, { retryDelayMs: 60_000 });
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(new Error('enough')), 50);
    await expect(connections(client, stopping.signal)).rejects.toThrow('enough');
  }
});

it('the client reads what the recorded Jagad wrote, byte for byte', async () => {
  const { client } = await withJagad({
    before: (path) =>
      path === '/api/connections' ? { status: 200, body: recordedText('backups-limit-100.raw.json') } : undefined,
  });
  expect(await connections(client)).toHaveLength(100);
});
