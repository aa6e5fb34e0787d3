import { createHash, randomBytes } from 'node:crypto';

/** A session's token: 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Hex SHA-256: the key of the sessions table. A token has too many bits to be guessed from its hash. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
