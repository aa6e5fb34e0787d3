/**
 * When a stored secret may serve for other settings than those it was given with: only if it can't come into other
 * hands. Otherwise a changed host, and a test, would let a user send a stored password to a server of their own. Pure.
 */

import { SSL_MODES } from '../databases/names.ts';
import type { Connection } from './model.ts';
import type { StorageProvider } from './providers/model.ts';

export interface ChangedDestination {
  /** In words. */
  secret: 'password' | 'secret key';
  /** What differs from what is stored. */
  fields: string[];
}

const PASSWORD_GOES_TO = ['db_type', 'host', 'port', 'username'] as const;
/**
 * The key itself stays here, since a signature doesn't reveal it: so TLS, the certificates that are trusted and the bucket
 * may change. But another endpoint gets the access key and the names of all backups, and what it answers is restored:
 * only someone who has the key may say that it is for that store, too.
 */
const SECRET_KEY_GOES_TO = ['endpoint', 'access_key'] as const;

type PasswordFields = Pick<Connection, (typeof PASSWORD_GOES_TO)[number] | 'ssl_mode' | 'ca_bundle'>;
type SecretKeyFields = Pick<StorageProvider, (typeof SECRET_KEY_GOES_TO)[number]>;

/** What keeps a connection's stored password from serving, or undefined if it may. */
export function movedPassword(stored: PasswordFields, typed: PasswordFields): ChangedDestination | undefined {
  const fields = [...differing(PASSWORD_GOES_TO, stored, typed), ...weakerTls(stored, typed)];
  return fields.length === 0 ? undefined : { secret: 'password', fields };
}

/** What keeps a provider's stored secret key from serving, or undefined if it may. */
export function movedSecretKey(stored: SecretKeyFields, typed: SecretKeyFields): ChangedDestination | undefined {
  // without an access key, none is used
  const fields = typed.access_key === null ? [] : differing(SECRET_KEY_GOES_TO, stored, typed);
  return fields.length === 0 ? undefined : { secret: 'secret key', fields };
}

/** With these, someone on the network path could read the password, or pose as the server. */
function weakerTls(stored: PasswordFields, typed: PasswordFields): string[] {
  const strength = ({ ssl_mode }: PasswordFields) => SSL_MODES.indexOf(ssl_mode);
  if (strength(typed) < strength(stored)) return ['ssl_mode'];
  // below verify-ca any certificate was taken already
  const verified = strength(stored) >= SSL_MODES.indexOf('verify-ca');
  return verified && typed.ca_bundle !== stored.ca_bundle ? ['ca_bundle'] : [];
}

function differing<F extends string>(fields: readonly F[], stored: Record<F, unknown>, typed: Record<F, unknown>): F[] {
  return fields.filter((field) => stored[field] !== typed[field]);
}

/** What is stored beside a password: the server and the user that it was given for. */
export type PasswordAddress = Pick<Connection, 'host' | 'port' | 'username'>;

/** A connection's secret as this service writes it. */
export function passwordSecret(password: string, { host, port, username }: PasswordAddress): string {
  return JSON.stringify({ password, host, port, username });
}

/**
 * Whether a secret of this service was given for another server than its connection has now. A change that came between
 * the check of a request and its writes shows here. Secrets of earlier versions don't say for which they were given.
 */
export function isForOther(secret: Readonly<Record<string, unknown>>, connection: PasswordAddress): boolean {
  const fields = ['host', 'port', 'username'] as const;
  return fields.some((field) => secret[field] !== undefined && secret[field] !== connection[field]);
}
