/** Puts what a demo or a test restores from and to into a service: its bucket, servers and backups. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3ClientFor } from '../../aws/s3-source.ts';
import type { Backup, Connection, StorageProvider } from '../../domain/records.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import type { LocalService } from '../service.ts';

const PROVIDER_ID = '3f2b8f5e-51a7-4d0c-9b8e-0d7f5b1c0001';

/** The machine's own bucket as the default storage provider. Its address changes from start to start. */
export async function registerLocalBucket({
  records,
  secrets,
  secretNames,
  storage,
}: LocalService): Promise<StorageProvider> {
  const provider: StorageProvider = {
    id: PROVIDER_ID,
    name: 'this machine',
    provider_type: 's3-compat',
    endpoint: storage.endpoint,
    region: 'us-east-1',
    bucket: storage.bucket,
    access_key: storage.accessKeyId,
    path_style: true,
    is_default: true,
    created_at: '2026-01-01T00:00:00.000Z',
  };
  await records.storageProviders.put(provider);
  secrets.set(secretNames.storageProvider(provider.id), JSON.stringify({ secret_key: storage.secretAccessKey }));
  return provider;
}

export async function registerServer(
  { records, secrets, secretNames }: LocalService,
  server: RunningServer,
  { id, name }: Pick<Connection, 'id' | 'name'>,
): Promise<Connection> {
  const now = new Date().toISOString();
  const connection: Connection = {
    id,
    name,
    db_type: server.dbType,
    host: server.host,
    port: server.port,
    username: server.username,
    secret_arn: null,
    ssl_mode: 'prefer',
    ca_bundle: null,
    event_restore_allowed: false,
    created_at: now,
    updated_at: now,
  };
  await records.connections.put(connection);
  secrets.set(secretNames.connection(id), JSON.stringify({ password: server.password }));
  return connection;
}

/** Stores an object in the machine's bucket. */
export async function putObject(
  { storage }: LocalService,
  provider: StorageProvider,
  key: string,
  body: Buffer,
): Promise<void> {
  const client = s3ClientFor(provider, storage.secretAccessKey);
  await client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: key, Body: body }));
  client.destroy();
}

/** A full backup's record as Jagad's would read, with what the caller knows better. */
export function backupRecord(
  fields: Pick<Backup, 'connection_id' | 'db_type' | 'database_name' | 'storage_path'> & Partial<Backup>,
): Backup {
  const now = new Date().toISOString();
  return {
    id: randomUUID(),
    backup_type: 'full',
    status: 'success',
    storage_provider_id: PROVIDER_ID,
    object_bytes: null,
    size_bytes: null,
    encryption_algo: null,
    encryption_key_id: null,
    checksum: null,
    verify_status: 'pending',
    verified_at: null,
    verify_error: null,
    started_at: now,
    completed_at: now,
    created_at: now,
    ...fields,
  };
}
