/** The OpenAPI 3.1 document, made from the list of calls. Pure. */
import { z } from 'zod';
import { errorAnswer } from '../storage/items/schemas.ts';
import { EXAMPLES } from './examples.ts';
import { type NamedRoute, ROUTE_LIST } from './routes.ts';

/**
 * Errors that API Gateway, or Node on one machine, sends before the service sees the request: without one of our
 * bodies.
 */
const BEFORE_THE_SERVICE = { 431: 'The headers are too large: API Gateway accepts 10,240 bytes in total' } as const;

/** What each error status means, for every call. */
const ERRORS = {
  400: 'Malformed: the message names the field',
  401: 'Not authenticated',
  403: "The role doesn't allow it",
  404: 'Not found',
  405: 'The path has other methods; Allow names them',
  409: 'It conflicts with the current state',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Well-formed, but impossible',
  429: 'Too many attempts',
  500: 'An unexpected error',
  503: 'Nothing can be written: on one machine, the disk of the state is full',
} as const;

export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTE_LIST) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'jagad-restore',
      version,
      description:
        "Restores Jagad's backups of PostgreSQL, MySQL and MariaDB. Lists are plain arrays, newest first; `Link` leads to the next page.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'session' },
      },
      schemas: { Error: jsonSchema(errorAnswer, 'output') },
    },
    paths,
  };
}

function operation(route: NamedRoute): Record<string, unknown> {
  const example = EXAMPLES[route.key];
  return {
    operationId: route.key.replaceAll(/[^A-Za-z]+/g, '_'),
    tags: [route.handler],
    summary: route.summary,
    description: route.role === 'public' ? 'Anyone may call it.' : `Needs the role ${route.role}.`,
    security: route.role === 'public' ? [] : [{ token: [] }, { cookie: [] }],
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            // an empty body counts as {}
            required: !route.body.safeParse({}).success,
            content: {
              'application/json': {
                schema: jsonSchema(route.body, 'input'),
                ...(example?.body === undefined ? {} : { example: example.body }),
              },
            },
          },
        }),
    responses: {
      [route.status]: {
        description: route.status === 302 ? 'The address of the object, in Location' : 'Good',
        ...(route.answer === undefined
          ? {}
          : {
              content: {
                'application/json': {
                  schema: jsonSchema(route.answer, 'output'),
                  ...(example?.answer === undefined ? {} : { example: example.answer }),
                },
              },
            }),
      },
      ...Object.fromEntries(
        Object.entries(ERRORS).map(([status, description]) => [
          status,
          { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(BEFORE_THE_SERVICE).map(([status, description]) => [status, { description }]),
      ),
    },
  };
}

function pathParameters({ path }: NamedRoute): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: NamedRoute): unknown[] {
  if (query === undefined) return [];
  const { properties = {} } = jsonSchema(query, 'input') as { properties?: Record<string, unknown> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function headerParameters({ key }: NamedRoute): unknown[] {
  if (key !== 'POST /api/backups/{id}/restore') return [];
  const description = 'The same key again returns the restore that the first request started';
  return [
    { name: 'Idempotency-Key', in: 'header', required: false, description, schema: { type: 'string', maxLength: 255 } },
  ];
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return json;
}
