import type { RequestListener, Server } from 'node:http';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { AbstractKeyIterator, AbstractValueIterator } from 'abstract-level';
import dynalite from 'dynalite';
import type { LocalCredentials } from './credentials.ts';
import { type ListeningServer, listen, signedJson } from './json-service.ts';
import { signedOnly } from './signed-requests.ts';
import type { LocalTable } from './template.ts';

// dynalite 4 ends its iterators by `return`, which those of abstract-level 3 do not have: each query left one open, with some 50 KiB
// that only native code knows of.
for (const iterator of [AbstractKeyIterator, AbstractValueIterator]) {
  Object.assign(iterator.prototype, {
    return(this: { close(): Promise<void> }) {
      return this.close();
    },
  });
}

/**
 * DynamoDB on this machine, kept in a directory, with the stack's tables in it. Only requests that are signed with the
 * credentials come through to dynalite, which itself takes any signature.
 */
export async function startDynamoDb(
  directory: string,
  tables: LocalTable[],
  credentials: LocalCredentials,
): Promise<ListeningServer> {
  const dynamoDb = dynalite({ path: directory, createTableMs: 0, updateTableMs: 0 }) as Server;
  const [serve] = dynamoDb.listeners('request') as RequestListener[];
  if (serve === undefined) throw new Error('dynalite listens to no requests');
  dynamoDb.removeAllListeners('request');
  dynamoDb.on('request', signedOnly(serve, signedJson({ service: 'dynamodb', credentials })));
  const server = await listen(dynamoDb);
  const client = new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const missing = tables.filter(({ TableName }) => !TableNames.includes(TableName));
  for (const table of missing) {
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' } as never));
  }
  // until then, it is as if it were not there
  for (const { TableName } of missing) {
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.1 }, { TableName });
  }
  client.destroy();
  return server;
}
