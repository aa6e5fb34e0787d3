/** Builders of complete, valid records, with the fields that a test is about changed. */
import { randomUUID } from 'node:crypto';
import { type Backup, backup } from '../../lib/backups/model.ts';
import { type Connection, connection } from '../../lib/connections/model.ts';
import { type StorageProvider, storageProvider } from '../../lib/connections/providers/model.ts';
import { type Restore, restore } from '../../lib/restores/model.ts';

const NOW = '2026-11-22T02:00:00.000Z';

export function aConnection(overrides: Partial<Connection> = {}): Connection {
  return connection.parse({
    id: randomUUID(),
    name: 'Production PG',
    db_type: 'postgresql',
    host: 'db.example.com',
    port: 5432,
    username: 'jagad',
    created_at: NOW,
    updated_at: NOW,
    ...overrides,
  });
}

export function aStorageProvider(overrides: Partial<StorageProvider> = {}): StorageProvider {
  return storageProvider.parse({
    id: randomUUID(),
    name: 'a store',
    provider_type: 's3-compat',
    bucket: 'backups',
    created_at: NOW,
    ...overrides,
  });
}

export function aBackup(overrides: Partial<Backup> = {}): Backup {
  return backup.parse({
    id: randomUUID(),
    connection_id: randomUUID(),
    connection_source: 'jagad',
    database_name: 'shop',
    db_type: 'postgresql',
    backup_type: 'full',
    status: 'success',
    storage_provider_id: null,
    storage_path: 'backups/Production PG/shop/b-20261122-020000.sql.gz',
    object_bytes: null,
    size_bytes: null,
    encryption_algo: null,
    encryption_key_id: null,
    checksum: null,
    verify_status: 'pending',
    verified_at: null,
    verify_error: null,
    started_at: null,
    completed_at: null,
    created_at: NOW,
    ...overrides,
  });
}

export function aRestore(overrides: Partial<Restore> = {}): Restore {
  return restore.parse({
    id: randomUUID(),
    backup_id: randomUUID(),
    target_connection: null,
    target_database: null,
    status: 'running',
    trigger: 'api',
    warnings: [],
    error: null,
    progress: null,
    duration_ms: null,
    log_output: '',
    target_state: 'untouched',
    execution_arn: null,
    started_at: NOW,
    completed_at: null,
    created_at: NOW,
    ...overrides,
  });
}
