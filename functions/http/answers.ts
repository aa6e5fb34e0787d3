/** How the API answers. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { allowedMethods } from '../../lib/api/match-route.ts';
import {
  MethodNotAllowed,
  NotFound,
  NotWritable,
  RequestError,
  StepError,
  TooManyRequests,
  toFailure,
} from '../../lib/errors/errors.ts';
import { isNotWritable, notWritableAnswer } from '../../lib/errors/not-writable.ts';
import type { Page } from '../../lib/storage/items/record-table.ts';

export type ApiEvent = APIGatewayProxyEventV2;
export type ApiAnswer = APIGatewayProxyStructuredResultV2;

/** Someone has to free disk space. */
const RETRY_NOT_WRITABLE_S = 30;

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): ApiAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** Success, with nothing to return. */
export function noContent(headers: Record<string, string> = {}): ApiAnswer {
  return { statusCode: 204, headers: { 'cache-control': 'no-store', ...headers } };
}

/** A list: a plain array, newest first, with the next page's address in `Link`. */
export function listAnswer<T>(event: ApiEvent, page: Page<T>): ApiAnswer {
  if (page.cursor === undefined) return json(200, page.records);
  const query = new URLSearchParams({ ...event.queryStringParameters, cursor: page.cursor } as Record<string, string>);
  return json(200, page.records, { link: `<${event.rawPath}?${query}>; rel="next"` });
}

/** The error for a request that matches no route: its path is unknown, or only has other methods. */
export function noSuchCall(method: string, path: string): RequestError {
  const allowed = allowedMethods(path);
  if (allowed.length > 0) return new MethodNotAllowed(`${path} does not support ${method}`, allowed);
  return new NotFound(`there is no ${method} ${path}`, { hint: 'GET /api/openapi.json lists the calls.' });
}

/**
 * Turns an error into a response. The caller doesn't see internals.
 * @param log gets them instead.
 */
export function errorAnswer(error: unknown, log: (error: Error) => void = () => {}): ApiAnswer {
  if (error instanceof RequestError) {
    const { message, code, hint } = error;
    return json(error.status, { error: message, code, ...(hint === undefined ? {} : { hint }) }, headersOf(error));
  }
  if (error instanceof StepError) {
    // errors that also make a restore fail: the storage isn't configured, the server can't be reached
    const { code, message, hint } = toFailure(error);
    return json(422, { error: message, code, ...(hint === undefined ? {} : { hint }) });
  }
  log(error as Error);
  if (isNotWritable(error)) return errorAnswer(notWritableAnswer(error));
  return json(500, {
    error: 'the service met an unexpected error',
    code: 'INTERNAL_ERROR',
    hint: 'Try again; if it keeps failing, read the log of the API.',
  });
}

/** Headers that HTTP requires in addition to the body. */
function headersOf(error: RequestError): Record<string, string> {
  if (error instanceof TooManyRequests) return { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  if (error instanceof NotWritable) return { 'retry-after': String(RETRY_NOT_WRITABLE_S) };
  return error instanceof MethodNotAllowed ? { allow: error.allowed.join(', ') } : {};
}
