import { CreateTableCommand, DynamoDBClient, ListTablesCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { LocalTable } from '../stack/template.ts';
import type { LocalCredentials } from './credentials.ts';
import { type ListeningServer, type Operation, serveJsonService } from './json-service.ts';
import { TABLE_OPERATIONS, TableStore } from './table-store.ts';

/**
 * DynamoDB on this machine, stored in a directory, with the stack's tables. It only serves requests that are signed
 * with the credentials.
 */
export async function startDynamoDb(
  directory: string,
  tables: LocalTable[],
  credentials: LocalCredentials,
): Promise<ListeningServer & { store: TableStore }> {
  const store = await TableStore.open(directory);
  const operations = TABLE_OPERATIONS.map((name): [string, Operation] => [name, (input) => store.run(name, input)]);
  const server = await serveJsonService(Object.fromEntries(operations), { service: 'dynamodb', credentials });
  const client = new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const missing = tables.filter(({ TableName }) => !TableNames.includes(TableName));
  for (const table of missing) {
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' } as never));
  }
  // until then, it behaves as if it didn't exist
  for (const { TableName } of missing) {
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.1 }, { TableName });
  }
  client.destroy();
  for (const table of tables.filter(({ TableName }) => TableNames.includes(TableName))) await store.addIndexes(table);
  return {
    url: server.url,
    store,
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}
