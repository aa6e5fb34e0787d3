import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backup, backup } from '../../../lib/backups/model.ts';
import { BACKUP_LIST } from '../../../lib/backups/tables.ts';
import { MalformedRequest } from '../../../lib/errors/errors.ts';
import { type Restore, restore } from '../../../lib/restores/model.ts';
import { RESTORE_LIST } from '../../../lib/restores/tables.ts';
import type { FilterOf, ListDefinition } from '../../../lib/storage/items/list-indexes.ts';
import type { Filters, OnlyKnown } from '../../../lib/storage/items/list-plan.ts';
import { type PageRequest, RecordTable } from '../../../lib/storage/items/record-table.ts';
import { aBackup, aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';
import { type WatchedQuery, watchedClient } from '../../support/watched-queries.ts';

const MAX_EVALUATED = 1000;
const START = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;

let tables: TestTables;
let client: DynamoDBDocumentClient;
let queries: WatchedQuery[];
let backups: RecordTable<Backup, typeof BACKUP_LIST>;
let restores: RecordTable<Restore, typeof RESTORE_LIST>;

const CONNECTIONS = Array.from({ length: 12 }, () => randomUUID());
const PROVIDERS = [randomUUID(), randomUUID(), null];
const STATUSES = ['success', 'success', 'success', 'success', 'failed', 'running'] as const;
const VERIFY_STATUSES = ['passed', 'passed', 'failed', 'pending', 'passed', 'passed', 'verifying'] as const;
const pick = <T>(from: readonly T[], index: number): T => from[index % from.length] as T;

// three to an hour, so that records of the same time are cut apart by pages too
const at = (index: number) => new Date(START + Math.floor(index / 3) * HOUR_MS).toISOString();
const allBackups = newestFirst(
  Array.from({ length: 2000 }, (_, index) =>
    aBackup({
      connection_id: pick(CONNECTIONS, index * index),
      database_name: `database ${(index * 7) % 5}`,
      storage_provider_id: pick(PROVIDERS, Math.floor(index / 2)),
      status: pick(STATUSES, Math.floor(index / 5)),
      verify_status: pick(VERIFY_STATUSES, Math.floor(index / 3)),
      created_at: at(index),
    }),
  ),
);
const allRestores = newestFirst(
  Array.from({ length: 400 }, (_, index) =>
    aRestore({
      backup_id: (allBackups[index % 25] as Backup).id,
      to_connection: index % 3 === 0 ? undefined : pick(CONNECTIONS, index),
      status: pick(['success', 'failed', 'cancelled', 'success', 'running'] as const, Math.floor(index / 2)),
      created_at: at(index),
    }),
  ),
);

beforeAll(async () => {
  tables = await startTables();
  ({ client, queries } = watchedClient(tables.config));
  backups = new RecordTable(client, tables.names.BACKUPS_TABLE, backup, BACKUP_LIST);
  restores = new RecordTable(client, tables.names.RESTORES_TABLE, restore, RESTORE_LIST);
  for (let from = 0; from < allBackups.length; from += 50) {
    await Promise.all(allBackups.slice(from, from + 50).map((record) => backups.put(record)));
  }
  await Promise.all(allRestores.map((record) => restores.put(record)));
});
afterAll(() => tables.stop());
beforeEach(() => {
  queries.length = 0;
});

function newestFirst<T extends { id: string; created_at: string }>(records: T[]): T[] {
  const place = ({ created_at, id }: T) => `${created_at}#${id}`;
  return records.toSorted((a, b) => (place(a) < place(b) ? 1 : -1));
}

function matching<T extends object>(records: T[], filters: object): T[] {
  return records.filter((record) =>
    Object.entries(filters).every(([field, value]) => record[field as keyof T] === value),
  );
}

interface Listed {
  ids: string[];
  /** How many records each page had, and how many it examined. */
  pages: { records: number; evaluated: number; units: number }[];
}

/** Every page of a list, with its cost. */
async function listed<T extends { id: string; created_at: string }, L extends ListDefinition>(
  table: RecordTable<T, L>,
  filters: Filters<L>,
  request: PageRequest,
): Promise<Listed> {
  const found: Listed = { ids: [], pages: [] };
  let cursor: string | undefined;
  do {
    const before = queries.length;
    const page = await table.list(filters as OnlyKnown<Filters<L>, Filters<L>>, { ...request, cursor });
    found.ids.push(...page.records.map(({ id }) => id));
    const cost = queries.slice(before);
    found.pages.push({
      records: page.records.length,
      evaluated: cost.reduce((sum, { evaluated }) => sum + evaluated, 0),
      units: cost.reduce((sum, { units }) => sum + units, 0),
    });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

const ids = (records: { id: string }[]) => records.map(({ id }) => id);

type BackupFilters = Partial<Record<FilterOf<typeof BACKUP_LIST>, string>>;
const BACKUP_FILTERS: [FilterOf<typeof BACKUP_LIST>, string][] = [
  ['connection_id', CONNECTIONS[4] as string],
  ['database_name', 'database 3'],
  ['storage_provider_id', PROVIDERS[1] as string],
  ['verify_status', 'failed'],
  ['status', 'success'],
];
const combinations: BackupFilters[] = Array.from({ length: 2 ** BACKUP_FILTERS.length }, (_, bits) =>
  Object.fromEntries(BACKUP_FILTERS.filter((_entry, position) => (bits >> position) % 2 === 1)),
);
const isAnsweredByOne = (filters: BackupFilters) =>
  Object.keys(filters).length <= 1 || Object.keys(filters).join() === 'connection_id,database_name';

describe('the list of backups', () => {
  it('has test records for each combination of filters', () => {
    const counts = combinations.map((filters) => matching(allBackups, filters).length);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(24);
    expect(counts[0]).toBe(2000);
  });

  it.each(combinations)('%j: matches a plain filter, to the end, without gaps or duplicates', async (filters) => {
    for (const limit of [23, 200]) {
      const { ids: found, pages } = await listed(backups, filters, { limit });
      expect(found).toEqual(ids(matching(allBackups, filters)));
      for (const { records, evaluated } of pages) {
        expect(records).toBeLessThanOrEqual(limit);
        expect(evaluated).toBeLessThanOrEqual(MAX_EVALUATED);
      }
    }
  });

  it.each(combinations.filter(isAnsweredByOne))('%j: reads only what it returns', async (filters) => {
    const { pages } = await listed(backups, filters, { limit: 50 });
    for (const { records, evaluated, units } of pages) {
      expect(evaluated).toBe(records);
      // a record is less than a KiB
      expect(units).toBeLessThanOrEqual(Math.max(0.5, Math.ceil(records / 4) / 2));
    }
  });

  it('returns short pages with a cursor for a rare combination', async () => {
    const rare = aBackup({ status: 'running', verify_status: 'failed', database_name: 'rare', created_at: at(0) });
    await backups.put(rare);
    const running = matching(allBackups, { status: 'success' })[700] as Backup;
    const filters = {
      status: 'success',
      storage_provider_id: running.storage_provider_id ?? undefined,
      connection_id: randomUUID(),
    };
    expect(await backups.list(filters, { limit: 50 })).toEqual({ records: [], cursor: undefined });
    const both = { verify_status: 'passed', status: 'running' };
    const { pages } = await listed(backups, both, { limit: 200 });
    expect(pages.length).toBeGreaterThan(1);
    for (const { evaluated } of pages) expect(evaluated).toBeLessThanOrEqual(MAX_EVALUATED);
    await backups.delete(rare.id);
  });

  it('does not read a common combination to its end', async () => {
    const { pages } = await listed(backups, { verify_status: 'passed', status: 'success' }, { limit: 20 });
    expect(pages[0]).toMatchObject({ records: 20, evaluated: 100 });
  });

  it('returns everything that matches', async () => {
    const filters = { connection_id: CONNECTIONS[4] as string, status: 'success' };
    const found: string[] = [];
    for await (const { id } of backups.all(filters)) found.push(id);
    expect(found).toEqual(ids(matching(allBackups, filters)));
  });
});

describe('the times', () => {
  const since = at(300);
  const until = at(906);
  const inside = ({ created_at }: Backup) => created_at >= since && created_at <= until;

  it.each(combinations)('%j: include since and until', async (filters) => {
    const { ids: found } = await listed(backups, filters, { limit: 50, since, until });
    expect(found).toEqual(ids(matching(allBackups, filters).filter(inside)));
  });

  it('may be given singly', async () => {
    const after = await listed(backups, {}, { limit: 200, since });
    expect(after.ids).toEqual(ids(allBackups.filter(({ created_at }) => created_at >= since)));
    const before = await listed(backups, {}, { limit: 200, until });
    expect(before.ids).toEqual(ids(allBackups.filter(({ created_at }) => created_at <= until)));
  });

  it('limit what is read', async () => {
    const { pages } = await listed(backups, { status: 'success' }, { limit: 50, since, until });
    for (const { records, evaluated } of pages) expect(evaluated).toBe(records);
  });

  it('may contain no records', async () => {
    const page = await backups.list({}, { limit: 50, since: '2020-01-01T00:00:00Z', until: '2020-01-01T01:00:00Z' });
    expect(page).toEqual({ records: [], cursor: undefined });
  });
});

describe('the list of restores', () => {
  const filters: Filters<typeof RESTORE_LIST>[] = [
    {},
    { backup_id: (allBackups[3] as Backup).id },
    { to_connection: CONNECTIONS[4] },
    { status: 'running' },
    { backup_id: (allBackups[3] as Backup).id, status: 'success' },
    { to_connection: CONNECTIONS[4], status: 'failed' },
    { backup_id: (allBackups[4] as Backup).id, to_connection: CONNECTIONS[4], status: 'success' },
  ];
  it.each(filters)('%j', async (filter) => {
    const { ids: found, pages } = await listed(restores, filter, { limit: 7 });
    expect(found).toEqual(ids(matching(allRestores, filter)));
    if (Object.keys(filter).length > 1) return;
    for (const { records, evaluated } of pages) expect(evaluated).toBe(records);
  });

  it('returns a short page with a cursor if logs are long', async () => {
    const backupId = randomUUID();
    const long = Array.from({ length: 12 }, (_, index) =>
      aRestore({ backup_id: backupId, log_output: 'x'.repeat(200_000), created_at: at(index) }),
    );
    await Promise.all(long.map((record) => restores.put(record)));
    for (const filter of [{ backup_id: backupId }, { backup_id: backupId, status: 'running' }]) {
      const { ids: found, pages } = await listed(restores, filter, { limit: 50 });
      expect(found).toEqual(ids(newestFirst(long)));
      expect(pages.length).toBeGreaterThan(1);
      for (const { records } of pages) expect(records).toBeLessThanOrEqual(6);
    }
    await Promise.all(long.map(({ id }) => restores.delete(id)));
  });
});

describe('the cursor', () => {
  it("can't be used in another list", async () => {
    const { cursor } = await backups.list({ status: 'success' }, { limit: 5 });
    expect(cursor).toBeDefined();
    await expect(backups.list({ status: 'failed' }, { limit: 5, cursor })).rejects.toBeInstanceOf(MalformedRequest);
    await expect(backups.list({}, { limit: 5, cursor })).rejects.toBeInstanceOf(MalformedRequest);
    await expect(restores.list({ status: 'success' }, { limit: 5, cursor })).rejects.toBeInstanceOf(MalformedRequest);
  });

  it('is refused outside of the times, before DynamoDB refuses it', async () => {
    const { cursor } = await backups.list({}, { limit: 5 });
    await expect(backups.list({}, { limit: 5, cursor, until: at(300) })).rejects.toBeInstanceOf(MalformedRequest);
  });

  it('continues when its record has been deleted, and whatever was added meanwhile', async () => {
    const connectionId = randomUUID();
    const some = newestFirst(
      Array.from({ length: 9 }, (_, index) => aBackup({ connection_id: connectionId, created_at: at(index) })),
    );
    await Promise.all(some.map((record) => backups.put(record)));
    const first = await backups.list({ connection_id: connectionId }, { limit: 4 });
    await backups.delete((some[3] as Backup).id);
    const newer = aBackup({ connection_id: connectionId, created_at: at(4000) });
    await backups.put(newer);
    const { cursor } = first;
    const second = await backups.list({ connection_id: connectionId }, { limit: 50, cursor });
    expect(ids(second.records)).toEqual(ids(some.slice(4)));
    await Promise.all([...some, newer].map(({ id }) => backups.delete(id)));
  });
});

describe('the attributes of the lists follow a change', () => {
  const found = async (filters: BackupFilters) => ids((await backups.list(filters, { limit: 200 })).records);

  it('of one of two fields', async () => {
    const [from, to] = [randomUUID(), randomUUID()];
    const record = aBackup({ connection_id: from, database_name: 'shop' });
    await backups.put(record);
    expect(await backups.update(record.id, { database_name: 'office' })).toBe(true);
    expect(await found({ connection_id: from, database_name: 'shop' })).toEqual([]);
    expect(await found({ connection_id: from, database_name: 'office' })).toEqual([record.id]);
    expect(await backups.update(record.id, { connection_id: to }, { database_name: 'office' })).toBe(true);
    expect(await found({ connection_id: to, database_name: 'office' })).toEqual([record.id]);
    expect(await backups.update(record.id, { connection_id: from }, { database_name: 'shop' })).toBe(false);
    expect(await found({ connection_id: to, database_name: 'office' })).toEqual([record.id]);
    await backups.update(record.id, { connection_id: from, database_name: 'cellar' });
    expect(await found({ connection_id: from, database_name: 'cellar' })).toEqual([record.id]);
    expect(await backups.get(record.id)).toEqual({ ...record, connection_id: from, database_name: 'cellar' });
  });

  it('to a value and to none', async () => {
    const provider = randomUUID();
    const record = aBackup({ storage_provider_id: null });
    await backups.insert(record);
    expect(await found({ storage_provider_id: provider })).toEqual([]);
    await backups.update(record.id, { storage_provider_id: provider });
    expect(await found({ storage_provider_id: provider })).toEqual([record.id]);
    await backups.update(record.id, { storage_provider_id: null });
    expect(await found({ storage_provider_id: provider })).toEqual([]);
    const { Item } = await client.send(
      new GetCommand({ TableName: tables.names.BACKUPS_TABLE, Key: { id: record.id }, ConsistentRead: true }),
    );
    expect(Item).not.toHaveProperty('in_storage_provider');
  });

  it('of the time', async () => {
    const record = aBackup({ connection_id: randomUUID(), created_at: at(5) });
    await backups.put(record);
    await backups.update(record.id, { created_at: at(3000) });
    expect(await found({ connection_id: record.connection_id })).toEqual([record.id]);
    const page = await backups.list({ connection_id: record.connection_id }, { limit: 5, since: at(2999) });
    expect(ids(page.records)).toEqual([record.id]);
  });

  it('by two callers, of one field each', async () => {
    const record = aBackup({ connection_id: randomUUID(), database_name: 'start' });
    await backups.put(record);
    const changes = Array.from({ length: 10 }, (_, index) => [
      backups.update(record.id, { connection_id: pick(CONNECTIONS, index) }),
      backups.update(record.id, { database_name: `moved ${index}` }),
    ]).flat();
    expect(await Promise.all(changes)).toEqual(changes.map(() => true));
    const { connection_id, database_name } = (await backups.get(record.id)) as Backup;
    expect(await found({ connection_id, database_name })).toEqual([record.id]);
    expect(database_name).toMatch(/^moved/);
  });

  it('is ignored in an update of a missing record, or if it is undefined', async () => {
    expect(await backups.update(randomUUID(), { database_name: 'x' })).toBe(false);
    const record = aBackup();
    await backups.put(record);
    await backups.update(record.id, { log_output: 'x', database_name: undefined } as Partial<Backup>);
    expect(await backups.get(record.id)).toEqual({ ...record, log_output: 'x' });
  });

  it('delete says whether the record existed', async () => {
    const record = aBackup({ connection_id: randomUUID() });
    await backups.put(record);
    expect(await backups.delete(record.id)).toBe(true);
    expect(await backups.delete(record.id)).toBe(false);
    expect(await found({ connection_id: record.connection_id })).toEqual([]);
  });
});
