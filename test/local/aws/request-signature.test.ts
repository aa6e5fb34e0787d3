/**
 * Only clients with the key of this machine's services have access: requests are signed by AWS's own code, then
 * changed.
 */

import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newCredentials } from '../../../lib/local/aws/credentials.ts';
import { type ListeningServer, listen, signedJson } from '../../../lib/local/aws/json-service.ts';
import { SignatureCheck } from '../../../lib/local/aws/request-signature.ts';
import { signedOnly } from '../../../lib/local/aws/signed-requests.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';
import { call, presign, type Request, sha256, sign } from '../../support/signed-request.ts';
import { until } from '../../support/until.ts';

const HOUR_MS = 3_600_000;
let directory: string;
let server: ListeningServer;
/** What came through, as `method url body`. */
let served: string[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const serve = signedOnly(
    async (request, response) => {
      const body = await buffer(request);
      served.push(`${request.method} ${request.url} ${body.length > 100 ? sha256(body) : body}`);
      response.end('served');
    },
    {
      signature: new SignatureCheck('s3', LOCAL_CREDENTIALS),
      format: ({ name, message }) => ({
        type: 'application/xml',
        body: `<Code>${name}</Code><Message>${message}</Message>`,
      }),
      directory,
    },
  );
  server = await listen(createServer(serve));
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  served = [];
});

const put = (body: string | Buffer = 'a body', path = '/backups/a%20key'): Request => ({
  method: 'PUT',
  url: `${server.url}${path}`,
  headers: { 'content-type': 'text/plain', 'x-amz-meta-of': 'mine' },
  body,
});

async function expectRefusal(request: Request, code: string, status = 403): Promise<void> {
  expect(await call(request)).toMatchObject({ status, body: expect.stringContaining(`<Code>${code}</Code>`) });
  expect(served).toEqual([]);
}

describe('a request with its own signature', () => {
  it.each([
    ['a body', put],
    ['no body', () => ({ ...put(), method: 'GET', body: undefined })],
    ['an empty body', () => put('')],
    ['a query', () => put('x', '/backups/?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&empty=')],
    ['a repeated parameter', () => put('x', '/backups/?tag=b&tag=a')],
    ['a path like those of S3', () => put('x', '/backups//a/../b/%2F+c')],
    ['another name of this machine', () => ({ ...put(), headers: { host: `localhost:${new URL(server.url).port}` } })],
  ])('is served, with %s', async (_, make) => {
    const request = make();
    expect(await call(await sign(request))).toMatchObject({ status: 200, body: 'served' });
    const { pathname, search } = new URL(request.url);
    expect(served).toHaveLength(1);
    if (!pathname.includes('..'))
      expect(served[0]).toBe(`${request.method} ${pathname}${search} ${request.body ?? ''}`);
  });

  it("is served with any body if it says that the body isn't signed", async () => {
    const request = await sign({ ...put(), headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    expect(await call({ ...request, body: 'another' })).toMatchObject({ status: 200 });
    expect(served).toEqual(['PUT /backups/a%20key another']);
  });

  it.each([
    ['no signature', async () => put(), 'AccessDenied'],
    [
      'a version 2 signature',
      async () => ({ ...put(), headers: { authorization: 'AWS LOCAL:abc=' } }),
      'IncompleteSignature',
    ],
    ['a token', async () => ({ ...put(), headers: { authorization: 'Bearer LOCAL' } }), 'IncompleteSignature'],
    [
      'a different secret',
      async () => sign(put(), { credentials: { ...LOCAL_CREDENTIALS, secretAccessKey: 'x' } }),
      'SignatureDoesNotMatch',
    ],
    ['a different key', async () => sign(put(), { credentials: newCredentials() }), 'InvalidAccessKeyId'],
    ['the signature of another service', async () => sign(put(), { service: 'dynamodb' }), 'IncompleteSignature'],
    ['an old signature', async () => sign(put(), { at: new Date(Date.now() - HOUR_MS) }), 'RequestTimeTooSkewed'],
    [
      'a signature from the future',
      async () => sign(put(), { at: new Date(Date.now() + HOUR_MS) }),
      'RequestTimeTooSkewed',
    ],
    [
      'a signature without its host',
      async () => sign(put(), { signed: ['x-amz-date', 'x-amz-content-sha256', 'x-amz-meta-of'] }),
      'SignatureDoesNotMatch',
    ],
    [
      'a signature that leaves out a relevant header',
      async () => sign(put(), { signed: ['host', 'x-amz-date', 'x-amz-content-sha256'] }),
      'SignatureDoesNotMatch',
    ],
    [
      'a signature that names no hash',
      async () => sign({ ...put(), headers: { 'x-amz-content-sha256': 'none' } }),
      'IncompleteSignature',
    ],
  ])('is refused with %s', async (_, make, code) => {
    await expectRefusal(await make(), code);
  });

  const changes: [string, (request: Request) => Request][] = [
    ['method', (request) => ({ ...request, method: 'POST' })],
    ['path', ({ url, ...request }) => ({ ...request, url: url.replace('key', 'kez') })],
    ['query', ({ url, ...request }) => ({ ...request, url: `${url}?acl` })],
    [
      'content-type',
      ({ headers, ...request }) => ({ ...request, headers: { ...headers, 'content-type': 'text/html' } }),
    ],
    [
      'x-amz-meta-of',
      ({ headers, ...request }) => ({ ...request, headers: { ...headers, 'x-amz-meta-of': 'theirs' } }),
    ],
    [
      'new x-amz- header',
      ({ headers, ...request }) => ({ ...request, headers: { ...headers, 'x-amz-copy-source': '/b/c' } }),
    ],
    ['missing header', ({ headers: { 'content-type': _, ...headers }, ...request }) => ({ ...request, headers })],
    ['host', ({ headers, ...request }) => ({ ...request, headers: { ...headers, host: 'localhost' } })],
    [
      'hash',
      ({ headers, ...request }) => ({
        ...request,
        headers: { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      }),
    ],
    [
      'date',
      ({ headers, ...request }) => ({
        ...request,
        headers: { ...headers, 'x-amz-date': aMinuteOn(headers['x-amz-date']) },
      }),
    ],
    [
      'list of signed headers',
      ({ headers, ...request }) => ({
        ...request,
        headers: { ...headers, authorization: String(headers.authorization).replace('content-type;', '') },
      }),
    ],
    [
      'region',
      ({ headers, ...request }) => ({
        ...request,
        headers: { ...headers, authorization: String(headers.authorization).replace('us-east-1', 'eu-west-1') },
      }),
    ],
    [
      'signature',
      ({ headers, ...request }) => ({
        ...request,
        headers: {
          ...headers,
          authorization: String(headers.authorization).replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        },
      }),
    ],
  ];
  it.each(changes)('is refused with a different %s from the signed one', async (_, change) => {
    await expectRefusal(change(await sign(put())), 'SignatureDoesNotMatch');
  });

  it('is refused with a different body from the signed one, even a shorter, a longer or an empty one', async () => {
    for (const body of ['A body', 'a bod', 'a body ', undefined]) {
      await expectRefusal({ ...(await sign(put())), body }, 'XAmzContentSHA256Mismatch', 400);
    }
  });

  it('is refused with a body in signed chunks, which would be stored with their frames', async () => {
    for (const hash of ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']) {
      await expectRefusal(await sign({ ...put(), headers: { 'x-amz-content-sha256': hash } }), 'NotImplemented', 501);
    }
  });
});

/** The files of bodies that this process has open. */
function heldFiles(): { bytes: number }[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const isHeld = readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(directory, '.body-'));
      return isHeld ? [{ bytes: statSync(`/proc/self/fd/${fd}`).size }] : [];
    } catch {
      return []; // it was closed meanwhile
    }
  });
}

describe('a long body', () => {
  const BYTES = 48 * 1024 * 1024;

  it('is served completely, and leaves nothing behind', async () => {
    const body = Buffer.alloc(BYTES, 'some bytes ');
    expect(await call(await sign(put(body)))).toMatchObject({ status: 200 });
    expect(served).toEqual([`PUT /backups/a%20key ${sha256(body)}`]);
    expect(readdirSync(directory)).toEqual([]);
    expect(heldFiles()).toEqual([]);
  });

  it('is refused if its last byte differs', async () => {
    const body = Buffer.alloc(BYTES, 'some bytes ');
    const request = await sign(put(body));
    const changed = Buffer.from(body);
    changed[BYTES - 1] = 0;
    await expectRefusal({ ...request, body: changed }, 'XAmzContentSHA256Mismatch', 400);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is held in an unnamed file, not in memory; an interrupted one leaves nothing', async () => {
    const sent = 8 * 1024 * 1024;
    const { headers } = await sign(put('what it will be'));
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const lines = Object.entries({ ...headers, 'content-length': BYTES }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(`PUT /backups/a%20key HTTP/1.1\r\n${lines.join('')}\r\n`);
    socket.write(Buffer.alloc(sent));
    await until(async () => heldFiles()[0]?.bytes === sent);
    expect(heldFiles()).toHaveLength(1);
    expect(readdirSync(directory)).toEqual([]);
    socket.destroy();
    await until(async () => heldFiles().length === 0);
    expect(served).toEqual([]);
    expect(await call(await sign(put()))).toMatchObject({ status: 200 });
  });

  it('is refused if the service does not accept bodies of that length', async () => {
    const json = await listen(
      createServer(
        signedOnly(
          (_, response) => void response.end(),
          signedJson({ service: 'dynamodb', credentials: LOCAL_CREDENTIALS }),
        ),
      ),
    );
    const post = (body: Buffer) =>
      sign({ method: 'POST', url: `${json.url}/`, headers: {}, body }, { service: 'dynamodb' });
    const answer = await call(await post(Buffer.alloc(BYTES)));
    expect([answer.status, answer.type, JSON.parse(answer.body)]).toEqual([
      413,
      'application/x-amz-json-1.0',
      { __type: 'EntityTooLarge', message: 'the body is too long' },
    ]);
    expect(await call(await post(Buffer.alloc(10 * 1024 * 1024)))).toMatchObject({ status: 200 });
    await json.close();
  });
});

describe('a presigned URL', () => {
  const get = (url: string): Request => ({ method: 'GET', url, headers: {} });
  const object = () =>
    `${server.url}/backups/a%20key?response-content-disposition=attachment%3B%20filename%3D%22it's%22`;

  it('is served until it expires', async () => {
    expect(await call(get(await presign(object(), 60)))).toMatchObject({ status: 200 });
    const old = { at: new Date(Date.now() - 50_000) };
    expect(await call(get(await presign(object(), 60, old)))).toMatchObject({ status: 200 });
    served = [];
    await expectRefusal(get(await presign(object(), 40, old)), 'AccessDenied');
  });

  it('is served without the parameter that only the SDK adds', async () => {
    const url = await presign(object(), 60, { plain: true });
    expect(url).not.toContain('Sha256');
    expect(await call(get(url))).toMatchObject({ status: 200 });
  });

  it.each([
    ['path', (url: string) => url.replace('key', 'kez'), 'SignatureDoesNotMatch'],
    ['query', (url: string) => url.replace('attachment', 'inline'), 'SignatureDoesNotMatch'],
    ['additional parameter', (url: string) => `${url}&acl=`, 'SignatureDoesNotMatch'],
    ['longer time', (url: string) => url.replace('Expires=60', 'Expires=600'), 'SignatureDoesNotMatch'],
    ['later date', (url: string) => url.replace(/(?<=Date=)\w+/, aMinuteOn), 'SignatureDoesNotMatch'],
    [
      'signature',
      (url: string) => url.replace(/(?<=Signature=)./, (first) => (first === '0' ? '1' : '0')),
      'SignatureDoesNotMatch',
    ],
    ['endless lifetime', (url: string) => url.replace('Expires=60', 'Expires=99999999'), 'IncompleteSignature'],
    ['missing parameter', (url: string) => url.replace(/&X-Amz-Expires=60/, ''), 'IncompleteSignature'],
    ['repeated parameter', (url: string) => `${url}&X-Amz-Expires=60`, 'IncompleteSignature'],
  ])('is refused with a different %s', async (_, change, code) => {
    const url = await presign(object(), 60);
    expect(change(url)).not.toBe(url);
    await expectRefusal(get(change(url)), code);
  });

  it('is refused for another method, with another key, and with headers that change its meaning', async () => {
    const url = await presign(object(), 60);
    await expectRefusal({ ...get(url), method: 'DELETE' }, 'SignatureDoesNotMatch');
    await expectRefusal(get(await presign(object(), 60, { credentials: newCredentials() })), 'InvalidAccessKeyId');
    await expectRefusal({ ...get(url), headers: { 'x-amz-copy-source': '/b/c' } }, 'SignatureDoesNotMatch');
    await expectRefusal({ ...get(url), headers: (await sign(put())).headers }, 'IncompleteSignature');
  });
});

it('only ends the connection when the service throws', async () => {
  const serve = signedOnly(
    ({ url }, response) => {
      if (url === '/fault') throw new Error('a fault of ours');
      response.end('served');
    },
    signedJson({ service: 's3', credentials: LOCAL_CREDENTIALS }),
  );
  const faulty = await listen(createServer(serve));
  const get = (path: string) => sign({ method: 'GET', url: `${faulty.url}${path}`, headers: {} });
  await expect(call(await get('/fault'))).rejects.toThrow('socket hang up');
  expect(await call(await get('/'))).toMatchObject({ status: 200 });
  await faulty.close();
});

describe('credentials with a token', () => {
  const credentials = newCredentials();
  let json: ListeningServer;
  beforeAll(async () => {
    const serve = signedOnly(
      (_, response) => void response.end('served'),
      signedJson({ service: 'secretsmanager', credentials }),
    );
    json = await listen(createServer(serve));
  });
  afterAll(() => json.close());
  const post = () => ({
    method: 'POST',
    url: `${json.url}/`,
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: '{}',
  });
  const refusal = async (request: Request) => {
    const { status, body } = await call(request);
    return [status, body === 'served' ? body : JSON.parse(body).__type];
  };

  it('give access to a service for requests that carry the token, and no others', async () => {
    const service = 'secretsmanager';
    expect(await call(await sign(post(), { service, credentials }))).toMatchObject({ status: 200, body: 'served' });
    const { sessionToken: _, ...withoutToken } = credentials;
    const other = { ...credentials, sessionToken: newCredentials().sessionToken };
    for (const wrong of [withoutToken, other]) {
      expect(await refusal(await sign(post(), { service, credentials: wrong }))).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
    }
    const bare = { ...post(), headers: { ...post().headers, 'x-amz-security-token': credentials.sessionToken } };
    expect(await refusal(bare)).toEqual([403, 'MissingAuthenticationTokenException']);
    const bearer = { ...post(), headers: { authorization: `Bearer ${credentials.sessionToken}` } };
    expect(await refusal(bearer)).toEqual([403, 'IncompleteSignature']);
  });
});

it('are different each time', () => {
  const made = Array.from({ length: 10 }, newCredentials);
  for (const part of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
    expect(new Set(made.map((one) => one[part])).size).toBe(10);
  }
});

describe('a server on this machine', () => {
  let open: ListeningServer;
  beforeAll(async () => {
    open = await listen(createServer((_, response) => void response.end('served')));
  });
  afterAll(() => open.close());

  /** The response to a request typed by hand. */
  const typed = async (head: string) => {
    const socket = connect(Number(new URL(open.url).port), '127.0.0.1');
    socket.end(`${head}\r\n\r\n`);
    return text(socket);
  };

  it.each(['127.0.0.1', 'localhost', 'LocalHost:80', '127.0.0.1:8080'])('answers to its name %s', async (host) => {
    expect(await typed(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close`)).toMatch(/^HTTP\/1.1 200 .*served$/s);
  });

  it.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example#127.0.0.1',
    '127.0.0.1:8080@evil.example',
    '0.0.0.0',
    '127.0.0.2',
    '[::1]',
    'localhost:',
    '',
  ])('answers 421 to the foreign name "%s", and does nothing', async (host) => {
    const answer = await typed(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close`);
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    expect(answer).not.toContain('served');
    expect(answer).toContain('"code":"MISDIRECTED_REQUEST"');
  });

  it('refuses a request that names no host', async () => {
    expect(await typed('GET / HTTP/1.0')).toMatch(/^HTTP\/1.1 421 /);
    expect(await typed('GET / HTTP/1.1\r\nConnection: close')).toMatch(/^HTTP\/1.1 400 /);
  });
});

function aMinuteOn(date = ''): string {
  return date.replace(/(?<=T\d\d)\d\d/, (minute) => String((Number(minute) + 1) % 60).padStart(2, '0'));
}
