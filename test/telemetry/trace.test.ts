import { createServer } from 'node:http';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, expect, it, vi } from 'vitest';
import { listen } from '../../lib/local/aws/json-service.ts';

const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

afterEach(() => vi.unstubAllEnvs());

/** None of our code does this, so a new version of the SDK could silently stop it. */
it('an execution that a Lambda starts continues its trace: the SDK passes it on', async () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'backups');
  vi.stubEnv('_X_AMZN_TRACE_ID', TRACE);
  const traces: unknown[] = [];
  const server = await listen(
    createServer((request, response) => {
      traces.push(request.headers['x-amzn-trace-id']);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    }),
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SFNClient({ endpoint: server.url, region: 'us-east-1', credentials });
  await client.send(new StartExecutionCommand({ stateMachineArn: 'arn:aws:states:us-east-1:0:stateMachine:m' }));
  await server.close();
  expect(traces).toEqual([TRACE]);
});
