/** The pages as one machine serves them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFront } from '../../../lib/local/http/http-front.ts';

const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-pages-'));
const pages = join(directory, 'pages');
let front: Awaited<ReturnType<typeof serveFront>>;

beforeAll(async () => {
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(join(pages, 'index.html'), 'the document');
  writeFileSync(join(pages, 'assets', 'index-1a2b.js'), 'the script');
  writeFileSync(join(directory, 'secret.html'), 'not a page');
  front = await serveFront(0, async () => ({ statusCode: 404, body: 'the API' }), pages);
});
afterAll(async () => {
  await front.close();
  rmSync(directory, { recursive: true });
});

/** The path unchanged: fetch would normalise it. */
function get(path: string, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(front.url);
    request({ hostname, port, path, method }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    })
      .on('error', reject)
      .end();
  });
}

describe('the pages', () => {
  it.each(['/', '/backups', '/restores/8b673b51-1111-4222-8333-444455556666'])(
    'answer %s with the document',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect({ status, body }).toEqual({ status: 200, body: 'the document' });
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': expect.stringContaining("script-src 'self';"),
        'x-content-type-options': 'nosniff',
      });
    },
  );

  it('may be cached if their names depend on their content', async () => {
    const { headers, body } = await get('/assets/index-1a2b.js');
    expect(body).toBe('the script');
    expect(headers['cache-control']).toContain('immutable');
  });

  it.each([
    '/assets/gone.js',
    '/assets/',
    '/assets/../../secret.html',
    '/../secret.html',
    '/assets/%2e%2e/%2e%2e/secret.html',
    '/assets\\..\\..\\secret.html',
  ])('are not %s', async (path) => {
    const { status, body } = await get(path);
    expect([404, 200]).toContain(status);
    expect(body).not.toContain('not a page');
    if (path.startsWith('/assets/g')) expect(status).toBe(404);
  });

  it.each([
    ['GET', '/api/none'],
    ['POST', '/backups'],
  ])('leave %s %s to the API', async (method, path) => {
    expect(await get(path, method)).toMatchObject({ status: 404, body: 'the API' });
  });
});
