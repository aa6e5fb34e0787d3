import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { allowedMethods, matchRoute } from '../../../lib/api/match-route.ts';
import { ROUTE_LIST } from '../../../lib/api/routes.ts';
import type { ListeningServer } from '../../../lib/local/aws/json-service.ts';
import { serveFront } from '../../../lib/local/http/http-front.ts';

describe('matchRoute', () => {
  it.each([
    ['GET', '/api/health', 'health', {}],
    ['GET', '/api/backups', 'backups', {}],
    ['GET', '/api/backups/an-id', 'backups', { id: 'an-id' }],
    ['POST', '/api/backups/an-id/restore', 'backups', { id: 'an-id' }],
    ['GET', '/api/restores/an-id/logs', 'restores', { id: 'an-id' }],
    ['POST', '/api/backups/import', 'catalogue', {}],
    ['POST', '/api/backups/an-id/restore/preview', 'preview', { id: 'an-id' }],
    ['POST', '/api/connections/an-id/test', 'connection-tests', { id: 'an-id' }],
  ])('%s %s leads to the handler %s', (method, path, handler, parameters) => {
    const found = matchRoute(method, path);
    expect(found?.route.handler).toBe(handler);
    expect(found?.parameters).toEqual(parameters);
  });

  it.each(ROUTE_LIST)(
    '$key is found by its own path, whatever the values of its parameters',
    ({ key, method, path }) => {
      for (const id of ['an-id', 'import', '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01']) {
        expect(matchRoute(method, path.replaceAll(/\{\w+\}/g, id))?.route.key).toBe(key);
      }
    },
  );

  it.each([
    ['GET', '/'],
    ['GET', ''],
    ['GET', '/api'],
    ['GET', '/api/backups/'],
    ['GET', '/api//x'],
    ['GET', '/API/backups'],
    ['GET', '/api/backups/x/y'],
    ['PATCH', '/api/backups/x'],
    ['get', '/api/backups'],
    ['POST', '/api/backups//restore'],
    ['DELETE', '/api/restores/x'],
    ['PUT', '/api/restores/x'],
    ['POST', '/api/backups/x/restore/preview/'],
  ])('%s %s leads to no handler', (method, path) => expect(matchRoute(method, path)).toBeUndefined());

  it.each([
    ['a%20b', 'a b'],
    ['a%2Fb', 'a/b'],
    ['%C3%A9', 'é'],
    ['100%', '100%'],
    ['%E0%A4', '%E0%A4'],
    ['{id}', '{id}'],
  ])('the parameter %s becomes %s', (part, value) => {
    expect(matchRoute('GET', `/api/backups/${part}`)?.parameters).toEqual({ id: value });
  });
});

describe('allowedMethods', () => {
  it.each([
    ['/api/backups', ['GET', 'POST']],
    ['/api/connections/an-id', ['GET', 'PUT', 'DELETE']],
    // a backup may be asked for by any id
    ['/api/backups/import', ['POST', 'GET', 'PUT', 'DELETE']],
    ['/api/backups/', []],
    ['/api/nothing', []],
  ])('of %s are %j', (path, methods) => expect(allowedMethods(path)).toEqual(methods));
});

let front: ListeningServer;
let calls: { handler: string; event: APIGatewayProxyEventV2 }[] = [];
let answer: () => unknown = () => ({});
beforeAll(async () => {
  front = await serveFront(0, async (handler, event) => {
    calls.push({ handler, event });
    return answer();
  });
});
afterAll(() => front.close());
beforeEach(() => {
  calls = [];
  answer = () => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
});
const eventOf = async (path: string, init?: RequestInit) => {
  await fetch(front.url + path, init);
  const [call] = calls;
  if (calls.length !== 1 || call === undefined) throw new Error(`${calls.length} calls`);
  return call;
};

describe('the event', () => {
  it('of a simple request has the fields that API Gateway sets, and none that are empty', async () => {
    const { handler, event } = await eventOf('/api/backups');
    expect(handler).toBe('backups');
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /api/backups',
      rawPath: '/api/backups',
      rawQueryString: '',
      isBase64Encoded: false,
      requestContext: {
        stage: '$default',
        routeKey: 'GET /api/backups',
        http: { method: 'GET', path: '/api/backups', sourceIp: '127.0.0.1' },
      },
    });
    for (const absent of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(event).not.toHaveProperty(absent);
    }
  });

  it('has decoded path parameters, and the path as it came', async () => {
    const { event } = await eventOf('/api/backups/a%20%C3%A9/restore', { method: 'POST' });
    expect(event).toMatchObject({ rawPath: '/api/backups/a%20%C3%A9/restore', pathParameters: { id: 'a é' } });
    expect(event.routeKey).toBe('POST /api/backups/{id}/restore');
  });

  it('has a decoded query, with repeated keys joined by commas', async () => {
    const { event } = await eventOf('/api/backups?limit=2&status=a&status=b%2Cc&name=a+b%26&empty=');
    expect(event.queryStringParameters).toEqual({ limit: '2', status: 'a,b,c', name: 'a b&', empty: '' });
    expect(event.rawQueryString).toBe('limit=2&status=a&status=b%2Cc&name=a+b%26&empty=');
  });

  it('has separate cookies, and header names in lower case', async () => {
    const headers = { Cookie: 'session=abc=; theme=dark', 'X-Own': 'Yes', Authorization: 'Bearer t' };
    const { event } = await eventOf('/api/restores', { headers });
    expect(event.cookies).toEqual(['session=abc=', 'theme=dark']);
    expect(event.headers).toMatchObject({ 'x-own': 'Yes', authorization: 'Bearer t' });
    expect(event.headers).not.toHaveProperty('cookie');
  });

  it('has a body of any bytes in base64', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { event } = await eventOf('/api/backups/x/restore', { method: 'POST', body });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(body);
  });

  it('of a request that matches no route goes to the default handler', async () => {
    const { handler, event } = await eventOf('/api/nothing?x=1', { method: 'PUT', body: 'b' });
    expect([handler, event.routeKey]).toEqual(['unmatched', '$default']);
    expect(event).not.toHaveProperty('pathParameters');
  });

  it.each(['//', '//evil.example/api/health', '/api/../api/nothing', '/%', '/api/backups/%00'])(
    'accepts %s as a path',
    async (path) => {
      const status = await new Promise((resolve, reject) => {
        const sent = httpRequest(front.url, { path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject).end();
      });
      expect(status).toBe(200);
      expect(calls[0]?.handler).toBe(path.startsWith('/api/backups/') ? 'backups' : 'unmatched');
      expect(calls[0]?.event.headers.host).toMatch(/^127\.0\.0\.1/);
    },
  );
});

describe('the answer', () => {
  it('has the handler’s status, headers and body', async () => {
    answer = () => ({ statusCode: 409, headers: { 'x-own': 'v', 'content-type': 'text/plain' }, body: 'é' });
    const response = await fetch(`${front.url}/api/health`);
    expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([409, 'v', 'é']);
  });

  it('may be bytes, or nothing', async () => {
    answer = () => ({ statusCode: 200, body: Buffer.from([0, 255]).toString('base64'), isBase64Encoded: true });
    expect(Buffer.from(await (await fetch(`${front.url}/api/health`)).arrayBuffer())).toEqual(Buffer.from([0, 255]));
    answer = () => ({ statusCode: 204 });
    expect((await fetch(`${front.url}/api/health`)).status).toBe(204);
  });

  it('has the handler’s cookies, each in its own header', async () => {
    answer = () => ({ statusCode: 200, cookies: ['session=a; HttpOnly', 'theme=dark'], body: '{}' });
    const response = await fetch(`${front.url}/api/health`);
    expect(response.headers.getSetCookie()).toEqual(['session=a; HttpOnly', 'theme=dark']);
  });

  it('is a 500 without the reason if the handler failed', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    answer = () => {
      throw new Error('hunter2');
    };
    const response = await fetch(`${front.url}/api/health`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
    expect(told).toHaveBeenCalledOnce();
    told.mockRestore();
  });
});

describe('a body over 10 MB', () => {
  const LIMIT = 10 * 1024 * 1024;

  it.each([LIMIT + 1, 4 * LIMIT])('is answered with 413, and no handler is called: %i bytes', async (bytes) => {
    const response = await fetch(`${front.url}/api/backups/x/restore`, { method: 'POST', body: Buffer.alloc(bytes) });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: 'Request Entity Too Large' });
    expect(calls).toHaveLength(0);
  });

  it('of exactly that size is accepted', async () => {
    const { event } = await eventOf('/api/backups/x/restore', { method: 'POST', body: Buffer.alloc(LIMIT) });
    expect(event.body).toHaveLength(Math.ceil(LIMIT / 3) * 4);
  });

  it('is also refused if its length is not stated', async () => {
    const answered = new Promise<string>((resolve, reject) => {
      const { port } = new URL(front.url);
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write('POST /api/health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let sent = 0; sent <= LIMIT; sent += 0x100000) {
        socket.write('100000\r\n');
        socket.write(Buffer.alloc(0x100000));
        socket.write('\r\n');
      }
      socket.write('0\r\n\r\n');
    });
    expect(await answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(calls).toHaveLength(0);
  });
});
