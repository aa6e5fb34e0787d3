import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords, type Records } from '../../lib/aws/services.ts';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { synthesise } from '../../lib/local/service.ts';

export interface TestTables {
  records: Records;
  stop(): Promise<void>;
}

/** The deployed template's tables, in a DynamoDB of their own. */
export async function startTables(): Promise<TestTables> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  const { tables, taskEnvironment } = synthesise(join(directory, 'cdk.out'));
  const server = await startDynamoDb(directory, tables);
  const records = openRecords(taskEnvironment as never, {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    records,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
