import { describe, expect, it } from 'vitest';
import { isForOther, movedPassword, movedSecretKey, passwordSecret } from '../../lib/connections/stored-secret.ts';
import { SSL_MODES } from '../../lib/databases/names.ts';

describe('a stored password', () => {
  const stored = {
    db_type: 'postgresql',
    host: 'db',
    port: 5432,
    username: 'restorer',
    ssl_mode: 'verify-ca',
    ca_bundle: 'A',
  } as const;

  it('is used for the server that it was stored for', () => {
    expect(movedPassword(stored, { ...stored })).toBeUndefined();
  });

  it.each([
    [{ db_type: 'mysql' as const }, ['db_type']],
    [{ host: 'elsewhere' }, ['host']],
    [{ port: 5433 }, ['port']],
    [{ username: 'postgres' }, ['username']],
    [{ host: 'elsewhere', username: 'postgres' }, ['host', 'username']],
    [{ ssl_mode: 'require' as const }, ['ssl_mode']],
    [{ ssl_mode: 'disable' as const, ca_bundle: null }, ['ssl_mode']],
    [{ ca_bundle: 'B' }, ['ca_bundle']],
    [{ ca_bundle: null }, ['ca_bundle']],
    [{ ssl_mode: 'verify-full' as const, ca_bundle: null }, ['ca_bundle']],
  ])('is not used with %o', (typed, fields) => {
    expect(movedPassword(stored, { ...stored, ...typed })).toEqual({ secret: 'password', fields });
  });
});

describe.each(SSL_MODES)('a password that was stored with ssl_mode %s', (ssl_mode) => {
  const stored = { db_type: 'mysql', host: 'db', port: 3306, username: 'u', ssl_mode, ca_bundle: null } as const;

  it.each(SSL_MODES)('is used with %s if that is at least as strict', (next) => {
    const isWeaker = SSL_MODES.indexOf(next) < SSL_MODES.indexOf(ssl_mode);
    expect(movedPassword(stored, { ...stored, ssl_mode: next })?.fields).toEqual(isWeaker ? ['ssl_mode'] : undefined);
  });

  it('is checked against the trusted authority only if that was asked for', () => {
    const moved = movedPassword(stored, { ...stored, ca_bundle: 'B' });
    expect(moved?.fields).toEqual(ssl_mode.startsWith('verify') ? ['ca_bundle'] : undefined);
  });
});

describe('the secret of a connection', () => {
  const address = { host: 'db', port: 5432, username: 'restorer' };

  it('says for which server and user its password was given', () => {
    const secret = JSON.parse(passwordSecret('p', address)) as Record<string, unknown>;
    expect(secret).toEqual({ password: 'p', ...address });
    expect(isForOther(secret, address)).toBe(false);
    for (const other of [{ host: 'x' }, { port: 1 }, { username: 'x' }]) {
      expect(isForOther(secret, { ...address, ...other })).toBe(true);
    }
  });

  it('does not say so if it is from an earlier version', () =>
    expect(isForOther({ password: 'p' }, address)).toBe(false));
});

describe('a stored secret key', () => {
  const stored = { endpoint: 'https://minio:9000', access_key: 'AK' };

  it('is used for the endpoint that it was stored for', () => {
    expect(movedSecretKey(stored, { ...stored })).toBeUndefined();
  });

  it.each([
    [{ endpoint: 'https://elsewhere' }, ['endpoint']],
    [{ endpoint: null }, ['endpoint']],
    [{ access_key: 'OTHER' }, ['access_key']],
  ])('is not used with %o', (typed, fields) => {
    expect(movedSecretKey(stored, { ...stored, ...typed })).toEqual({ secret: 'secret key', fields });
  });

  it('does not matter without an access key', () => {
    expect(movedSecretKey(stored, { endpoint: null, access_key: null })).toBeUndefined();
  });
});
