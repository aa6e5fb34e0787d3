import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { auditEntry, user } from '../domain/accounts.ts';
import { backup, connection, job, restore } from '../domain/records.ts';
import { planRun, recoveryPlan } from '../domain/recovery-plans.ts';
import { type SecretNames, secretNames } from '../domain/secret-names.ts';
import type { Environment } from './environment.ts';
import { EventPublisher } from './event-publisher.ts';
import { LockTable } from './lock-table.ts';
import { LoginAttemptsTable } from './login-attempts.ts';
import { RecordTable } from './record-table.ts';
import { SessionTable } from './session-table.ts';
import { SettingsTable } from './settings-table.ts';
import { StorageProviderTable } from './storage-provider-table.ts';

/** The settings that the records need. */
export const RECORD_SETTINGS = [
  'CONNECTIONS_TABLE',
  'STORAGE_PROVIDERS_TABLE',
  'BACKUPS_TABLE',
  'RESTORES_TABLE',
  'USERS_TABLE',
  'AUDIT_TABLE',
  'JOBS_TABLE',
  'RECOVERY_PLANS_TABLE',
  'PLAN_RUNS_TABLE',
  'SESSIONS_TABLE',
  'LOGIN_ATTEMPTS_TABLE',
  'SETTINGS_TABLE',
  'LOCKS_TABLE',
] as const;

/** @param config for a DynamoDB other than the environment's. */
export function openRecords(env: Environment<(typeof RECORD_SETTINGS)[number]>, config: DynamoDBClientConfig = {}) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    connections: new RecordTable(client, env.CONNECTIONS_TABLE, connection, 'connections'),
    storageProviders: new StorageProviderTable(client, env.STORAGE_PROVIDERS_TABLE),
    backups: new RecordTable(client, env.BACKUPS_TABLE, backup, 'backups'),
    restores: new RecordTable(client, env.RESTORES_TABLE, restore, 'restores'),
    users: new RecordTable(client, env.USERS_TABLE, user, 'users'),
    audit: new RecordTable(client, env.AUDIT_TABLE, auditEntry, 'audit'),
    jobs: new RecordTable(client, env.JOBS_TABLE, job, 'jobs'),
    recoveryPlans: new RecordTable(client, env.RECOVERY_PLANS_TABLE, recoveryPlan, 'recoveryPlans'),
    planRuns: new RecordTable(client, env.PLAN_RUNS_TABLE, planRun, 'planRuns'),
    sessions: new SessionTable(client, env.SESSIONS_TABLE),
    loginAttempts: new LoginAttemptsTable(client, env.LOGIN_ATTEMPTS_TABLE),
    settings: new SettingsTable(client, env.SETTINGS_TABLE),
    locks: new LockTable(client, env.LOCKS_TABLE),
  };
}
export type Records = ReturnType<typeof openRecords>;

/**
 * The tables whose single records are read while a restore is admitted; lib/restores/read-once.ts reads each record
 * once.
 */
export interface Readers {
  backups: Pick<Records['backups'], 'get'>;
  connections: Pick<Records['connections'], 'get'>;
  storageProviders: Pick<Records['storageProviders'], 'get' | 'default'>;
}

/** The settings that the secrets need. */
export const SECRET_SETTINGS = ['SECRETS_PREFIX', 'ENCRYPTION_KEYS_SECRET'] as const;

export function openSecrets(env: Environment<(typeof SECRET_SETTINGS)[number]>) {
  const names: SecretNames = { ...secretNames(env.SECRETS_PREFIX), encryptionKeys: env.ENCRYPTION_KEYS_SECRET };
  return { client: new SecretsManagerClient({}), names };
}
export type Secrets = ReturnType<typeof openSecrets>;

/** For code that creates secrets too. */
export function openWritableSecrets(env: Environment<(typeof SECRET_SETTINGS)[number] | 'SECRETS_KEY_ARN'>) {
  return { ...openSecrets(env), keyArn: env.SECRETS_KEY_ARN };
}
export type WritableSecrets = ReturnType<typeof openWritableSecrets>;

/** An event must not keep a restore waiting: if the bus doesn't answer within seconds, give up. */
const EVENTS_CONFIG = { maxAttempts: 2, requestHandler: { connectionTimeout: 2000, requestTimeout: 3000 } };

/** @param config for an EventBridge other than the environment's. */
export function openEvents(env: Environment<'EVENT_BUS_NAME'>, config: EventBridgeClientConfig = {}): EventPublisher {
  return new EventPublisher(new EventBridgeClient({ ...EVENTS_CONFIG, ...config }), env.EVENT_BUS_NAME);
}
export type Events = Pick<EventPublisher, 'publish'>;

/** What is needed to record how a restore or a verification goes, and to announce it. */
export interface Recorder {
  records: Records;
  events: Events;
}
