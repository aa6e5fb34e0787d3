import { describe, expect, it } from 'vitest';
import { errorAnswer, json, listAnswer, noContent, noSuchCall } from '../../../functions/http/answers.ts';
import * as errors from '../../../lib/errors/errors.ts';
import { anApiEvent } from '../../support/api-event.ts';
import { errorExamples } from '../../support/error-classes.ts';

const bodyOf = (answer: { body?: string | undefined }) => JSON.parse(answer.body ?? 'null');

describe('an answer', () => {
  it('is JSON that must not be cached', () => {
    expect(json(201, { a: 1 }, { 'x-own': 'v' })).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-own': 'v' },
      body: '{"a":1}',
    });
  });

  it('may be empty', () => {
    expect(noContent()).toEqual({ statusCode: 204, headers: { 'cache-control': 'no-store' } });
  });
});

describe('a list', () => {
  const event = anApiEvent({ path: '/api/backups', query: { limit: '2', database_name: 'a&b=c' } });

  it('is a plain array', () => {
    const answer = listAnswer(event, { records: [{ id: 1 }], cursor: undefined });
    expect(bodyOf(answer)).toEqual([{ id: 1 }]);
    expect(answer.headers).not.toHaveProperty('link');
  });

  it('links to the next page, with the same query', () => {
    const { headers } = listAnswer(event, { records: [], cursor: 'c+/=' });
    const [, address] = /^<(.*)>; rel="next"$/.exec(String(headers?.link)) ?? [];
    const url = new URL(String(address), 'https://restore.example.com');
    expect(url.pathname).toBe('/api/backups');
    expect(Object.fromEntries(url.searchParams)).toEqual({ limit: '2', database_name: 'a&b=c', cursor: 'c+/=' });
  });

  it('continues after the last page, not after the first', () => {
    const second = anApiEvent({ path: '/api/backups', query: { cursor: 'first' } });
    expect(listAnswer(second, { records: [], cursor: 'second' }).headers?.link).toBe(
      '</api/backups?cursor=second>; rel="next"',
    );
  });
});

describe('an error', () => {
  it.each([
    [new errors.MalformedRequest('m'), 400, 'MALFORMED_REQUEST'],
    [new errors.NotAuthenticated('m'), 401, 'NOT_AUTHENTICATED'],
    [new errors.Forbidden('m'), 403, 'FORBIDDEN'],
    [new errors.NotFound('m'), 404, 'NOT_FOUND'],
    [new errors.Conflict('m'), 409, 'CONFLICT'],
    [new errors.PayloadTooLarge('m'), 413, 'PAYLOAD_TOO_LARGE'],
    [new errors.UnsupportedMediaType('m'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [new errors.Impossible('m'), 422, 'IMPOSSIBLE'],
  ])('%s has a status and a code', (error, status, code) => {
    const answer = errorAnswer(error);
    expect([answer.statusCode, bodyOf(answer)]).toEqual([status, { error: 'm', code }]);
  });

  it('says what to do', () => {
    expect(bodyOf(errorAnswer(new errors.NotFound('m', { hint: 'h' })))).toEqual({
      error: 'm',
      code: 'NOT_FOUND',
      hint: 'h',
    });
  });

  it('says when to retry, in whole seconds', () => {
    const answer = errorAnswer(new errors.TooManyRequests('m', 61_001));
    expect(answer).toMatchObject({ statusCode: 429, headers: { 'retry-after': '62' } });
    expect(bodyOf(answer)).toMatchObject({ code: 'TOO_MANY_REQUESTS', hint: 'Wait 2 minutes, then try again.' });
    const soon = errorAnswer(new errors.TooManyRequests('m', 1200));
    expect(bodyOf(soon)).toMatchObject({ hint: 'Wait 2 s, then try again.' });
  });

  it('of a step says what the restore’s log would', () => {
    const answer = errorAnswer(new errors.StorageProviderError('there is no storage provider', { hint: 'h' }));
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      422,
      { error: 'STORAGE PROVIDER ERROR: there is no storage provider', code: 'STORAGE_PROVIDER_ERROR', hint: 'h' },
    ]);
  });

  it.each(errorExamples)('of ours is never a 500: $name', (error) => {
    const answer = errorAnswer(error, () => {
      throw new Error('it was taken for an unexpected one');
    });
    expect(answer.statusCode).toBeLessThan(error instanceof errors.NotWritable ? 504 : 500);
  });

  it.each([
    new TypeError('hunter2'),
    Object.assign(new Error('hunter2'), { status: 200, code: 'X' }),
    'hunter2',
    undefined,
  ])('that is unexpected hides its cause from the answer: %s', (error) => {
    const logged: unknown[] = [];
    const answer = errorAnswer(error, (one) => logged.push(one));
    expect(answer.statusCode).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(bodyOf(answer)).toMatchObject({ code: 'INTERNAL_ERROR', hint: expect.any(String) });
    expect(logged).toEqual([error]);
  });

  it('for an unsupported method lists the supported ones', () => {
    const answer = errorAnswer(noSuchCall('DELETE', '/api/restores'));
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
    expect(bodyOf(answer)).toEqual({
      error: '/api/restores does not support DELETE',
      code: 'METHOD_NOT_ALLOWED',
      hint: 'Use GET. GET /api/openapi.json lists the calls.',
    });
  });

  it('for an unknown call says where the calls are listed', () => {
    const answer = errorAnswer(noSuchCall('GET', '/api/x'));
    expect(answer.statusCode).toBe(404);
    expect(bodyOf(answer)).toMatchObject({ error: 'there is no GET /api/x', hint: expect.stringContaining('openapi') });
  });
});
