import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsOn, type TableName } from '../../lib/api/needs.ts';
import { openRecords, type Records, TABLE_ACTIONS } from '../../lib/api/tables.ts';
import { storageProvider } from '../../lib/connections/providers/model.ts';
import { aBackup } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

let tables: TestTables;
let records: Records;
/** As IAM calls them. */
const sent = new Set<string>();

beforeAll(async () => {
  tables = await startTables();
  const ignore = () => {};
  const info = ({ commandName }: { commandName: string }) =>
    sent.add(`dynamodb:${commandName.replace(/Command$/, '')}`);
  records = openRecords(tables.names, {
    ...tables.config,
    logger: { debug: ignore, info, warn: ignore, error: ignore },
  });
});
afterAll(() => tables?.stop());

const backup = aBackup();
const drain = async (list: AsyncIterable<unknown>) => {
  for await (const _ of list);
};
const now = new Date();
const provider = storageProvider.parse({
  id: backup.id,
  name: 'p',
  provider_type: 's3',
  bucket: 'backups',
  created_at: now.toISOString(),
});
const session = {
  id: 'hash',
  user_id: backup.id,
  username: 'night.shift',
  role: 'viewer' as const,
  created_at: now.toISOString(),
  expires_at: now.toISOString(),
};

/** Each method, in the cases that send all of its commands. */
const CALLS: { [T in TableName]?: Record<string, () => Promise<unknown>> } = {
  backups: {
    put: () => records.backups.put(backup),
    get: () => records.backups.get(backup.id),
    getMany: () => records.backups.getMany([backup.id]),
    // its place in a list follows from another field, too
    update: () => records.backups.update(backup.id, { database_name: 'other' }),
    list: () => records.backups.list({}, { limit: 1 }),
    all: () => drain(records.backups.all()),
    delete: () => records.backups.delete(backup.id),
    insert: () => records.backups.insert(backup),
  },
  storageProviders: {
    insert: () => records.storageProviders.insert(provider),
    put: () => records.storageProviders.put(provider),
    get: () => records.storageProviders.get(provider.id),
    getMany: () => records.storageProviders.getMany([provider.id]),
    default: () => records.storageProviders.default(),
    setDefault: () => records.storageProviders.setDefault(provider.id),
    list: () => records.storageProviders.list({}, { limit: 1 }),
    all: () => drain(records.storageProviders.all()),
    update: async () => {
      await records.storageProviders.update(provider.id, {});
      await records.storageProviders.update(provider.id, { name: 'other' });
    },
    delete: () => records.storageProviders.delete(provider.id),
  },
  sessions: {
    put: () => records.sessions.put(session),
    get: () => records.sessions.get(session.id),
    deleteOf: () => records.sessions.deleteOf(session.user_id),
    delete: () => records.sessions.delete(session.id),
  },
  loginAttempts: {
    get: () => records.loginAttempts.get('192.0.2.7#1'),
    replace: () => records.loginAttempts.replace('192.0.2.7#1', undefined, { failures: 1, next_at: now.getTime() }),
  },
  settings: {
    get: () => records.settings.get(),
    update: () => records.settings.update({ verify_new_backups: false }),
  },
  locks: {
    take: () => records.locks.take({ target: 't', restore_id: backup.id, taken_at: now.toISOString() }),
    get: () => records.locks.get('t'),
  },
};

describe.each(Object.entries(CALLS) as [TableName, Record<string, () => Promise<unknown>>][])('%s', (table, calls) => {
  it('has every method listed here', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(TABLE_ACTIONS[table]).sort());
  });

  it.each(Object.entries(calls))('%s makes exactly the calls that it is granted', async (method, call) => {
    sent.clear();
    await call();
    expect([...sent].sort()).toEqual(actionsOn(table, [method]).sort());
  });
});
