/** How an import converts one of Jagad's connections, and what it changes in an existing record. */

import type { Connection } from '../../connections/model.ts';
import { SSL_MODES } from '../../databases/names.ts';
import type { JagadConnection } from '../jagad/records.ts';

/** Converts a connection of Jagad's into one of ours. Jagad never reveals its password. */
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
    trusted: false,
    encrypted_only: false,
    binlog_prefix: null,
    free_bytes: null,
    jagad_changed_at: changedAt(entry),
    jagad_address: addressOf(entry),
    created_at: at,
    updated_at: at,
  };
}

export interface ConnectionNews {
  /** The fields to write; empty if there is nothing new. */
  fields: Partial<Connection>;
  warnings: string[];
}

/**
 * The differences between Jagad's record and ours with the same id. Ours isn't changed, except for the fields that
 * store Jagad's values.
 */
export function connectionNews(known: Connection, entry: JagadConnection, now: Date): ConnectionNews {
  const address = addressOf(entry);
  const isMoved = known.jagad_address !== null && known.jagad_address !== address;
  const changes = [
    known.jagad_changed_at,
    changedAt(entry),
    isMoved ? (time(entry.updated_at) ?? now.toISOString()) : null,
  ];
  const jagad_changed_at =
    changes
      .filter((at) => at !== null)
      .toSorted()
      .at(-1) ?? null;
  const fields: Partial<Connection> = {
    ...(jagad_changed_at === known.jagad_changed_at ? {} : { jagad_changed_at }),
    ...(address === known.jagad_address ? {} : { jagad_address: address }),
  };
  const warnings: string[] = [];
  if (isMoved) {
    warnings.push(
      `Jagad has moved it from ${known.jagad_address} to ${address}; here it is still at ${known.host}:${known.port}. Change it here if that is right.`,
    );
  }
  if (entry.name !== known.name) warnings.push(`Jagad calls it ${entry.name}; here it is still ${known.name}.`);
  if (entry.db_type !== known.db_type) {
    warnings.push(`Jagad says that its type is ${entry.db_type}; here it is still ${known.db_type}.`);
  }
  return { fields, warnings };
}

/** When someone last changed it in Jagad after it was created; null if no one did, or if Jagad doesn't say. */
function changedAt({ created_at, updated_at }: JagadConnection): string | null {
  const [created, updated] = [time(created_at), time(updated_at)];
  return created !== null && updated !== null && updated > created ? updated : null;
}

function addressOf({ host, port }: JagadConnection): string {
  return `${host.toLowerCase()}:${port}`;
}

function time(text: string | null | undefined): string | null {
  return text ? new Date(text).toISOString() : null;
}
