import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What one Query cost. */
export interface WatchedQuery {
  index: string | undefined;
  /** How many items it examined, and how many it returned. */
  evaluated: number;
  returned: number;
  /** Read capacity: one is two reads of up to 4 KiB that need not be the latest. */
  units: number;
}

/** A client that notes the cost of each Query. Any Scan is an error. */
export function watchedClient(config: DynamoDBClientConfig): {
  client: DynamoDBDocumentClient;
  queries: WatchedQuery[];
} {
  const queries: WatchedQuery[] = [];
  const client = new DynamoDBClient(config);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'ScanCommand') throw new Error('a table was scanned');
      if (context.commandName !== 'QueryCommand') return next(args);
      const input = args.input as QueryCommandInput;
      const result = await next({ ...args, input: { ...input, ReturnConsumedCapacity: 'INDEXES' } });
      const { ScannedCount = 0, Count = 0, ConsumedCapacity } = result.output as QueryCommandOutput;
      const units = ConsumedCapacity?.GlobalSecondaryIndexes?.[input.IndexName ?? '']?.CapacityUnits;
      if (units === undefined) throw new Error('the server did not say what an index cost');
      queries.push({ index: input.IndexName, evaluated: ScannedCount, returned: Count, units });
      return result;
    },
    { step: 'initialize', name: 'watchQueries' },
  );
  return {
    client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    queries,
  };
}
