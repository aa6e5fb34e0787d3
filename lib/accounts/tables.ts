import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BY_TIME, type ListDefinition } from '../storage/items/list-indexes.ts';
import { RecordTable } from '../storage/items/record-table.ts';
import { type AuditEntry, auditEntry, type User, user } from './model.ts';
import { LoginAttemptsTable } from './sessions/login-attempts-table.ts';
import { SessionTable } from './sessions/session-table.ts';

export const USER_LIST = { name: 'users', indexes: [BY_TIME] } as const satisfies ListDefinition;
export const AUDIT_LIST = { name: 'audit', indexes: [BY_TIME] } as const satisfies ListDefinition;

export interface AccountTables {
  users: RecordTable<User, typeof USER_LIST>;
  audit: RecordTable<AuditEntry, typeof AUDIT_LIST>;
  sessions: SessionTable;
  loginAttempts: LoginAttemptsTable;
}

export function accountTables(
  client: DynamoDBDocumentClient,
  names: { USERS_TABLE: string; AUDIT_TABLE: string; SESSIONS_TABLE: string; LOGIN_ATTEMPTS_TABLE: string },
): AccountTables {
  return {
    users: new RecordTable(client, names.USERS_TABLE, user, USER_LIST),
    audit: new RecordTable(client, names.AUDIT_TABLE, auditEntry, AUDIT_LIST),
    sessions: new SessionTable(client, names.SESSIONS_TABLE),
    loginAttempts: new LoginAttemptsTable(client, names.LOGIN_ATTEMPTS_TABLE),
  };
}
