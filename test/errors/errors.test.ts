import { describe, expect, it } from 'vitest';
import * as errors from '../../lib/errors/errors.ts';
import { failure } from '../../lib/errors/failure.ts';

const { toFailure } = errors;

describe('toFailure', () => {
  it.each([
    [errors.StorageProviderError, 'STORAGE_PROVIDER_ERROR', 'STORAGE PROVIDER ERROR: '],
    [errors.DownloadError, 'DOWNLOAD_ERROR', 'DOWNLOAD ERROR: '],
    [errors.DecryptError, 'DECRYPT_ERROR', 'DECRYPT ERROR: '],
    [errors.DecompressError, 'DECOMPRESS_ERROR', 'DECOMPRESS ERROR: '],
    [errors.ChecksumMismatch, 'CHECKSUM_MISMATCH', 'CHECKSUM MISMATCH: '],
    [errors.RestoreError, 'RESTORE_ERROR', 'RESTORE ERROR: '],
    [errors.RestoreStopped, 'RESTORE_STOPPED', 'RESTORE ERROR: '],
    [errors.NotFound, 'NOT_FOUND', ''],
    [errors.Conflict, 'CONFLICT', ''],
    [errors.Impossible, 'IMPOSSIBLE', ''],
  ])('reports a $name with its code and prefix', (kind, code, prefix) => {
    expect(toFailure(new kind('what', { hint: 'do it.' }))).toEqual({ code, message: `${prefix}what`, hint: 'do it.' });
    expect(toFailure(new kind('what'))).toEqual({ code, message: `${prefix}what` });
    expect(failure.parse(toFailure(new kind('what')))).toBeTruthy();
  });

  it.each([
    new Error('connect ECONNREFUSED 10.0.0.7 password=hunter2'),
    new TypeError('hunter2'),
    Object.assign(new Error('hunter2'), { code: 'RESTORE_ERROR', hint: 'hunter2', prefix: 'hunter2' }),
    'hunter2',
    undefined,
    { message: 'hunter2', code: 'NOT_FOUND' },
  ])('hides unexpected errors: %s', (error) => {
    const told = toFailure(error);
    expect(told.code).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(told)).not.toMatch(/hunter2|10\.0\.0\.7/);
    expect(told.hint).toMatch(/\.$/);
  });

  it('keeps the cause out of what users see', () => {
    const told = toFailure(new errors.RestoreError('refused', { cause: new Error('hunter2') }));
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});

describe('the error classes', () => {
  const classes = Object.entries(errors).filter(([name]) => /^[A-Z]/.test(name)) as [string, typeof errors.NotFound][];
  const concrete = classes.filter(([name]) => !['ServiceError', 'RequestError', 'StepError'].includes(name));

  it('have the names that the state machine catches, and each has its own code', () => {
    for (const [name, kind] of concrete) expect(new kind('x').name).toBe(name);
    expect(new Set(concrete.map(([, kind]) => new kind('x').code)).size).toBe(concrete.length);
  });

  it('keep a cause if there is one, and have no hint if there is none', () => {
    const cause = new Error('inner');
    expect(new errors.NotFound('x', { cause }).cause).toBe(cause);
    expect('cause' in new errors.NotFound('x')).toBe(false);
    expect(new errors.NotFound('x').hint).toBeUndefined();
  });

  it('answer HTTP requests with their status', () => {
    const statuses = concrete.map(([name, kind]) => [name, new kind('x').status]).filter(([, status]) => status);
    expect(Object.fromEntries(statuses)).toMatchObject({
      MalformedRequest: 400,
      NotAuthenticated: 401,
      NotFound: 404,
      Conflict: 409,
      PayloadTooLarge: 413,
      UnsupportedMediaType: 415,
      Impossible: 422,
    });
  });
});
