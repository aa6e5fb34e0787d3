/** The API's document: OpenAPI 3.1, and consistent with the list of calls. */
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../lib/api/examples.ts';
import { openApiDocument } from '../../lib/api/openapi.ts';
import { ROUTE_LIST, type RouteKey } from '../../lib/api/routes.ts';
import { errorExamples } from '../support/error-classes.ts';

interface Content {
  'application/json': { schema: Schema; example?: unknown };
}
interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Record<string, unknown>[];
  parameters: { name: string; in: string; required: boolean; schema: Schema }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}
type Schema = Record<string, unknown>;
interface Document {
  openapi: string;
  info: { title: string; version: string };
  components: { securitySchemes: Record<string, Schema>; schemas: Record<string, Schema> };
  paths: Record<string, Record<string, Operation>>;
}

// as it is sent
const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, path, operation })),
);
const operationOf = (key: string) => operations.find((one) => one.key === key)?.operation as Operation;
/** Everything in the document, objects and lists, with its path. */
function* parts(value: unknown, way: string): Generator<{ way: string; part: Record<string, unknown> }> {
  if (typeof value !== 'object' || value === null) return;
  yield { way, part: value as Record<string, unknown> };
  for (const [name, item] of Object.entries(value)) yield* parts(item, `${way}/${name}`);
}
const all = [...parts(document, '#')];

describe('the document', () => {
  it('is OpenAPI 3.1, with the version of the service', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: expect.any(String), version: '1.2.3' } });
    const known = ['openapi', 'info', 'servers', 'components', 'paths'];
    expect(Object.keys(document).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has every call, and no others', () => {
    expect(operations.map(({ key }) => key).sort()).toEqual(ROUTE_LIST.map(({ key }) => key as string).sort());
  });

  it('gives each call a unique name that a program can use', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z][A-Za-z_]*$/);
  });

  it('has no dangling reference', () => {
    const references = all.flatMap(({ way, part }) => (typeof part.$ref === 'string' ? [{ way, to: part.$ref }] : []));
    expect(references.length).toBeGreaterThan(ROUTE_LIST.length);
    expect(references.filter(({ to }) => resolve(to) === undefined)).toEqual([]);
  });

  it('contains only JSON values', () => {
    expect(openApiDocument('1.2.3')).toEqual(document);
  });
});

describe.each(ROUTE_LIST)('$key', (route) => {
  const { key, path, role, body, query, answer, status, handler, summary } = route;
  const operation = operationOf(key);

  it('says what the call does and who may call it', () => {
    expect(operation).toMatchObject({ summary, tags: [handler] });
    if (role === 'public') expect(operation.security).toEqual([]);
    else {
      expect(operation.description).toContain(role);
      expect(operation.security).toEqual([{ token: [] }, { cookie: [] }]);
      for (const one of operation.security)
        expect(document.components.securitySchemes).toMatchObject(
          Object.fromEntries(Object.keys(one).map((name) => [name, { type: expect.any(String) }])),
        );
    }
  });

  it('has the parameters of the path and the query', () => {
    const named = (where: string) => operation.parameters.filter((one) => one.in === where).map(({ name }) => name);
    expect(named('path')).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    for (const one of operation.parameters) expect([one.name, one.required]).toEqual([one.name, one.in === 'path']);
    expect(named('query').length > 0).toBe(query !== undefined);
    if (query !== undefined) expect(query.safeParse({ nobody_knows_this: '1' }).success).toBe(false);
    for (const name of named('query')) {
      const unknown = query?.safeParse({ [name]: '' }).error?.issues.some(({ code }) => code === 'unrecognized_keys');
      expect([name, unknown ?? false]).toEqual([name, false]);
    }
  });

  it('has the body and the answers', () => {
    expect(operation.requestBody !== undefined).toBe(body !== undefined);
    // the service takes an empty body for {}
    if (body !== undefined) expect(operation.requestBody?.required).toBe(!body.safeParse({}).success);
    const good = operation.responses[status];
    expect(good?.description).toBeTruthy();
    expect(good?.content !== undefined).toBe(answer !== undefined);
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining(['400', '401', '403', '404', '405', '431', '500']),
    );
    for (const [code, { description, content }] of Object.entries(operation.responses)) {
      expect(code).toMatch(/^[2-5]\d\d$/);
      expect(description).not.toBe('');
      if (code === '431') expect(content).toBeUndefined();
      else if (Number(code) >= 400) {
        expect(content?.['application/json'].schema).toEqual({ $ref: '#/components/schemas/Error' });
      }
    }
  });

  it('lists every status that our errors have', () => {
    const statuses = errorExamples.flatMap((error) => ('status' in error ? [String(error.status)] : []));
    expect(statuses.filter((one) => !(one in operation.responses))).toEqual([]);
  });
});

describe('its schemas', () => {
  const roots = operations.flatMap(({ key, operation }) => [
    ...operation.parameters.map(({ name, schema }) => ({ from: `${key} ${name}`, schema })),
    ...[operation.requestBody?.content, ...Object.values(operation.responses).map(({ content }) => content)].flatMap(
      (content) => (content === undefined ? [] : [{ from: key, schema: content['application/json'].schema }]),
    ),
  ]);
  const schemas = roots.flatMap(({ from, schema }) => [...subschemas(schema)].map((one) => ({ from, schema: one })));
  const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

  it('are JSON Schema 2020-12', () => {
    expect(schemas.length).toBeGreaterThan(300);
    for (const { from, schema } of schemas) {
      const { type, required, properties, enum: values, anyOf, items, pattern } = schema;
      if (type !== undefined) expect([from, TYPES]).toEqual([from, expect.arrayContaining([type].flat())]);
      if (type === 'array') expect([from, items]).toEqual([from, expect.any(Object)]);
      if (values !== undefined) expect([from, values]).toEqual([from, [...new Set(values as string[])]]);
      if (anyOf !== undefined) expect((anyOf as unknown[]).length).toBeGreaterThan(0);
      if (pattern !== undefined) expect(() => new RegExp(String(pattern), 'u')).not.toThrow();
      for (const name of (required as string[]) ?? [])
        expect([from, properties]).toEqual([from, expect.objectContaining({ [name]: expect.anything() })]);
      // of an older draft, or for a separate document
      for (const other of ['nullable', 'definitions', '$schema', '$defs', 'id', '$id'])
        expect(schema).not.toHaveProperty(other);
    }
  });

  it('require a body if one of its fields is required', () => {
    const needed = operations.filter(({ operation }) => operation.requestBody?.required).map(({ key }) => key);
    expect(needed).toContain('POST /api/auth/login');
    expect(needed).toContain('POST /api/connections');
    expect(needed).not.toContain('POST /api/auth/logout');
    expect(needed).not.toContain('POST /api/backups/{id}/restore');
  });

  it('refuse unknown fields in a body, as the service does', () => {
    for (const { key, operation } of operations) {
      const schema = operation.requestBody?.content['application/json'].schema;
      if (schema !== undefined) expect([key, schema.additionalProperties]).toEqual([key, false]);
    }
  });

  it('require no field that has a default', () => {
    const restore = operationOf('POST /api/backups/{id}/restore').requestBody?.content['application/json'].schema;
    expect(restore).not.toHaveProperty('required');
    expect(restore).toHaveProperty('properties.verify.default', 'always');
  });

  it('return no secret', () => {
    const answered = operations.flatMap(({ key, operation }) =>
      Object.values(operation.responses).flatMap(({ content }) =>
        content === undefined
          ? []
          : [...subschemas(content['application/json'].schema)].map((schema) => ({ key, schema })),
      ),
    );
    const names = answered.flatMap(({ key, schema }) =>
      Object.keys((schema.properties as object | undefined) ?? {}).map((name) => `${key} ${name}`),
    );
    expect(names.filter((name) => / (.*password.*|secret_key|value|token|.*hash)$/.test(name))).toEqual([
      'POST /api/auth/login token',
    ]);
  });
});

describe('its examples', () => {
  const examples = Object.entries(EXAMPLES).map(([key, example]) => ({ key, example }));

  it('belong to existing calls', () => {
    const keys: string[] = ROUTE_LIST.map(({ key }) => key);
    expect(examples.map(({ key }) => key).filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('exist for every body with a required field', () => {
    const needing = ROUTE_LIST.filter(({ body }) => body !== undefined && !body.safeParse({}).success);
    expect(needing.map(({ key }) => key as string).filter((key) => EXAMPLES[key]?.body === undefined)).toEqual([]);
  });

  it.each(examples)('of $key match their schemas, and are in the document', ({ key, example }) => {
    const route = ROUTE_LIST.find((one) => one.key === (key as RouteKey));
    const { requestBody, responses } = operationOf(key);
    if (example?.body !== undefined) {
      expect(route?.body?.safeParse(example.body)).toMatchObject({ success: true });
      expect(requestBody?.content['application/json'].example).toEqual(example.body);
    }
    if (example?.answer !== undefined) {
      expect(route?.answer?.safeParse(example.answer)).toMatchObject({ success: true, data: example.answer });
      expect(responses[route?.status ?? 0]?.content?.['application/json'].example).toEqual(example.answer);
    }
  });
});

/** What a JSON pointer of the document leads to (RFC 6901). */
function resolve(reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  const names = reference.slice(2).split('/');
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  );
}

/** A schema, and all schemas within it. */
function* subschemas(schema: Schema): Generator<Schema> {
  yield schema;
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [], additionalProperties } = schema;
  const inner = [...Object.values(properties as object), items, additionalProperties, anyOf, oneOf, allOf].flat();
  for (const one of inner) if (typeof one === 'object' && one !== null) yield* subschemas(one as Schema);
}
