import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readBody, readQuery } from '../../../functions/http/input.ts';
import { MalformedRequest, PayloadTooLarge, UnsupportedMediaType } from '../../../lib/errors/errors.ts';
import { emptyBody, listQuery, noQuery } from '../../../lib/storage/items/schemas.ts';
import { anApiEvent } from '../../support/api-event.ts';

const schema = z.strictObject({
  name: z.string().max(100_000),
  port: z.number().int().optional(),
  more: z.strictObject({ deep: z.boolean() }).optional(),
});
const JSON_TYPE = { 'content-type': 'application/json' };
const read = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, maxBodyBytes?: number) =>
  readBody(anApiEvent({ method: 'POST', body, headers }), {
    body: schema,
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
  });
/** `{"name":"xx…"}` of so many bytes. */
const ofBytes = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes - '{"name":""}'.length) });

describe('a body', () => {
  it('becomes what the schema makes of it', () =>
    expect(read('{"name":"n","port":1}')).toEqual({ name: 'n', port: 1 }));

  it('may come in base64', () => expect(read(Buffer.from('{"name":"é"}'))).toEqual({ name: 'é' }));

  it('is not read if the call takes none', () => {
    expect(readBody(anApiEvent({ method: 'DELETE', body: 'not JSON' }), {})).toBeUndefined();
  });

  it.each(['', ' \n'])('may be left out (%j) if no field is required, whatever its type', (body) => {
    expect(readBody(anApiEvent({ method: 'POST', body }), { body: emptyBody })).toEqual({});
    expect(() => read(body, {})).toThrow('name: ');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json ;x=y'])(
    'may be %s',
    (type) => expect(read('{"name":"n"}', { 'content-type': type })).toEqual({ name: 'n' }),
  );

  it.each(['text/plain', '', 'application/jsonp', 'text/application/json', 'application/x-www-form-urlencoded'])(
    'may not be "%s"',
    (type) => expect(() => read('{"name":"n"}', { 'content-type': type })).toThrow(UnsupportedMediaType),
  );

  it('must have a type', () => expect(() => read('{"name":"n"}', {})).toThrow(UnsupportedMediaType));

  it.each(['{', '{"name":"n"', "{'name':'n'}", 'undefined', '{"name":"n"}x'])(
    'is refused if it isn’t JSON: %s',
    (body) => {
      expect(() => read(body)).toThrow(new MalformedRequest('the body is not valid JSON'));
    },
  );

  it.each(['[]', 'null', '1', '"text"', 'true', '[{"name":"n"}]'])('is refused if it isn’t an object: %s', (body) => {
    expect(() => read(body)).toThrow(new MalformedRequest('the body must be a JSON object'));
  });

  it.each([
    ['{"name":"n","nmae":1}', 'unknown field: nmae'],
    ['{"name":"n","a":1,"b":2}', 'unknown field: a, b'],
    ['{"name":"n","more":{"deep":true,"deeper":1}}', 'unknown field: more.deeper'],
    ['{"name":"n","constructor":1}', 'unknown field: constructor'],
    ['{"port":1}', 'name: '],
    ['{"name":"n","port":"1"}', 'port: '],
    ['{"name":"n","more":{"deep":1}}', 'more.deep: '],
  ])('is refused for %s, naming the field', (body, message) => {
    expect(() => read(body)).toThrow(MalformedRequest);
    expect(() => read(body)).toThrow(message);
  });

  it('is refused with every wrong field at once', () => {
    expect(() => read('{"port":"1","x":2}')).toThrow(
      /name: .*port: .*unknown field: x|unknown field: x.*name: .*port: /s,
    );
  });

  it('never sets what objects inherit', () => {
    const outcome = (() => {
      try {
        return read('{"name":"n","__proto__":{"port":7}}');
      } catch (error) {
        return error;
      }
    })();
    if (!(outcome instanceof MalformedRequest)) expect(outcome).toEqual({ name: 'n' });
    expect((outcome as { port?: number }).port).toBeUndefined();
    expect(({} as { port?: number }).port).toBeUndefined();
  });
});

describe('the size of a body', () => {
  const LIMIT = 64 * 1024;

  it('is at most 64 KiB', () => {
    expect(read(ofBytes(LIMIT))).toHaveProperty('name');
    expect(() => read(ofBytes(LIMIT + 1))).toThrow(new PayloadTooLarge('the body is larger than 64 KiB'));
  });

  it('counts its bytes, not its characters or its base64', () => {
    expect(read(Buffer.from(ofBytes(LIMIT)))).toHaveProperty('name');
    expect(() => read(Buffer.from(ofBytes(LIMIT + 1)))).toThrow(PayloadTooLarge);
    expect(() => read(JSON.stringify({ name: 'é'.repeat(LIMIT / 2) }))).toThrow(PayloadTooLarge);
  });

  it('may be larger if the call allows it', () => {
    expect(read(ofBytes(LIMIT + 1), JSON_TYPE, 2 * LIMIT)).toHaveProperty('name');
    expect(() => read(ofBytes(2 * LIMIT + 1), JSON_TYPE, 2 * LIMIT)).toThrow('larger than 128 KiB');
  });

  it('is checked before anything else', () => {
    expect(() => read('x'.repeat(LIMIT + 1), {})).toThrow(PayloadTooLarge);
  });
});

describe('a query', () => {
  const query = (given: Record<string, string> | undefined, of: z.ZodType = listQuery) =>
    readQuery(anApiEvent(given === undefined ? {} : { query: given }), of);

  it('has its defaults, and its numbers', () => {
    expect(query(undefined)).toEqual({ limit: 50 });
    expect(query({ limit: '200', cursor: 'c' })).toEqual({ limit: 200, cursor: 'c' });
  });

  it.each(['0', '201', '', 'x', '1.5', '-1', '1,2', 'Infinity'])('refuses the limit %j', (limit) => {
    expect(() => query({ limit })).toThrow(/^limit: /);
  });

  it('refuses unknown parameters', () => {
    expect(() => query({ page: '2' })).toThrow('unknown field: page');
    expect(() => query({ limit: '1' }, noQuery)).toThrow('unknown field: limit');
    expect(query(undefined, noQuery)).toEqual({});
  });
});
