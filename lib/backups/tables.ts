import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ConnectionTables } from '../connections/tables.ts';
import type { SettingsTables } from '../settings/table.ts';
import { BY_TIME, type ListDefinition } from '../storage/items/list-indexes.ts';
import type { Locks } from '../storage/items/lock-table.ts';
import { RecordTable } from '../storage/items/record-table.ts';
import { type Backup, backup } from './model.ts';
import { type Job, job } from './scan/job.ts';

export const BACKUP_LIST = {
  name: 'backups',
  indexes: [
    {
      name: 'by-connection-and-database',
      attribute: 'connection_database',
      fields: ['connection_id', 'database_name'],
    },
    { name: 'by-connection', attribute: 'connection_id', fields: ['connection_id'] },
    { name: 'by-database', attribute: 'database_name', fields: ['database_name'] },
    { name: 'by-storage-provider', attribute: 'in_storage_provider', fields: ['storage_provider_id'] },
    { name: 'by-verify-status', attribute: 'verify_status', fields: ['verify_status'] },
    { name: 'by-status', attribute: 'status', fields: ['status'] },
    { name: 'by-contents-state', attribute: 'in_contents_state', fields: ['contents_state'] },
    { name: 'by-would-restore', attribute: 'in_would_restore', fields: ['would_restore'] },
    BY_TIME,
  ],
} as const satisfies ListDefinition;

export const JOB_LIST = { name: 'jobs', indexes: [BY_TIME] } as const satisfies ListDefinition;

interface OwnTables {
  backups: RecordTable<Backup, typeof BACKUP_LIST>;
  jobs: RecordTable<Job, typeof JOB_LIST>;
}

/** The catalogue's own tables, and the others that its work reads and writes. */
export interface BackupTables extends OwnTables, ConnectionTables, SettingsTables, Locks {}

/**
 * The tables of which a restore reads single records before it starts. restores/admission/read-once.ts reads each
 * record only once.
 */
export interface Readers {
  backups: Pick<BackupTables['backups'], 'get'>;
  connections: Pick<BackupTables['connections'], 'get'>;
  storageProviders: Pick<BackupTables['storageProviders'], 'get' | 'default'>;
}

export function backupTables(
  client: DynamoDBDocumentClient,
  names: { BACKUPS_TABLE: string; JOBS_TABLE: string },
): OwnTables {
  return {
    backups: new RecordTable(client, names.BACKUPS_TABLE, backup, BACKUP_LIST),
    jobs: new RecordTable(client, names.JOBS_TABLE, job, JOB_LIST),
  };
}
