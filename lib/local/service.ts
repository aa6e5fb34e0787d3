import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { openRecords, type Records } from '../aws/services.ts';
import { ENTRY_METADATA } from '../constructs/service-function.ts';
import { type SecretNames, secretNames } from '../domain/secret-names.ts';
import { RestoreStack } from '../restore-stack.ts';
import { API_HANDLERS } from '../routes.ts';
import { type LocalBucket, registerBucket } from './bucket.ts';
import { startDynamoDb } from './dynamodb.ts';
import { serveApi } from './http-front.ts';
import { LambdaRuntime } from './lambda-runtime.ts';
import { LOCAL_S3_CREDENTIALS, startS3 } from './s3.ts';
import { SecretsFile, serveSecrets } from './secrets-service.ts';
import { StateMachines, serveStateMachines } from './state-machines.ts';
import { LocalTaskRunner } from './task-runner.ts';
import { type LocalStack, readTemplate, type Template } from './template.ts';

export interface LocalServiceOptions {
  /** Where its state lives, over restarts. */
  stateDirectory: string;
  /** 0 for any free one. */
  port: number;
  /** Called before each task of the state machine, with the resource that carries it out. */
  beforeTask?: (resource: string) => Promise<void>;
}

/** The whole service on this machine. */
export interface LocalService {
  url: string;
  apiToken: string;
  bucket: LocalBucket;
  records: Records;
  secrets: SecretsFile;
  secretNames: SecretNames;
  stateMachines: StateMachines;
  restoreMachineArn: string;
  /** Stops what runs, and everything that was started. */
  stop(): Promise<void>;
}

const STAGE = 'local';
const BUCKET = 'backups';
const WORKFLOW_ENTRIES = ['validate-request', 'verify-checksum', 'record-success'];

/**
 * The template that would be deployed, without bundling what this machine runs from its sources.
 * @param directory gets what the CDK writes.
 */
export function synthesise(directory: string): LocalStack {
  const app = new App({ outdir: directory, context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  const stack = new RestoreStack(app, 'Local', { stage: STAGE });
  return readTemplate(app.synth().getStackByName(stack.stackName).template as Template, ENTRY_METADATA);
}

/** Starts the service: the deployed template's functions, tables, secrets and state machine, on 127.0.0.1. */
export async function startLocalService(options: LocalServiceOptions): Promise<LocalService> {
  const { stateDirectory, port } = options;
  for (const part of ['', 'dynamodb', 's3']) mkdirSync(join(stateDirectory, part), { recursive: true, mode: 0o700 });
  const log = createWriteStream(join(stateDirectory, 'service.log'), { flags: 'a', mode: 0o600 });
  const s3Starting = startS3(join(stateDirectory, 's3'), [BUCKET]);
  const stack = synthesise(join(stateDirectory, 'cdk.out'));
  const secrets = new SecretsFile(stateDirectory);
  for (const { name, value, generatedLength } of stack.secrets) {
    if (secrets.get(name) === undefined) secrets.set(name, value ?? randomBytes(generatedLength).toString('base64url'));
  }
  const [dynamoDb, secretsService] = await Promise.all([
    startDynamoDb(join(stateDirectory, 'dynamodb'), stack.tables),
    serveSecrets(secrets),
  ]);

  const stateMachines = new StateMachines({
    machines: stack.stateMachines,
    rules: stack.executionRules,
    runTask: async (resource, input, limits) => {
      await options.beforeTask?.(resource);
      return resource.includes(':lambda:') ? lambdas.invoke(resource, input) : tasks.run(input as never, limits);
    },
    deliver: (arn, event) => lambdas.invoke(arn, event),
  });
  const stepFunctions = await serveStateMachines(stateMachines);
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: stateDirectory,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsService.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
  };
  const lambdas = new LambdaRuntime(stack.functions, environment, log);
  const tasks = new LocalTaskRunner({
    environment: { ...environment, ...stack.taskEnvironment },
    workDirectory: join(stateDirectory, 'tasks'),
    log,
  });
  const records = openRecords(stack.taskEnvironment as never, {
    endpoint: dynamoDb.url,
    region: environment.AWS_REGION,
    credentials: { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY },
  });
  const [machine] = stack.stateMachines;
  if (machine === undefined) throw new Error('the stack has no state machine');
  await endDeadRestores(records, stateMachines, machine.arn);

  const names = secretNames(`jagad-restore/${STAGE}`);
  const s3 = await s3Starting;
  const bucket = await registerBucket(records, secrets, names, {
    endpoint: s3.url,
    bucket: BUCKET,
    ...LOCAL_S3_CREDENTIALS,
  });
  await lambdas.warm([...API_HANDLERS.filter((name) => name !== 'unmatched'), ...WORKFLOW_ENTRIES]);
  const front = await serveApi(port, (handler, event) => lambdas.invoke(lambdas.arnOf(handler), event));
  return {
    url: front.url,
    apiToken: secrets.get(names.apiToken) as string,
    bucket,
    records,
    secrets,
    secretNames: names,
    stateMachines,
    restoreMachineArn: machine.arn,
    stop: async () => {
      await front.close();
      await stateMachines.stop('the service was stopped');
      await lambdas.stop();
      await Promise.all([stepFunctions.close(), secretsService.close(), s3.close()]);
      await dynamoDb.close();
      log.end();
    },
  };
}

/** Restores that were running when an earlier process died: their executions are gone, as if they had been stopped. */
async function endDeadRestores(records: Records, machines: StateMachines, machineArn: string): Promise<void> {
  for await (const { id, status, execution_arn } of records.restores.all()) {
    if (status !== 'running') continue;
    await machines.tellRules({
      executionArn: execution_arn ?? id,
      stateMachineArn: machineArn,
      name: id,
      status: 'ABORTED',
      error: 'ServiceDied',
      cause: 'the service was not running any more',
    });
  }
}
