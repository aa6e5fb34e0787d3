import { z } from 'zod';
import { dbType, SSL_MODES } from '../databases/names.ts';
import { id, time } from '../storage/fields.ts';

/**
 * A database server. Its password is in a secret: the one that `secret_arn` names, or else one of our own, named by the
 * connection's id.
 */
export const connection = z.object({
  id,
  name: z.string().min(1).max(200),
  db_type: dbType,
  host: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65535),
  username: z.string().min(1).max(128),
  secret_arn: z.string().nullable().default(null),
  ssl_mode: z.enum(SSL_MODES).default('prefer'),
  ca_bundle: z.string().nullable().default(null),
  event_restore_allowed: z.boolean().default(false),
  /**
   * PostgreSQL only: whether code in a dump may use all of the login's rights while the dump is loaded. Restores that
   * an event started never may.
   */
  trusted: z.boolean().default(false),
  /** Whether backups of this server are verified and restored only if they are encrypted. */
  encrypted_only: z.boolean().default(false),
  /**
   * MySQL and MariaDB only: the prefix in the backups' bucket under which the server's binary logs are archived, with
   * the names that they have on the server.
   */
  binlog_prefix: z.string().nullable().default(null),
  /**
   * The free space on the server's disk, in bytes, as entered by a person, for servers whose free space isn't measured.
   */
  free_bytes: z.number().int().nonnegative().nullable().default(null),
  /**
   * When Jagad's own record of the server last changed, according to the last import; null if it never did. Jagad
   * doesn't say what changed, so an earlier backup may come from another server.
   */
  jagad_changed_at: time.nullable().default(null),
  /** `host:port` in Jagad at the last import. If it differs now, the connection was moved. */
  jagad_address: z.string().nullable().default(null),
  created_at: time,
  updated_at: time,
});
export type Connection = z.infer<typeof connection>;
