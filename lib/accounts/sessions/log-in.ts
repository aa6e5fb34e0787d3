import { randomUUID } from 'node:crypto';
import type { Secrets } from '../../connections/secrets.ts';
import { NotAuthenticated } from '../../errors/errors.ts';
import { SESSION_HOURS, type Session, type User, username as userName } from '../model.ts';
import type { AccountTables } from '../tables.ts';
import { ensureFirstAdmin, FIRST_ADMIN, userIdOf } from '../users.ts';
import { checkPassword } from './check-password.ts';
import { isAudited } from './login-limit.ts';
import { newToken, tokenHash } from './session-tokens.ts';

export interface Login {
  token: string;
  session: Session;
}

interface Attempt {
  username: string;
  password: string;
  /** The client's IP address. */
  address: string;
}

/** The text for the audit log. */
const CALL = 'POST /api/auth/login';
const PATH = '/api/auth/login';
/** Used instead if the input isn't a user name: it may be a password in the wrong field. */
const NO_NAME = '(not a user name)';

/**
 * Checks a password and opens a session. The audit log gets an entry for both; if failures repeat, not for every one.
 * @throws NotAuthenticated, without saying whether the name or the password was wrong; TooManyRequests.
 */
export async function logIn(records: AccountTables, secrets: Secrets, attempt: Attempt, now: Date): Promise<Login> {
  const userId = userIdOf(attempt.username);
  const { user, matches, failures } = await checkPassword(records, { ...attempt, userId }, async () => {
    if (attempt.username.toLowerCase() === FIRST_ADMIN) await ensureFirstAdmin(records, secrets, now);
    return records.users.get(userId);
  });
  if (user === undefined || !matches) {
    if (isAudited(failures)) await auditFailure(records, attempt, failures);
    throw new NotAuthenticated('wrong username or password', {
      hint: 'Check both, or ask an administrator for a new password.',
    });
  }
  const login = await openSession(records, user, now);
  // hashing takes a while: if the password or role was changed meanwhile, that change could not end this session yet
  const current = await records.users.get(user.id);
  if (current?.password_hash !== user.password_hash || current.role !== user.role) {
    await records.sessions.delete(login.session.id);
    throw new NotAuthenticated('wrong username or password', { hint: 'Log in again.' });
  }
  const { username, role } = user;
  await records.audit.put({ ...entryOf(attempt), username, role, status: 200 });
  return login;
}

async function auditFailure(records: Pick<AccountTables, 'audit'>, attempt: Attempt, failures: number): Promise<void> {
  const username = userName.safeParse(attempt.username).success ? attempt.username : NO_NAME;
  const detail = `failure ${failures} in a row from this address, for this user name or a few others`;
  await records.audit.put({ ...entryOf(attempt), username, role: null, status: 401, detail });
}

function entryOf({ address }: Attempt) {
  return { id: randomUUID(), call: CALL, path: PATH, address, created_at: new Date().toISOString() };
}

async function openSession(records: AccountTables, user: User, now: Date): Promise<Login> {
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
