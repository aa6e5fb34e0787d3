import type { DbType, SslMode } from '../../databases/names.ts';
import { RestoreError } from '../../errors/errors.ts';
import type { SessionLimits } from './session-socket.ts';
import type { TlsAttempt } from './tls.ts';

export const CONNECT_TIMEOUT_MS = 15_000;

/** What an engine needs to know about a server, as in a connection's record. */
export interface Server {
  name: string;
  db_type: DbType;
  host: string;
  port: number;
  username: string;
  ssl_mode: SslMode;
  ca_bundle: string | null;
  trusted: boolean;
}

/** What is needed to open a session. */
export interface Access {
  connection: Server;
  password: string;
  /** Limits of each session. If undefined, there are none. */
  limits?: SessionLimits | undefined;
  /** Settings with which each session begins, by name. Only PostgreSQL's sessions support this. */
  settings?: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes the attempts in order until one is accepted.
 * @param onlyTlsIsMissing whether an error says that the server and the attempt disagree about encryption. Any other
 * error ends the attempts.
 */
export async function firstAccepted<T>(
  attempts: readonly TlsAttempt[],
  open: (tls: TlsAttempt) => Promise<T>,
  onlyTlsIsMissing: (error: unknown) => boolean,
): Promise<T> {
  for (const [index, tls] of attempts.entries()) {
    try {
      return await open(tls);
    } catch (error) {
      if (index === attempts.length - 1 || !onlyTlsIsMissing(error)) throw error;
    }
  }
  throw new Error('no way to connect was given');
}

/** The error for a target that can't be reached. It says what to check. */
export function cannotConnect({ connection }: Access, error: unknown): RestoreError {
  const { name, host, port, username } = connection;
  return new RestoreError(`cannot connect to ${name} (${host}:${port}) as ${username}: ${reason(error)}`, {
    hint: 'Check target connection credentials, its TLS mode, and that the network lets the restore task reach it.',
    cause: error,
  });
}

/**
 * The error for a session that was accepted and failed later: the server ended it, or sent something that the driver
 * can't read.
 */
export function brokenOff({ connection }: Access, error: unknown): RestoreError {
  const { name, host, port } = connection;
  return new RestoreError(`the session with ${name} (${host}:${port}) broke off: ${reason(error)}`, { cause: error });
}

/** If several attempts were made for one name (IPv6 and IPv4), the messages are in the error's parts. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return (error.errors[0] as Error).message;
  return (error as Error).message;
}

/** The server refuses to create the database, usually because the user lacks the right. */
export function cannotCreate(database: string, cause: unknown): RestoreError {
  return new RestoreError(`the database ${database} cannot be created: ${(cause as Error).message}`, {
    hint: 'Create it first, or let the user of the target create databases, then restore again.',
    cause,
  });
}
