/** Which commands the methods of the tables' adapters send. */

import type { LoginAttemptsTable } from '../../accounts/sessions/login-attempts-table.ts';
import type { SessionTable } from '../../accounts/sessions/session-table.ts';
import type { Records } from '../../api/services.ts';
import type { StorageProviderTable } from '../../connections/providers/table.ts';
import type { SettingsTable } from '../../settings/table.ts';
import type { LockTable } from '../../storage/items/lock-table.ts';
import type { Command } from './command-actions.ts';

type Commands<Table> = Record<keyof Table, readonly Command[]>;

const RECORDS: Commands<Records['backups']> = {
  get: ['GetCommand'],
  getMany: ['BatchGetCommand'],
  put: ['PutCommand'],
  insert: ['PutCommand'],
  delete: ['DeleteCommand'],
  // the fields that the lists' attributes are computed from may have to be read
  update: ['GetCommand', 'UpdateCommand'],
  list: ['QueryCommand'],
  all: ['QueryCommand'],
};

const STORAGE_PROVIDERS: Commands<StorageProviderTable> = {
  ...RECORDS,
  default: ['GetCommand'],
  setDefault: ['GetCommand', 'PutCommand'],
  put: ['GetCommand', 'PutCommand'],
  insert: ['GetCommand', 'PutCommand'],
  list: ['GetCommand', 'QueryCommand'],
  all: ['GetCommand', 'QueryCommand'],
};

const SESSIONS: Commands<SessionTable> = {
  get: ['GetCommand'],
  put: ['PutCommand'],
  delete: ['DeleteCommand'],
  deleteOf: ['QueryCommand', 'DeleteCommand'],
};

const LOGIN_ATTEMPTS: Commands<LoginAttemptsTable> = { get: ['GetCommand'], replace: ['UpdateCommand'] };
const SETTINGS: Commands<SettingsTable> = { get: ['GetCommand'], update: ['UpdateCommand'] };
const LOCKS: Commands<LockTable> = { get: ['GetCommand'], take: ['PutCommand'] };

export const TABLE_COMMANDS: { [T in keyof Records]: Commands<Records[T]> } = {
  connections: RECORDS,
  storageProviders: STORAGE_PROVIDERS,
  backups: RECORDS,
  restores: RECORDS,
  users: RECORDS,
  audit: RECORDS,
  jobs: RECORDS,
  recoveryPlans: RECORDS,
  planRuns: RECORDS,
  sessions: SESSIONS,
  loginAttempts: LOGIN_ATTEMPTS,
  settings: SETTINGS,
  locks: LOCKS,
};

export type TableName = keyof Records;

/** Which methods are called on which tables. */
export type TableNeeds = { readonly [T in TableName]?: readonly (keyof Records[T])[] };

/** The commands that these calls send to one table, each once. */
export function tableCommands(table: TableName, methods: readonly string[]): Command[] {
  const commands: Record<string, readonly Command[]> = TABLE_COMMANDS[table];
  return [...new Set(methods.flatMap((method) => commands[method] ?? []))];
}
