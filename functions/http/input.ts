/** Reads requests. All input is first checked against the route's own schemas. */
import type { z } from 'zod';
import type { Route } from '../../lib/api/routes.ts';
import { MalformedRequest, PayloadTooLarge, UnsupportedMediaType } from '../../lib/errors/errors.ts';
import { issuesOf } from '../../lib/errors/issues.ts';
import type { ApiEvent } from './answers.ts';

const DEFAULT_MAX_BODY_BYTES = 64 * 1024;

/** The checked body. If a route has no body, or all fields of its body are optional, an empty body counts as `{}`. */
export function readBody(event: ApiEvent, route: Pick<Route, 'body' | 'maxBodyBytes'>): unknown {
  if (route.body === undefined) return undefined;
  const bytes = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : Buffer.from(event.body ?? '');
  const maxBytes = route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  if (bytes.length > maxBytes) throw new PayloadTooLarge(`the body is larger than ${maxBytes / 1024} KiB`);
  const text = bytes.toString('utf8');
  if (text.trim() === '') return check(route.body, {});
  if (!/^application\/json\s*(;|$)/i.test(event.headers['content-type'] ?? '')) {
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
  return check(route.body, body);
}

/** The checked query. A route without query parameters refuses any. */
export function readQuery(event: ApiEvent, schema: z.ZodType): unknown {
  return check(schema, event.queryStringParameters ?? {});
}

/** @throws MalformedRequest that names every wrong field. */
function check(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MalformedRequest(issuesOf(parsed.error));
}
