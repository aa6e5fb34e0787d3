import type { Server } from 'node:http';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { type ListeningServer, listen } from './json-service.ts';
import type { LocalTable } from './template.ts';

/** DynamoDB on this machine, kept in a directory, with the stack's tables in it. */
export async function startDynamoDb(directory: string, tables: LocalTable[]): Promise<ListeningServer> {
  const server = await listen(dynalite({ path: directory, createTableMs: 0, updateTableMs: 0 }) as Server);
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const table of tables) {
    if (TableNames.includes(table.TableName)) continue;
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' } as never));
  }
  client.destroy();
  return server;
}
