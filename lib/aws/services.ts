import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  type Backup,
  backup,
  type Connection,
  connection,
  type Restore,
  restore,
  storageProvider,
} from '../domain/records.ts';
import { secretNames } from '../domain/secret-names.ts';
import type { Environment } from './environment.ts';
import { LockTable } from './lock-table.ts';
import { RecordTable } from './record-table.ts';

/** The settings that the records need. */
export const RECORD_SETTINGS = [
  'CONNECTIONS_TABLE',
  'STORAGE_PROVIDERS_TABLE',
  'BACKUPS_TABLE',
  'RESTORES_TABLE',
  'LOCKS_TABLE',
] as const;

/** @param config where another DynamoDB than the environment's is meant. */
export function openRecords(env: Environment<(typeof RECORD_SETTINGS)[number]>, config: DynamoDBClientConfig = {}) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    connections: new RecordTable<Connection>(client, env.CONNECTIONS_TABLE, connection),
    storageProviders: new RecordTable(client, env.STORAGE_PROVIDERS_TABLE, storageProvider),
    backups: new RecordTable<Backup>(client, env.BACKUPS_TABLE, backup),
    restores: new RecordTable<Restore>(client, env.RESTORES_TABLE, restore),
    locks: new LockTable(client, env.LOCKS_TABLE),
  };
}
export type Records = ReturnType<typeof openRecords>;

export function openSecrets(env: Environment<'SECRETS_PREFIX'>) {
  return { client: new SecretsManagerClient({}), names: secretNames(env.SECRETS_PREFIX) };
}
export type Secrets = ReturnType<typeof openSecrets>;
