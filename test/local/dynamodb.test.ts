import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { knownStack } from '../support/known-stack.ts';

it('every table can be used once it has started, also when it starts again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const { tables } = knownStack();
  try {
    for (const _start of ['first', 'again']) {
      const { url, close } = await startDynamoDb(directory, tables);
      const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
      const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
      const states = await Promise.all(
        tables.map(async ({ TableName }) => (await client.send(new DescribeTableCommand({ TableName }))).Table),
      );
      expect(states.filter((table) => table?.TableStatus !== 'ACTIVE')).toEqual([]);
      client.destroy();
      await close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
