import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Environment } from '../../lib/api/environment.ts';
import type { Records } from '../../lib/api/tables.ts';
import { openRecords, type RECORD_SETTINGS } from '../../lib/api/tables.ts';
import { startDynamoDb } from '../../lib/local/aws/dynamodb.ts';
import type { TableStore } from '../../lib/local/aws/table-store.ts';
import type { Recorder } from '../../lib/storage/event-publisher.ts';
import { CollectedEvents } from './collected-events.ts';
import { LOCAL_CREDENTIALS } from './local-credentials.ts';
import { knownStack } from './stack/known-stack.ts';

export interface TestTables extends Recorder<Records> {
  events: CollectedEvents;
  /** The tables' names and address, for clients of a test's own. */
  names: Environment<(typeof RECORD_SETTINGS)[number]>;
  config: DynamoDBClientConfig;
  /** Carries out each operation: to be spied on. */
  store: TableStore;
  stop(): Promise<void>;
}

/** The deployed tables, in a DynamoDB of their own. */
export async function startTables(): Promise<TestTables> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  const { tables, taskEnvironment } = knownStack();
  const names = taskEnvironment as TestTables['names'];
  const server = await startDynamoDb(directory, tables, LOCAL_CREDENTIALS);
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: LOCAL_CREDENTIALS,
  };
  return {
    records: openRecords(names, config),
    events: new CollectedEvents(),
    names,
    config,
    store: server.store,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
