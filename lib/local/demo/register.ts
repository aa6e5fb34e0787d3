/** Registers what a demo or a test needs for a restore: servers, objects and backups. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { newBackup } from '../../backups/catalogue/new-backup.ts';
import type { Backup } from '../../backups/model.ts';
import type { Connection } from '../../connections/model.ts';
import { s3ClientFor } from '../../storage/objects/s3-source.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import type { LocalService } from '../service.ts';

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
    trusted: false,
    encrypted_only: false,
    binlog_prefix: null,
    free_bytes: null,
    jagad_changed_at: null,
    jagad_address: null,
    created_at: now,
    updated_at: now,
  };
  await records.connections.put(connection);
  secrets.set(secretNames.connection(id), JSON.stringify({ password: server.password }));
  return connection;
}

/** Stores an object in the machine's bucket. */
export async function putObject({ bucket }: LocalService, key: string, body: Buffer): Promise<void> {
  const client = s3ClientFor(bucket.provider, bucket.secretKey);
  await client.send(new PutObjectCommand({ Bucket: bucket.provider.bucket, Key: key, Body: body }));
  client.destroy();
}

/** The record of a full backup as Jagad would write it. The caller's fields replace the defaults. */
export function backupRecord(
  fields: Pick<Backup, 'connection_id' | 'db_type' | 'database_name' | 'storage_path'> & Partial<Backup>,
): Backup {
  const now = new Date().toISOString();
  return newBackup({
    id: randomUUID(),
    connection_source: 'jagad',
    started_at: now,
    completed_at: now,
    created_at: now,
    ...fields,
  });
}
