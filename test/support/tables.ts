import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import type { Environment } from '../../lib/aws/environment.ts';
import { openRecords, type RECORD_SETTINGS, type Recorder } from '../../lib/aws/services.ts';
import { Records as RecordsConstruct } from '../../lib/constructs/records.ts';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { readTemplate, type Template } from '../../lib/local/template.ts';
import { CollectedEvents } from './collected-events.ts';

export interface TestTables extends Recorder {
  events: CollectedEvents;
  /** The tables' names, and where they are: for clients of a test's own. */
  names: Environment<(typeof RECORD_SETTINGS)[number]>;
  config: DynamoDBClientConfig;
  stop(): Promise<void>;
}

/** The deployed tables, in a DynamoDB of their own. */
export async function startTables(): Promise<TestTables> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  const app = new App({
    outdir: join(directory, 'cdk.out'),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const stack = new Stack(app, 'Tables');
  const { environment } = new RecordsConstruct(stack, 'Records');
  const references: Record<string, { Ref: string }> = stack.resolve(environment);
  const names = Object.fromEntries(Object.entries(references).map(([setting, { Ref }]) => [setting, Ref]));
  const { tables } = readTemplate(app.synth().getStackByName(stack.stackName).template as Template, '');
  const server = await startDynamoDb(directory, tables);
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return {
    records: openRecords(names as TestTables['names'], config),
    events: new CollectedEvents(),
    names: names as TestTables['names'],
    config,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
