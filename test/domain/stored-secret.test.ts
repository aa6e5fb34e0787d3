import { describe, expect, it } from 'vitest';
import { movedPassword, movedSecretKey } from '../../lib/domain/stored-secret.ts';

describe('a stored password', () => {
  const stored = { db_type: 'postgresql', host: 'db', port: 5432, username: 'restorer' } as const;

  it('serves for what it was stored for', () => {
    expect(movedPassword(stored, { ...stored })).toBeUndefined();
  });

  it.each([
    [{ db_type: 'mysql' as const }, ['db_type']],
    [{ host: 'elsewhere' }, ['host']],
    [{ port: 5433 }, ['port']],
    [{ username: 'postgres' }, ['username']],
    [{ host: 'elsewhere', username: 'postgres' }, ['host', 'username']],
  ])('does not with %o', (typed, fields) => {
    expect(movedPassword(stored, { ...stored, ...typed })).toEqual({ secret: 'password', fields });
  });
});

describe('a stored secret key', () => {
  const stored = { endpoint: 'https://minio:9000', access_key: 'AK' };

  it('serves for what it was stored for', () => {
    expect(movedSecretKey(stored, { ...stored })).toBeUndefined();
  });

  it.each([
    [{ endpoint: 'https://elsewhere' }, ['endpoint']],
    [{ endpoint: null }, ['endpoint']],
    [{ access_key: 'OTHER' }, ['access_key']],
  ])('does not with %o', (typed, fields) => {
    expect(movedSecretKey(stored, { ...stored, ...typed })).toEqual({ secret: 'secret key', fields });
  });

  it('is of no matter without an access key', () => {
    expect(movedSecretKey(stored, { endpoint: null, access_key: null })).toBeUndefined();
  });
});
