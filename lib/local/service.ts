import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SESSION_HOURS } from '../accounts/model.ts';
import { newToken, tokenHash } from '../accounts/sessions/session-tokens.ts';
import { userIdOf } from '../accounts/users.ts';
import { openRecords, type Records } from '../api/tables.ts';
import { endJob } from '../backups/scan/jobs.ts';
import { recordUnread } from '../backups/verify/verify-and-record.ts';
import { type SecretNames, secretNames } from '../connections/secret-names.ts';
import { whenWritable } from '../restores/end/when-writable.ts';
import type { Recorder } from '../storage/event-publisher.ts';
import { openEvents } from '../storage/event-publisher.ts';
import { type LocalBucket, registerBucket } from './aws/bucket.ts';
import { type LocalCredentials, newCredentials, newKeyPair } from './aws/credentials.ts';
import { startDynamoDb } from './aws/dynamodb.ts';
import { EventBus, SCHEDULES, serveEventBus } from './aws/event-bus.ts';
import { startS3 } from './aws/s3.ts';
import { SecretsFile, serveSecrets } from './aws/secrets-service.ts';
import { executionEnded, StateMachines, serveStateMachines } from './executions/state-machines.ts';
import { asProcess, LocalTaskRunner, type TaskCommand } from './executions/task-runner.ts';
import { serveFront } from './http/http-front.ts';
import { LambdaRuntime } from './lambda/runtime.ts';
import type { HandlerFiles } from './lambda/worker.ts';
import { machineEnvironment, taskSettings } from './machine-environment.ts';
import { logSettings, ServiceLog } from './service-log.ts';
import { BUCKET, STAGE } from './stack/stage.ts';
import { synthesiseApart } from './stack/synthesise-apart.ts';
import type { LocalStack } from './stack/template.ts';
import { holderOf, inUse, lockDirectory } from './state/directory-lock.ts';
import { probeRoom } from './state/disk-full.ts';
import { removeServiceFile, writeServiceFile } from './state/service-file.ts';
import { beginState, keyHash, requireState } from './state/state-check.ts';
import { keepCopy, StateCopier } from './state/state-copies.ts';
import { openStateDirectory } from './state/state-directory.ts';
import { writeMarker } from './state/state-marker.ts';

/** The files of functions and tasks. */
export interface Programs {
  handlers: HandlerFiles;
  /** @param program of the restore image: `main` */
  taskFile(program: string): string;
}

export interface LocalServiceOptions {
  /** The directory in which it keeps its state across restarts. */
  stateDirectory: string;
  /** 0 for any free port. */
  port: number;
  /** The stack, if it was synthesised already, because synthesis takes seconds. */
  stack?: LocalStack;
  /** The directory of the built pages. Without it, only the API is served. */
  pages?: string;
  /** Called before each task of the state machine with the resource that runs it. */
  beforeTask?: (resource: string) => Promise<void>;
  /** The files that functions and tasks run from; by default their sources. */
  programs?: Programs | undefined;
  /** How to run tasks; by default, as processes of this machine's own Node. */
  taskCommand?: TaskCommand;
}

/** The whole service on this machine. */
export interface LocalService {
  url: string;
  /** The token of an administrator's session, for the operator of the service. */
  token: string;
  /** The first administrator's password, if this start generated it. */
  newAdminPassword: string | undefined;
  bucket: LocalBucket;
  records: Records;
  secrets: SecretsFile;
  secretNames: SecretNames;
  stateMachines: StateMachines;
  /** The credentials for requests to the services below, valid until the service stops. */
  credentials: LocalCredentials;
  /** The address of the tables. */
  dynamoDbUrl: string;
  events: EventBus;
  /** The service's own bus: its name and its address. */
  eventBusName: string;
  eventBridgeUrl: string;
  restoreMachineArn: string;
  planMachineArn: string;
  /** Calls the function made from a file of functions/. */
  invoke(entry: string, event: unknown): Promise<unknown>;
  /** Stops all running work, and everything that was started. */
  stop(): Promise<void>;
}

/** The name in the audit log. No user can have it: a user name contains no space. */
const OPERATOR = 'npm start';
/** The functions that the first restore calls. The others start when they are called. */
const WARM_ENTRIES = ['auth', 'backups', 'restores', 'validate-request', 'verify-checksum', 'record-restore-end'];

/** Starts the service: the deployed template's functions, tables, secrets and state machine, on 127.0.0.1. */
export async function startLocalService(options: LocalServiceOptions): Promise<LocalService> {
  const { stateDirectory, port } = options;
  const settings = logSettings(process.env);
  const holder = holderOf(stateDirectory);
  if (holder !== undefined) throw inUse(stateDirectory, holder);
  const health = await requireState(stateDirectory);
  openStateDirectory(stateDirectory);
  probeRoom(stateDirectory);
  const unlock = lockDirectory(stateDirectory);
  const marker = beginState(stateDirectory, health);
  removeServiceFile(stateDirectory); // left by a killed process
  const log = new ServiceLog(join(stateDirectory, 'service.log'), settings);
  const stopping = new AbortController();
  const credentials = newCredentials();
  const keyPair = newKeyPair();
  const stack = options.stack ?? (await synthesiseApart(join(stateDirectory, 'cdk.out')));
  const { SERVICE_BUCKET: ownBucket = '' } = stack.taskEnvironment;
  const s3Starting = startS3(join(stateDirectory, 's3'), [BUCKET, ownBucket], { credentials: keyPair });
  const secrets = new SecretsFile(stateDirectory);
  const names = secretNames(`jagad-restore/${STAGE}`);
  const isNew = secrets.get(names.adminPassword) === undefined;
  for (const { name, value, generatedLength } of stack.secrets) {
    if (secrets.get(name) === undefined) secrets.set(name, value ?? randomBytes(generatedLength).toString('base64url'));
  }
  const [dynamoDb, secretsService] = await Promise.all([
    startDynamoDb(join(stateDirectory, 'dynamodb'), stack.tables, credentials),
    serveSecrets(secrets, credentials),
  ]);

  const events = new EventBus(stack.rules, (arn, event) => {
    const deliver = () => lambdas.invoke(arn, event);
    // a schedule's next event comes in the next minute, but any other event comes only once, so it is kept until it can
    // be recorded
    return event.source === SCHEDULES ? deliver() : whenWritable(deliver, stopping.signal);
  });
  const stateMachines = new StateMachines({
    machines: stack.stateMachines,
    events,
    runTask: async (resource, input, limits) => {
      await options.beforeTask?.(resource);
      return whenWritable(async () => {
        if (resource.includes(':lambda:')) return lambdas.invoke(resource, input);
        if (resource.includes(':states:startExecution')) return stateMachines.runNested(input as never, limits.signal);
        return tasks.run(input as never, limits);
      }, limits.signal);
    },
  });
  const [stepFunctions, eventBridge] = await Promise.all([
    serveStateMachines(stateMachines, credentials),
    serveEventBus(events, credentials),
  ]);
  const s3 = await s3Starting;
  const environment = {
    ...machineEnvironment(process.env),
    HOME: stateDirectory,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsService.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge.url,
    SERVICE_BUCKET_ENDPOINT: s3.url,
    SERVICE_BUCKET_ACCESS_KEY: keyPair.accessKeyId,
    SERVICE_BUCKET_SECRET_KEY: keyPair.secretAccessKey,
  };
  const lambdas = new LambdaRuntime(stack.functions, environment, log, options.programs?.handlers);
  const tasks = new LocalTaskRunner({
    environment: { ...environment, ...stack.taskEnvironment, ...taskSettings(process.env) },
    workDirectory: join(stateDirectory, 'tasks'),
    command: options.taskCommand ?? asProcess(options.programs?.taskFile),
    log,
    events,
  });
  const client = { region: environment.AWS_REGION, credentials };
  marker.starts = Math.max(marker.starts, await dynamoDb.store.starts()) + 1;
  await dynamoDb.store.setStarts(marker.starts);
  const tables = stack.tables.map(({ TableName }) => TableName);
  writeMarker(stateDirectory, { ...marker, ready: true, key_sha256: keyHash(secrets.key), tables });
  const records = openRecords(stack.taskEnvironment as never, { ...client, endpoint: dynamoDb.url });
  const publisher = openEvents(stack.taskEnvironment as never, { ...client, endpoint: eventBridge.url });
  await tasks.endLeftovers();
  await endWhatDied({ records, events: publisher }, events);
  const { RESTORE_STATE_MACHINE_ARN: restoreMachineArn, PLAN_STATE_MACHINE_ARN: planMachineArn } =
    stack.functions.find(({ entry }) => entry === 'recovery-plans')?.environment ?? {};
  if (restoreMachineArn === undefined || planMachineArn === undefined) {
    throw new Error('the stack has no machines of restores and plans');
  }
  const bucket = await registerBucket(records, secrets, names, {
    endpoint: s3.url,
    bucket: BUCKET,
    ...keyPair,
  });
  const ownSecret = names.storageProvider(bucket.provider.id);
  const copier = new StateCopier(async () => {
    const copied = { client: new DynamoDBClient({ ...client, endpoint: dynamoDb.url }), names: stack.taskEnvironment };
    const isOwn = (item: { id?: { S?: string } }) => item.id?.S === bucket.provider.id;
    await keepCopy(stateDirectory, copied, secrets.allBut(ownSecret), isOwn);
    copied.client.destroy();
  });
  secrets.onChange(() => copier.soon());
  copier.soon();
  await lambdas.warm(WARM_ENTRIES);
  events.startSchedules();
  writeServiceFile(stateDirectory, { dynamoDbUrl: dynamoDb.url, credentials, tables: stack.taskEnvironment });
  const front = await serveFront(
    port,
    (handler, event) => lambdas.invoke(lambdas.arnOf(handler), event),
    options.pages,
  );
  return {
    url: front.url,
    token: await openOperatorSession(records),
    newAdminPassword: isNew ? secrets.get(names.adminPassword) : undefined,
    bucket,
    records,
    secrets,
    secretNames: names,
    stateMachines,
    credentials,
    dynamoDbUrl: dynamoDb.url,
    events,
    eventBusName: String(stack.taskEnvironment.EVENT_BUS_NAME),
    eventBridgeUrl: eventBridge.url,
    restoreMachineArn,
    planMachineArn,
    invoke: (entry, event) => lambdas.invoke(lambdas.arnOf(entry), event),
    stop: async () => {
      await front.close();
      stopping.abort();
      const steps: (() => unknown)[] = [
        () => removeServiceFile(stateDirectory),
        // a part of a job works for minutes unless it notices that its job has ended
        () => endJobs(records, 'the service was stopped'),
        () => stateMachines.stop('the service was stopped'),
        () => events.stop(),
        () => copier.stop(),
        () => lambdas.stop(),
        () => Promise.all([stepFunctions.close(), eventBridge.close(), secretsService.close(), s3.close()]),
        () => dynamoDb.close(),
        () => log.end(),
        unlock,
      ];
      // if a step fails, for example because the disk is full, the remaining steps still run, and the next start cleans
      // up
      for (const step of steps) {
        try {
          await step();
        } catch (error) {
          console.error('a step of stopping the service failed:', error);
        }
      }
    },
  };
}

/** A session for the operator of the service, who can do anything with it anyway by reading its state directory. */
async function openOperatorSession(records: Records): Promise<string> {
  const token = newToken();
  const now = Date.now();
  await records.sessions.put({
    id: tokenHash(token),
    user_id: userIdOf(OPERATOR),
    username: OPERATOR,
    role: 'admin',
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + SESSION_HOURS * 3_600_000).toISOString(),
  });
  return token;
}

/**
 * Work of an earlier process that died no longer has an execution. It ends as if its execution had been stopped. Its
 * task and tools have ended by now.
 */
async function endWhatDied(recorder: Recorder<Records>, events: EventBus): Promise<void> {
  const { records } = recorder;
  const why = 'the service was no longer running';
  for await (const { id, status, execution_arn } of records.restores.all()) {
    if (status !== 'running') continue;
    const now = new Date().toISOString();
    await records.restores.update(id, { task_stopped_at: now }, { status: 'running' });
    const stateMachineArn = machineArnOf(execution_arn);
    const detail = {
      executionArn: execution_arn,
      stateMachineArn,
      name: id,
      status: 'ABORTED',
      error: 'ServiceDied',
      cause: why,
    };
    await events.put(executionEnded(detail));
  }
  for await (const backup of records.backups.all()) {
    if (backup.verify_status === 'verifying')
      await recordUnread(recorder, backup, { code: 'STOPPED', message: why, hint: 'Verify the backup again.' });
  }
  for await (const { id, status, execution_arn } of records.planRuns.all()) {
    if (status !== 'running') continue;
    const stateMachineArn = machineArnOf(execution_arn);
    const detail = { executionArn: execution_arn, stateMachineArn, name: id, status: 'ABORTED', cause: why };
    await events.put(executionEnded(detail));
  }
  await endJobs(records, why);
}

function machineArnOf(executionArn: string | null): string | undefined {
  return executionArn?.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, '');
}

async function endJobs(records: Records, why: string): Promise<void> {
  for await (const { id, status } of records.jobs.all()) {
    if (status === 'running') await endJob(records, id, { status: 'failed', error: why }, new Date());
  }
}
