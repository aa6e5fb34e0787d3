import { z } from 'zod';
import { dbType, SSL_MODES } from '../databases/names.ts';
import { id, time } from '../storage/fields.ts';

/**
 * A database server. Its password is in a secret: `secret_arn` names an existing one, otherwise it is ours, by the id.
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
   * For postgresql: whether code in a dump may use all of the login's rights while it is loaded; restores started by
   * events never may.
   */
  trusted: z.boolean().default(false),
  /** Whether only encrypted backups of this server are verified and restored. */
  encrypted_only: z.boolean().default(false),
  /**
   * For mysql and mariadb: where in the bucket of its backups its binary logs are archived, under their names on the
   * server.
   */
  binlog_prefix: z.string().nullable().default(null),
  /** What is free on the server's disk, as a person measured it: for servers of which no one else knows. */
  free_bytes: z.number().int().nonnegative().nullable().default(null),
  /**
   * When Jagad's own record of the server was last changed, according to the last import; null if it never was. Jagad
   * doesn't say what was changed: an earlier backup may come from another server.
   */
  jagad_changed_at: time.nullable().default(null),
  /** `host:port` in Jagad at the last import: if it differs now, the connection was moved. */
  jagad_address: z.string().nullable().default(null),
  created_at: time,
  updated_at: time,
});
export type Connection = z.infer<typeof connection>;
