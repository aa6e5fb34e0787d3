import type { z } from 'zod';
import { type Connection, SSL_MODES } from '../records.ts';
import type { jagadConnection } from '../requests/backups.ts';

export type JagadConnection = z.output<typeof jagadConnection>;

/** A connection of Jagad's as one of ours. Jagad never tells its password. */
export function importedConnection(entry: JagadConnection, now: Date): Connection {
  const at = now.toISOString();
  return {
    id: entry.id.toLowerCase(),
    name: entry.name,
    db_type: entry.db_type,
    host: entry.host,
    port: entry.port,
    username: entry.username,
    secret_arn: null,
    ssl_mode: SSL_MODES.find((mode) => mode === entry.ssl_mode) ?? 'prefer',
    ca_bundle: null,
    event_restore_allowed: false,
    encrypted_only: false,
    binlog_prefix: null,
    created_at: at,
    updated_at: at,
  };
}
