/** Users and what they may do. */
import { z } from 'zod';
import { id } from '../storage/fields.ts';
import { ROLES } from './roles.ts';

export const username = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'must start with a letter or digit, and contain only letters, digits, . _ @ -',
  );

/**
 * Long enough to make guessing pointless, since logins are rate-limited. There are no other rules (NIST SP 800-63B).
 */
export const password = z.string().min(12).max(200);

export const role = z.enum(ROLES);

/** As stored: `password_hash` never leaves the service. */
export const user = z.object({
  id,
  username,
  role,
  password_hash: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type User = z.infer<typeof user>;

/** A user as the API returns it. */
export const publicUser = user.omit({ password_hash: true });

/** A login. It is stored under the hash of its token, so that someone who can read the table can't log in with it. */
export const session = z.object({
  /** Hex SHA-256 of the token. */
  id: z.string(),
  user_id: id,
  username: z.string(),
  role,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type Session = z.infer<typeof session>;

export const SESSION_HOURS = 24;

/** A field that a call changed. Values other than text are written as JSON; null means no value. */
export const change = z.object({
  field: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable().describe('of a secret, only that it was changed or removed'),
});
export type Change = z.infer<typeof change>;

/** One write, download or sign-in: who, what, when, from where. */
export const auditEntry = z.object({
  id,
  username: z.string(),
  role: role.nullable(),
  /** The call, such as `POST /api/backups/{id}/restore`. */
  call: z.string(),
  /** The path that was called. */
  path: z.string(),
  /** The response's status. */
  status: z.number().int(),
  address: z.string(),
  /** For an event: what it did, or why it did nothing. For a failed sign-in: the number of failures. */
  detail: z.string().optional(),
  changes: z.array(change).optional(),
  created_at: z.iso.datetime(),
});
export type AuditEntry = z.infer<typeof auditEntry>;
