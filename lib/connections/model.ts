import { z } from 'zod';
import { dbType, SSL_MODES } from '../databases/names.ts';
import { id, time } from '../storage/fields.ts';

/** A database server. Its password is in a secret: `secret_arn` names an existing one, else it is ours by the id. */
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
  /** Of postgresql: whether what a dump runs while it is loaded may have all of the login's rights; by events it never has. */
  trusted: z.boolean().default(false),
  /** Of its backups, only those that are encrypted are verified and restored. */
  encrypted_only: z.boolean().default(false),
  /** Of mysql and mariadb: where in the bucket of its backups its binary logs are archived, as they lie in the server's directory. */
  binlog_prefix: z.string().nullable().default(null),
  /**
   * When Jagad's own record of the server was last changed, as far as an import told; null if it never was. Jagad doesn't
   * say what was changed: a backup from before may be of another server.
   */
  jagad_changed_at: time.nullable().default(null),
  /** `host:port` as Jagad had it at the last import: another one means that it was moved. */
  jagad_address: z.string().nullable().default(null),
  created_at: time,
  updated_at: time,
});
export type Connection = z.infer<typeof connection>;
