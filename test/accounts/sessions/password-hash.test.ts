import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashPassword, passwordMatches } from '../../../lib/accounts/sessions/password-hash.ts';
import { TooManyRequests } from '../../../lib/errors/errors.ts';

const PASSWORD = 'correct horse battery staple';

describe('a password’s hash', () => {
  it('matches only its own password', async () => {
    const stored = await hashPassword(PASSWORD);
    expect(await passwordMatches(PASSWORD, stored)).toBe(true);
    for (const other of ['', `${PASSWORD} `, PASSWORD.toUpperCase(), PASSWORD.slice(0, -1)]) {
      expect([other, await passwordMatches(other, stored)]).toEqual([other, false]);
    }
  });

  it('records how it was made, with its own salt, and without the password', async () => {
    const [one, two] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
    expect(one).toMatch(/^scrypt\$131072\$8\$1\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/);
    expect(one.split('$')[4]).not.toBe(two.split('$')[4]);
    expect(one.split('$')[5]).not.toBe(two.split('$')[5]);
  });

  it('with a different cost still matches: the cost is read from the hash', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const hash = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 4, p: 2 });
    const stored = `scrypt$1024$4$2$${salt.toString('base64url')}$${hash.toString('base64url')}`;
    expect(await passwordMatches(PASSWORD, stored)).toBe(true);
    expect(await passwordMatches('another', stored)).toBe(false);
  });

  it('is computed a few at a time: the rest of a flood is told to try again', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const hash = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 4, p: 2 });
    const stored = `scrypt$1024$4$2$${salt.toString('base64url')}$${hash.toString('base64url')}`;
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => passwordMatches(PASSWORD, stored)));
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(68);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TooManyRequests);
    // and later ones are accepted again
    expect(await passwordMatches(PASSWORD, stored)).toBe(true);
  });

  it('accepts characters of any script', async () => {
    const stored = await hashPassword('пароль 密码 🔑');
    expect(await passwordMatches('пароль 密码 🔑', stored)).toBe(true);
    expect(await passwordMatches('пароль 密码 🔒', stored)).toBe(false);
  });
});
