import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AbstractValueIterator } from 'abstract-level';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { knownStack } from '../support/known-stack.ts';
import { aBackup } from '../support/records.ts';
import { startTables } from '../support/tables.ts';

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

it('a query leaves no iterator open, whether it reads all or stops at its limit', async () => {
  const { records, stop } = await startTables();
  onTestFinished(stop);
  for (let n = 0; n < 5; n++) await records.backups.put(aBackup());
  const opened = vi.spyOn(AbstractValueIterator.prototype, 'next');
  const closed = vi.spyOn(AbstractValueIterator.prototype, 'close');
  onTestFinished(() => void vi.restoreAllMocks());
  for (let n = 0; n < 10; n++) {
    await records.backups.list({}, { limit: 2 });
    await records.backups.list({}, { limit: 50 });
  }
  const iterators = new Set(opened.mock.contexts);
  expect(iterators.size).toBe(20);
  await vi.waitFor(() => expect(new Set(closed.mock.contexts)).toEqual(iterators));
});
