import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AccountTables } from '../accounts/tables.ts';
import type { BackupTables } from '../backups/tables.ts';
import { BY_TIME, type ListDefinition } from '../storage/items/list-indexes.ts';
import { RecordTable } from '../storage/items/record-table.ts';
import { type Restore, restore } from './model.ts';

export const RESTORE_LIST = {
  name: 'restores',
  indexes: [
    { name: 'by-backup', attribute: 'backup_id', fields: ['backup_id'] },
    { name: 'by-target', attribute: 'to_connection', fields: ['to_connection'] },
    { name: 'by-status', attribute: 'status', fields: ['status'] },
    BY_TIME,
  ],
} as const satisfies ListDefinition;

interface OwnTables {
  restores: RecordTable<Restore, typeof RESTORE_LIST>;
}

/** The restores' own table, and the others that their work reads and writes. */
export interface RestoreTables extends OwnTables, BackupTables, Pick<AccountTables, 'audit'> {}

export function restoreTables(client: DynamoDBDocumentClient, names: { RESTORES_TABLE: string }): OwnTables {
  return { restores: new RecordTable(client, names.RESTORES_TABLE, restore, RESTORE_LIST) };
}
