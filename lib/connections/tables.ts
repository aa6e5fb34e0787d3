import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BY_TIME, type ListDefinition } from '../storage/items/list-indexes.ts';
import { RecordTable } from '../storage/items/record-table.ts';
import { type Connection, connection } from './model.ts';
import { StorageProviderTable } from './providers/table.ts';

export const CONNECTION_LIST = { name: 'connections', indexes: [BY_TIME] } as const satisfies ListDefinition;

export interface ConnectionTables {
  connections: RecordTable<Connection, typeof CONNECTION_LIST>;
  storageProviders: StorageProviderTable;
}

export function connectionTables(
  client: DynamoDBDocumentClient,
  names: { CONNECTIONS_TABLE: string; STORAGE_PROVIDERS_TABLE: string },
): ConnectionTables {
  return {
    connections: new RecordTable(client, names.CONNECTIONS_TABLE, connection, CONNECTION_LIST),
    storageProviders: new StorageProviderTable(client, names.STORAGE_PROVIDERS_TABLE),
  };
}
