import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_ADMIN, newUser, userIdOf } from '../../accounts/users.ts';
import { openRecords, type Records } from '../../api/tables.ts';
import { newCredentials } from '../aws/credentials.ts';
import { startDynamoDb } from '../aws/dynamodb.ts';
import { synthesiseApart } from '../stack/synthesise-apart.ts';
import { holderOf, lockDirectory } from './directory-lock.ts';
import { type RunningService, readServiceFile } from './service-file.ts';
import { requireState } from './state-check.ts';

/** The name in the audit log. No user can have it: a user name contains no space. */
const COMMAND = 'npm run reset-admin-password';
const PASSWORD_BYTES = 18;

/**
 * Gives the first administrator of one machine's service a new password, whether or not the service is running. If that
 * user was deleted or has another role now, it becomes an administrator again. Its sessions end.
 * @returns the password
 * @throws Error that says what to do
 */
export async function resetAdminPassword(stateDirectory: string): Promise<string> {
  if (!existsSync(join(stateDirectory, 'secrets.key'))) {
    throw new Error(`${stateDirectory} holds no service state: set STATE_DIR to its directory`);
  }
  if (holderOf(stateDirectory) === undefined) {
    await requireState(stateDirectory);
    return withoutService(stateDirectory);
  }
  const running = readServiceFile(stateDirectory);
  if (running === undefined) throw new Error('the service is starting: try again once it is ready');
  return reset(recordsOf(running));
}

/** Starts only the tables, not the service. */
async function withoutService(stateDirectory: string): Promise<string> {
  const unlock = lockDirectory(stateDirectory);
  try {
    const stack = await synthesiseApart(join(stateDirectory, 'cdk.out'));
    const credentials = newCredentials();
    const dynamoDb = await startDynamoDb(join(stateDirectory, 'dynamodb'), stack.tables, credentials);
    try {
      return await reset(recordsOf({ dynamoDbUrl: dynamoDb.url, credentials, tables: stack.taskEnvironment }));
    } finally {
      await dynamoDb.close();
    }
  } finally {
    unlock();
  }
}

function recordsOf({ dynamoDbUrl, credentials, tables }: RunningService): Records {
  return openRecords(tables as never, { endpoint: dynamoDbUrl, region: 'us-east-1', credentials });
}

async function reset(records: Records): Promise<string> {
  const now = new Date();
  const id = userIdOf(FIRST_ADMIN);
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const user = await newUser(FIRST_ADMIN, password, 'admin', now);
  const known = await records.users.get(id);
  await records.users.put({ ...user, created_at: known?.created_at ?? user.created_at });
  await records.sessions.deleteOf(id);
  await records.audit.put({
    id: randomUUID(),
    username: COMMAND,
    role: 'admin',
    call: COMMAND,
    path: `/api/users/${id}`,
    status: 200,
    address: 'this machine',
    created_at: now.toISOString(),
  });
  return password;
}
