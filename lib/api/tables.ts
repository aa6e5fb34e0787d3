import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOGIN_ATTEMPTS_ACTIONS } from '../accounts/sessions/login-attempts-table.ts';
import { SESSION_ACTIONS } from '../accounts/sessions/session-table.ts';
import { AUDIT_LIST, accountTables, USER_LIST } from '../accounts/tables.ts';
import { BACKUP_LIST, backupTables, JOB_LIST } from '../backups/tables.ts';
import { STORAGE_PROVIDER_ACTIONS, STORAGE_PROVIDER_LIST } from '../connections/providers/table.ts';
import { CONNECTION_LIST, connectionTables } from '../connections/tables.ts';
import { PLAN_RUN_LIST, planTables, RECOVERY_PLAN_LIST } from '../plans/tables.ts';
import { RESTORE_LIST, restoreTables } from '../restores/tables.ts';
import { SETTINGS_ACTIONS, SettingsTable } from '../settings/table.ts';
import type { ListDefinition } from '../storage/items/list-indexes.ts';
import { LOCK_ACTIONS, LockTable } from '../storage/items/lock-table.ts';
import { RECORD_ACTIONS } from '../storage/items/record-table.ts';
import type { TableActions } from '../storage/items/table-actions.ts';
import type { Environment } from './environment.ts';

/** The environment variables with the names of the tables. */
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

/** @param config if DynamoDB isn't the one that the environment points to. */
export function openRecords(env: Environment<(typeof RECORD_SETTINGS)[number]>, config: DynamoDBClientConfig = {}) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    ...connectionTables(client, env),
    ...backupTables(client, env),
    ...restoreTables(client, env),
    ...planTables(client, env),
    ...accountTables(client, env),
    settings: new SettingsTable(client, env.SETTINGS_TABLE),
    locks: new LockTable(client, env.LOCKS_TABLE),
  };
}
export type Records = ReturnType<typeof openRecords>;

/** The fields by which the records of each table can be listed. Other tables have no lists. */
export const LISTS = {
  connections: CONNECTION_LIST,
  storageProviders: STORAGE_PROVIDER_LIST,
  backups: BACKUP_LIST,
  restores: RESTORE_LIST,
  users: USER_LIST,
  audit: AUDIT_LIST,
  jobs: JOB_LIST,
  recoveryPlans: RECOVERY_PLAN_LIST,
  planRuns: PLAN_RUN_LIST,
} as const satisfies Partial<Record<keyof Records, ListDefinition>>;

/** The actions that the methods of each table need. */
export const TABLE_ACTIONS: { readonly [T in keyof Records]: TableActions<Records[T]> } = {
  connections: RECORD_ACTIONS,
  storageProviders: STORAGE_PROVIDER_ACTIONS,
  backups: RECORD_ACTIONS,
  restores: RECORD_ACTIONS,
  users: RECORD_ACTIONS,
  audit: RECORD_ACTIONS,
  jobs: RECORD_ACTIONS,
  recoveryPlans: RECORD_ACTIONS,
  planRuns: RECORD_ACTIONS,
  sessions: SESSION_ACTIONS,
  loginAttempts: LOGIN_ATTEMPTS_ACTIONS,
  settings: SETTINGS_ACTIONS,
  locks: LOCK_ACTIONS,
};
