/** The one middy stack that every API handler uses. */
import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { Change, Session } from '../../lib/accounts/model.ts';
import {
  type ApiHandlerName,
  type BodyOf,
  type NamedRoute,
  type QueryOf,
  ROUTE_LIST,
  type ROUTES,
  type RouteKey,
} from '../../lib/api/routes.ts';
import type { Records } from '../../lib/api/tables.ts';
import { noQuery } from '../../lib/storage/items/schemas.ts';
import { type LogContext, logger, withContext } from '../../lib/telemetry/log.ts';
import { type ApiAnswer, type ApiEvent, errorAnswer, noSuchCall } from './answers.ts';
import { edge, originSecret } from './edge.ts';
import { readBody, readQuery } from './input.ts';
import { authenticate, authorize } from './session.ts';

/** A request whose caller and input have been checked. */
export interface ApiRequest<K extends RouteKey> {
  event: ApiEvent;
  body: BodyOf<K>;
  query: QueryOf<K>;
  /** The path's `{id}`; empty if it has none. */
  id: string;
  /** Tells the audit log what was changed. Call it after the change. */
  noteChanges(changes: readonly Change[]): void;
  /** Tells the audit log what the call was about, if neither its path nor its changes say so. */
  noteDetail(detail: string): void;
  /** The context of a public call, which has no user. */
  session: (typeof ROUTES)[K]['role'] extends 'public' ? undefined : Session;
}

type KeysOf<H extends ApiHandlerName> = {
  [K in RouteKey]: (typeof ROUTES)[K]['handler'] extends H ? K : never;
}[RouteKey];

/** A function for each call of a handler. */
export type Calls<H extends ApiHandlerName> = { [K in KeysOf<H>]: (request: ApiRequest<K>) => Promise<ApiAnswer> };

/** What a call reports for the audit log while it runs. */
class Notes {
  readonly changes: Change[] = [];
  detail: string | undefined;
}

const LONGEST_DETAIL = 500;

const readOriginSecret = originSecret();

/** The handler of one resource, with its calls as lib/api/routes.ts lists them. */
export function apiHandler<H extends ApiHandlerName>(
  name: H,
  records: Pick<Records, 'sessions' | 'audit'>,
  calls: Calls<H>,
): (event: ApiEvent, context: unknown) => Promise<ApiAnswer> {
  const routes = ROUTE_LIST.filter((route) => route.handler === name).map((route) => ({
    method: route.method,
    path: route.path,
    handler: (event: ApiEvent) =>
      withContext(about(event, route), () => carryOut(event, route, records, calls[route.key as KeysOf<H>] as never)),
  }));
  return apiStack(
    httpRouter<ApiEvent, ApiAnswer>({
      routes,
      notFoundResponse: ({ method, path }) => errorAnswer(noSuchCall(method, path)),
    }),
  );
}

/** The middleware of every call, whatever it does. */
export function apiStack(
  answer: (event: ApiEvent, ...more: never[]) => unknown,
): (event: ApiEvent, context: unknown) => Promise<ApiAnswer> {
  return middy<ApiEvent, ApiAnswer>()
    .before(({ context }) => logger.addContext(context))
    .before(edge(readOriginSecret))
    .onError((request) => {
      request.response = errorAnswer(request.error, logError);
    })
    .handler(answer as never) as never;
}

/** What the log lines of a call are about, judging by its path. */
function about({ pathParameters }: ApiEvent, { key, path }: NamedRoute): LogContext {
  const id = pathParameters?.id ?? '';
  if (path.startsWith('/api/backups/{id}')) return { call: key, backup_id: id };
  return path.startsWith('/api/restores/{id}') ? { call: key, restore_id: id } : { call: key };
}

async function carryOut(
  event: ApiEvent,
  route: NamedRoute,
  records: Pick<Records, 'sessions' | 'audit'>,
  call: (request: ApiRequest<RouteKey>) => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const session = route.role === 'public' ? undefined : await authenticate(event, records);
  const noted = new Notes();
  const answer = await checkAndCall(event, route, session, noted, call).catch((error: unknown) =>
    errorAnswer(error, logError),
  );
  if (session !== undefined && (route.method !== 'GET' || route.audited)) {
    await audit(event, route, session, answer, noted, records);
  }
  return answer;
}

async function checkAndCall(
  event: ApiEvent,
  route: NamedRoute,
  session: Session | undefined,
  noted: Notes,
  call: (request: ApiRequest<RouteKey>) => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  if (session !== undefined && route.role !== 'public') authorize(session, route.role);
  return call({
    event,
    body: readBody(event, route) as never,
    query: readQuery(event, route.query ?? noQuery) as never,
    id: event.pathParameters?.id ?? '',
    noteChanges: (changes) => void noted.changes.push(...changes),
    noteDetail: (detail) => {
      noted.detail = detail;
    },
    session: session as never,
  });
}

async function audit(
  event: ApiEvent,
  route: NamedRoute,
  session: Session,
  answer: ApiAnswer,
  { changes, detail }: Notes,
  records: Pick<Records, 'audit'>,
): Promise<void> {
  await records.audit.put({
    id: randomUUID(),
    username: session.username,
    role: session.role,
    call: route.key,
    path: event.rawPath.slice(0, 500),
    status: answer.statusCode ?? 200,
    address: event.requestContext.http.sourceIp,
    ...(detail === undefined ? {} : { detail: detail.slice(0, LONGEST_DETAIL) }),
    ...(changes.length === 0 ? {} : { changes }),
    created_at: new Date().toISOString(),
  });
}

function logError(error: Error): void {
  logger.error('a request failed', error);
}
