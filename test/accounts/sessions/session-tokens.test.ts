import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newToken, tokenHash } from '../../../lib/accounts/sessions/session-tokens.ts';

describe('a session’s token', () => {
  it('is 256 random bits, in characters that need no escaping in a header or a cookie', () => {
    const tokens = Array.from({ length: 1000 }, newToken);
    expect(new Set(tokens).size).toBe(1000);
    for (const token of tokens) {
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    }
  });

  it('has every bit set about half the time', () => {
    const counts = Array.from({ length: 256 }, () => 0);
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      const bytes = Buffer.from(newToken(), 'base64url');
      for (let bit = 0; bit < 256; bit++)
        counts[bit] = (counts[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
    // nine standard deviations of 2,000 coin tosses
    for (const count of counts) expect(Math.abs(count - rounds / 2)).toBeLessThan(9 * Math.sqrt(rounds / 4));
  });

  it('is stored as its SHA-256', () => {
    const token = newToken();
    expect(tokenHash(token)).toBe(createHash('sha256').update(token, 'utf8').digest('hex'));
    expect(tokenHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
