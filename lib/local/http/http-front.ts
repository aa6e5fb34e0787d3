import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Match, matchRoute } from '../../api/match-route.ts';
import { type ApiHandlerName, DEFAULT_HANDLER } from '../../api/routes.ts';
import { LOCAL_ACCOUNT } from '../../restores/execution/execution-arn.ts';
import { type ListeningServer, listen } from '../aws/json-service.ts';
import { isForPages, servePage } from './pages.ts';

/** API Gateway's own limit. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Calls the handler of a resource with an event of API Gateway's HTTP API, payload version 2.0. */
export type CallHandler = (handler: ApiHandlerName, event: APIGatewayProxyEventV2) => Promise<unknown>;

/**
 * The HTTP server of one machine, which replaces API Gateway and CloudFront.
 * @param pages the directory of the built pages, if they should be served.
 */
export async function serveFront(port: number, call: CallHandler, pages?: string): Promise<ListeningServer> {
  const server = createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      if (body === undefined) {
        response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
        response.end(JSON.stringify({ message: 'Request Entity Too Large' }));
        return;
      }
      const url = new URL(`http://127.0.0.1${request.url ?? '/'}`); // in one piece, or `//x/y` would name a host
      if (pages !== undefined && isForPages(request, url.pathname)) {
        await servePage(pages, url.pathname, response);
        return;
      }
      const matched = matchRoute(request.method ?? 'GET', url.pathname);
      const event = eventOf(request, url, body, matched);
      const answer = (await call(
        matched?.route.handler ?? DEFAULT_HANDLER,
        event,
      )) as APIGatewayProxyStructuredResultV2;
      if (answer.cookies) response.setHeader('set-cookie', answer.cookies);
      response.writeHead(answer.statusCode ?? 200, answer.headers as Record<string, string>);
      response.end(answer.isBase64Encoded ? Buffer.from(answer.body ?? '', 'base64') : answer.body);
    } catch (error) {
      console.error('the API failed:', error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'Internal Server Error' }));
    }
  });
  return listen(server, port);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function eventOf(request: IncomingMessage, url: URL, body: Buffer, matched: Match | undefined): APIGatewayProxyEventV2 {
  const method = request.method ?? 'GET';
  const { cookie, ...rest } = request.headers;
  const headers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  const query = Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );
  const routeKey = matched ? `${matched.route.method} ${matched.route.path}` : '$default';
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    ...(url.search === '' ? {} : { queryStringParameters: query }),
    ...(matched && Object.keys(matched.parameters).length > 0 ? { pathParameters: matched.parameters } : {}),
    ...(body.length === 0 ? {} : { body: body.toString('base64') }),
    isBase64Encoded: body.length > 0,
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      domainName: request.headers.host ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}
