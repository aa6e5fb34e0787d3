/** Serves the built pages on this machine, as CloudFront does on AWS. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { cacheControlOf, fileOf, SECURITY_HEADERS } from '../../infra/pages/page-rules.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Whether a request is for a page; everything else is the API's. */
export function isForPages({ method }: IncomingMessage, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !path.startsWith('/api/');
}

/** Responds with the file for a path. If the file is missing, the response is a 404 with the same headers. */
export async function servePage(directory: string, path: string, response: ServerResponse): Promise<void> {
  const file = fileOf(path);
  const type = TYPES[extname(file)];
  // the build's file names never contain `..`, `%` or `\`, so a path with one of these can't match a file
  const isPlain = /^[\w/.-]+$/.test(file) && !file.includes('..');
  const content = type && isPlain ? await readFile(join(directory, file)).catch(() => undefined) : undefined;
  if (content === undefined) {
    response.writeHead(404, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
    response.end('File not found.\n');
    return;
  }
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type, 'cache-control': cacheControlOf(file) });
  response.end(content);
}
