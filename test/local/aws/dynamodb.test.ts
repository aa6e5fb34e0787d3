import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AbstractValueIterator } from 'abstract-level';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startDynamoDb } from '../../../lib/local/aws/dynamodb.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';
import { aBackup } from '../../support/records.ts';
import { call, sign } from '../../support/signed-request.ts';
import { knownStack } from '../../support/stack/known-stack.ts';
import { startTables } from '../../support/tables.ts';

it('every table can be used after the first start and after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const { tables } = knownStack();
  try {
    for (const _start of ['first', 'again']) {
      const { url, close } = await startDynamoDb(directory, tables, LOCAL_CREDENTIALS);
      const credentials = LOCAL_CREDENTIALS;
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

it('a query leaves no iterator open, whether it reads everything or stops at its limit', async () => {
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

it('serves only requests that are signed with its key, and survives any others', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const { tables } = knownStack();
  const { url, close } = await startDynamoDb(directory, tables, LOCAL_CREDENTIALS);
  onTestFinished(async () => {
    await close();
    rmSync(directory, { recursive: true });
  });
  const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
  const list = { method: 'POST', url: `${url}/`, headers, body: '{}' };
  expect((await call(await sign(list, { service: 'dynamodb' }))).body).toContain(String(tables[0]?.TableName));
  const other = { ...LOCAL_CREDENTIALS, secretAccessKey: 'another' };
  for (const [request, type] of [
    [list, 'MissingAuthenticationTokenException'],
    [{ ...list, method: 'GET', body: undefined }, 'MissingAuthenticationTokenException'],
    [
      { ...list, method: 'OPTIONS', headers: { origin: 'http://evil.example' }, body: undefined },
      'MissingAuthenticationTokenException',
    ],
    [await sign(list, { service: 'dynamodb', credentials: other }), 'SignatureDoesNotMatch'],
    [await sign(list, { service: 's3' }), 'IncompleteSignature'],
    [await sign(list, { service: 'dynamodb', at: new Date(0) }), 'RequestTimeTooSkewed'],
  ] as const) {
    const { status, body } = await call(request);
    expect([status, JSON.parse(body).__type]).toEqual([403, type]);
  }
  const changed = { ...(await sign(list, { service: 'dynamodb' })), body: '{ }' };
  expect(JSON.parse((await call(changed)).body).__type).toBe('XAmzContentSHA256Mismatch');
  // one that breaks off in its body, signed or not
  for (const { headers } of [list, await sign(list, { service: 'dynamodb' })]) {
    const lines = Object.entries({ host: new URL(url).host, ...headers, 'content-length': '9' });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n{`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  }
  expect(await call(await sign(list, { service: 'dynamodb' }))).toMatchObject({ status: 200 });
});
