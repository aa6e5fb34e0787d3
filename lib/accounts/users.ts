import { v5 as uuidv5 } from 'uuid';
import type { Secrets } from '../connections/secrets.ts';
import { readSecret } from '../storage/secrets/secrets.ts';
import type { User } from './model.ts';
import type { Role } from './roles.ts';
import { hashPassword } from './sessions/password-hash.ts';
import type { AccountTables } from './tables.ts';

const USER_NAMESPACE = '5c1b9e0e-6a3d-5f0a-9a53-3e1f2c7a4b10';
export const FIRST_ADMIN = 'admin';

/** A user's id is derived from the name, ignoring case, so that no two users have the same name. */
export function userIdOf(username: string): string {
  return uuidv5(username.toLowerCase(), USER_NAMESPACE);
}

export async function newUser(username: string, password: string, role: Role, now: Date): Promise<User> {
  const at = now.toISOString();
  return {
    id: userIdOf(username),
    username,
    role,
    password_hash: await hashPassword(password),
    created_at: at,
    updated_at: at,
  };
}

/** Creates the first administrator, with the password that was generated at deployment, if there are no users yet. */
export async function ensureFirstAdmin(records: AccountTables, secrets: Secrets, now: Date): Promise<void> {
  for await (const _ of records.users.all()) return;
  const password = await readSecret(secrets.client, secrets.names.adminPassword);
  if (password === undefined) throw new Error('the secret of the first administrator’s password is missing');
  await records.users.insert(await newUser(FIRST_ADMIN, password, 'admin', now));
}
