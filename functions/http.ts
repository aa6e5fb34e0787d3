/** What every API handler goes through: the one middy stack, and how requests are read and answers written. */
import { timingSafeEqual } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { z } from 'zod';
import { readSecret } from '../lib/aws/secrets.ts';
import type { Secrets } from '../lib/aws/services.ts';
import {
  MalformedRequest,
  NotAuthenticated,
  NotFound,
  PayloadTooLarge,
  RequestError,
  UnsupportedMediaType,
} from '../lib/domain/errors.ts';
import { type ApiHandlerName, ROUTES, type RouteKey } from '../lib/routes.ts';

const MAX_BODY_BYTES = 64 * 1024;
const TOKEN_CACHE_MS = 60_000;
const logger = new Logger({ serviceName: 'api' });

export type ApiEvent = APIGatewayProxyEventV2;
export type ApiAnswer = APIGatewayProxyStructuredResultV2;
export type RouteHandler = (event: ApiEvent) => Promise<ApiAnswer>;

/** The handler of one resource: its calls, each behind the authentication that lib/routes.ts asks for. */
export function apiHandler(
  name: ApiHandlerName,
  calls: Partial<Record<RouteKey, RouteHandler>>,
  secrets: () => Secrets,
): (event: ApiEvent, context: unknown) => Promise<ApiAnswer> {
  const routes = ROUTES.filter((route) => route.handler === name).map(({ method, path, role }) => {
    const call = calls[`${method} ${path}` as RouteKey];
    if (call === undefined) throw new Error(`functions/${name}.ts does not answer ${method} ${path}`);
    const guarded = middy<ApiEvent, ApiAnswer>().before(async ({ event }) => {
      if (role !== 'public') await authenticate(event, secrets());
    });
    return { method, path, handler: guarded.handler(call) };
  });
  return middy<ApiEvent, ApiAnswer>()
    .before(({ context }) => logger.addContext(context))
    .onError((request) => {
      request.response = errorAnswer(request.error);
    })
    .handler(
      httpRouter<ApiEvent, ApiAnswer>({
        routes,
        notFoundResponse: ({ method, path }) => errorAnswer(noSuchCall(method, path)),
      }),
    ) as never;
}

export function noSuchCall(method: string, path: string): NotFound {
  return new NotFound(`there is no ${method} ${path}`, { hint: 'The calls are listed in the README.' });
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): ApiAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** The request's JSON object, checked; a request without a body counts as `{}`. */
export function readBody<T>(event: ApiEvent, schema: z.ZodType<T>): T {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new PayloadTooLarge(`the body is larger than ${MAX_BODY_BYTES / 1024} KiB`);
  }
  if (text.trim() === '') return check(schema, {});
  const type = event.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new UnsupportedMediaType('the body must be JSON', {
      hint: 'Send the header Content-Type: application/json.',
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new MalformedRequest('the body is not valid JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new MalformedRequest('the body must be a JSON object');
  }
  return check(schema, body);
}

export function readQuery<T>(event: ApiEvent, schema: z.ZodType<T>): T {
  return check(schema, event.queryStringParameters ?? {});
}

/** @throws MalformedRequest naming every field that is wrong. */
function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MalformedRequest(parsed.error.issues.map(describe).join('; '));
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown field: ${issue.keys.join(', ')}`;
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** The error of a request as its answer; whatever is not meant for the caller is logged, and stays inside. */
export function errorAnswer(error: unknown): ApiAnswer {
  if (error instanceof RequestError) {
    const { message, code, hint } = error;
    return json(error.status, { error: message, code, ...(hint === undefined ? {} : { hint }) });
  }
  logger.error('a request failed', error as Error);
  return json(500, {
    error: 'the service met an unexpected error',
    code: 'INTERNAL_ERROR',
    hint: 'Try again; if it stays, read the log of the API.',
  });
}

let cachedToken: { value: string; until: number } | undefined;

async function authenticate(event: ApiEvent, secrets: Secrets): Promise<void> {
  const given = (event.headers.authorization ?? '').replace(/^Bearer\s+/i, '');
  if (cachedToken === undefined || cachedToken.until < Date.now()) {
    const value = await readSecret(secrets.client, secrets.names.apiToken);
    if (value === undefined || value === '') throw new Error('the API token secret is empty');
    cachedToken = { value, until: Date.now() + TOKEN_CACHE_MS };
  }
  if (!sameText(given, cachedToken.value)) {
    throw new NotAuthenticated('not authenticated', { hint: 'Send the header Authorization: Bearer <token>.' });
  }
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
