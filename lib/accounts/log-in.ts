import type { Records, Secrets } from '../aws/services.ts';
import { SESSION_HOURS, type Session, type User } from '../domain/accounts.ts';
import { NotAuthenticated, TooManyRequests } from '../domain/errors.ts';
import { loginWaitMs, type MAX_ATTEMPTS } from '../domain/login-limit.ts';
import { hashPassword, passwordMatches } from './password-hash.ts';
import { newToken, tokenHash } from './session-tokens.ts';
import { ensureFirstAdmin, FIRST_ADMIN, userIdOf } from './users.ts';

export interface Login {
  token: string;
  session: Session;
}

interface Attempt {
  username: string;
  password: string;
  /** Where it comes from. */
  address: string;
}

/** Compared with where there is no such user, so that both take the same time. */
let nobodysHash: Promise<string> | undefined;

/**
 * Checks a password and opens a session.
 * @throws NotAuthenticated without saying which of the two was wrong; TooManyRequests.
 */
export async function logIn(records: Records, secrets: Secrets, attempt: Attempt, now: Date): Promise<Login> {
  const byUser = `user:${userIdOf(attempt.username)}`;
  await countAttempt(records, 'address', `address:${attempt.address}`, now);
  await countAttempt(records, 'user', byUser, now);
  if (attempt.username.toLowerCase() === FIRST_ADMIN) await ensureFirstAdmin(records, secrets, now);
  const user = await records.users.get(userIdOf(attempt.username));
  nobodysHash ??= hashPassword('');
  const matches = await passwordMatches(attempt.password, user?.password_hash ?? (await nobodysHash));
  if (user === undefined || !matches) {
    throw new NotAuthenticated('wrong username or password', {
      hint: 'Check both; ask an administrator for a new password.',
    });
  }
  await records.loginAttempts.clear(byUser, now);
  const login = await openSession(records, user, now);
  // hashing takes a while: a new password or role, given meanwhile, did not find this session to end it
  const current = await records.users.get(user.id);
  if (current?.password_hash !== user.password_hash || current.role !== user.role) {
    await records.sessions.delete(login.session.id);
    throw new NotAuthenticated('wrong username or password', { hint: 'Log in again.' });
  }
  return login;
}

async function countAttempt(
  records: Records,
  kind: keyof typeof MAX_ATTEMPTS,
  source: string,
  now: Date,
): Promise<void> {
  // counted before it is looked at, so that many at once do not slip through together
  const waitMs = loginWaitMs(kind, await records.loginAttempts.add(source, now), now);
  if (waitMs > 0) throw new TooManyRequests('too many attempts to log in', waitMs);
}

async function openSession(records: Records, user: User, now: Date): Promise<Login> {
  const token = newToken();
  const session: Session = {
    id: tokenHash(token),
    user_id: user.id,
    username: user.username,
    role: user.role,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + SESSION_HOURS * 3_600_000).toISOString(),
  };
  await records.sessions.put(session);
  return { token, session };
}
