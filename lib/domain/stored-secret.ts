/**
 * When a stored secret may serve for what has been typed but not saved: only for what it was stored for. Else a test would
 * be a way to send somebody's password to a server of one's own, with nothing to show for it in the records. Pure.
 */
import type { Connection, StorageProvider } from './records.ts';

export interface Moved {
  /** In words. */
  secret: 'password' | 'secret key';
  /** What differs from what is stored. */
  fields: string[];
}

const PASSWORD_GOES_TO = ['db_type', 'host', 'port', 'username'] as const;
/** The key itself stays here; what it signs goes to the endpoint. */
const SECRET_KEY_GOES_TO = ['endpoint', 'access_key'] as const;

/** What keeps a connection's stored password from serving, or undefined where it may. */
export function movedPassword(
  stored: Pick<Connection, (typeof PASSWORD_GOES_TO)[number]>,
  typed: Pick<Connection, (typeof PASSWORD_GOES_TO)[number]>,
): Moved | undefined {
  return moved('password', PASSWORD_GOES_TO, stored, typed);
}

/** What keeps a provider's stored secret key from serving, or undefined where it may. */
export function movedSecretKey(
  stored: Pick<StorageProvider, (typeof SECRET_KEY_GOES_TO)[number]>,
  typed: Pick<StorageProvider, (typeof SECRET_KEY_GOES_TO)[number]>,
): Moved | undefined {
  // without an access key, none is used
  return typed.access_key === null ? undefined : moved('secret key', SECRET_KEY_GOES_TO, stored, typed);
}

function moved<F extends string>(
  secret: Moved['secret'],
  fields: readonly F[],
  stored: Record<F, unknown>,
  typed: Record<F, unknown>,
): Moved | undefined {
  const changed = fields.filter((field) => stored[field] !== typed[field]);
  return changed.length === 0 ? undefined : { secret, fields: changed };
}
