/**
 * Decides whether a stored secret may be used with settings that differ from those it was stored with: only if that
 * can't reveal the secret. Otherwise, a user could change the host and run a test, and so have a stored password sent
 * to a server of their own. Pure.
 */

import { SSL_MODES } from '../databases/names.ts';
import type { Connection } from './model.ts';
import type { StorageProvider } from './providers/model.ts';

export interface ChangedDestination {
  /** What the secret is called in messages. */
  secret: 'password' | 'secret key';
  /** The changed settings, in words. */
  fields: string[];
}

const PASSWORD_GOES_TO = ['db_type', 'host', 'port', 'username'] as const;
/**
 * A signature doesn't reveal the secret key itself, so TLS, the trusted certificates and the bucket may change. But a
 * different endpoint gets the access key and the names of all backups, and a restore trusts what it returns: so only
 * someone who has the secret key may say that it is for that store, too.
 */
const SECRET_KEY_GOES_TO = ['endpoint', 'access_key'] as const;

type PasswordFields = Pick<Connection, (typeof PASSWORD_GOES_TO)[number] | 'ssl_mode' | 'ca_bundle'>;
type SecretKeyFields = Pick<StorageProvider, (typeof SECRET_KEY_GOES_TO)[number]>;

/** Why a connection's stored password may not be used; undefined if it may. */
export function movedPassword(stored: PasswordFields, typed: PasswordFields): ChangedDestination | undefined {
  const fields = [...differing(PASSWORD_GOES_TO, stored, typed), ...weakerTls(stored, typed)];
  return fields.length === 0 ? undefined : { secret: 'password', fields };
}

/** Why a provider's stored secret key may not be used; undefined if it may. */
export function movedSecretKey(stored: SecretKeyFields, typed: SecretKeyFields): ChangedDestination | undefined {
  // without an access key, the secret key isn't used
  const fields = typed.access_key === null ? [] : differing(SECRET_KEY_GOES_TO, stored, typed);
  return fields.length === 0 ? undefined : { secret: 'secret key', fields };
}

/** If these change, someone on the network path could read the password, or pose as the server. */
function weakerTls(stored: PasswordFields, typed: PasswordFields): string[] {
  const strength = ({ ssl_mode }: PasswordFields) => SSL_MODES.indexOf(ssl_mode);
  if (strength(typed) < strength(stored)) return ['ssl_mode'];
  // below verify-ca, any certificate was accepted before the change, too
  const verified = strength(stored) >= SSL_MODES.indexOf('verify-ca');
  return verified && typed.ca_bundle !== stored.ca_bundle ? ['ca_bundle'] : [];
}

function differing<F extends string>(fields: readonly F[], stored: Record<F, unknown>, typed: Record<F, unknown>): F[] {
  return fields.filter((field) => stored[field] !== typed[field]);
}

/** What is stored along with a password: the server and the user that it was given for. */
export type PasswordAddress = Pick<Connection, 'host' | 'port' | 'username'>;

/** A connection's secret, as this service writes it. */
export function passwordSecret(password: string, { host, port, username }: PasswordAddress): string {
  return JSON.stringify({ password, host, port, username });
}

/**
 * Whether a secret of this service was given for a server other than the one that its connection has now. This finds a
 * change that happened between the check of a request and its writes. Secrets written by earlier versions don't say
 * what they were given for.
 */
export function isForOther(secret: Readonly<Record<string, unknown>>, connection: PasswordAddress): boolean {
  const fields = ['host', 'port', 'username'] as const;
  return fields.some((field) => secret[field] !== undefined && secret[field] !== connection[field]);
}
