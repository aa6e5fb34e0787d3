import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MalformedRequest } from '../../../lib/errors/errors.ts';
import { aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const restores = () => tables.records.restores;

describe('one record', () => {
  it('comes back unchanged, and under no other id', async () => {
    const record = aRestore({ log_output: 'é\n', warnings: ['w'], error: { code: 'X', message: 'm' } });
    await restores().put(record);
    expect(await restores().get(record.id)).toEqual(record);
    expect(await restores().get(randomUUID())).toBeUndefined();
  });

  it('is read without fields that the schema does not have', async () => {
    const record = aRestore();
    await restores().put({ ...record, password: 'hunter2' } as typeof record);
    expect(await restores().get(record.id)).toEqual(record);
  });

  it('is created by insert only if it is new, and replaced by put', async () => {
    const record = aRestore();
    expect(await restores().insert(record)).toBe(true);
    expect(await restores().insert({ ...record, log_output: 'second' })).toBe(false);
    expect(await restores().get(record.id)).toEqual(record);
    await restores().put({ ...record, log_output: 'third' });
    expect((await restores().get(record.id))?.log_output).toBe('third');
  });

  it('is inserted by only one of many callers', async () => {
    const record = aRestore();
    const inserted = await Promise.all(
      Array.from({ length: 20 }, (_, index) => restores().insert({ ...record, log_output: String(index) })),
    );
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect((await restores().get(record.id))?.log_output).toBe(String(inserted.indexOf(true)));
  });

  it('is changed in some fields, if the others have the given values', async () => {
    const record = aRestore();
    await restores().put(record);
    expect(await restores().update(record.id, { log_output: 'a' })).toBe(true);
    expect(
      await restores().update(record.id, { log_output: 'b', warnings: ['w'] }, { status: 'running', log_output: 'a' }),
    ).toBe(true);
    expect(await restores().update(record.id, { log_output: 'c' }, { status: 'running', log_output: 'a' })).toBe(false);
    expect(await restores().update(record.id, { status: 'failed' }, { status: 'success' })).toBe(false);
    expect(await restores().get(record.id)).toEqual({ ...record, log_output: 'b', warnings: ['w'] });
  });

  it('is not created by an update', async () => {
    const id = randomUUID();
    expect(await restores().update(id, { log_output: 'a' })).toBe(false);
    expect(await restores().get(id)).toBeUndefined();
  });

  it('throws any error other than an unmet condition', async () => {
    await expect(restores().insert({ ...aRestore(), id: '' })).rejects.toThrow(/empty string/i);
    await expect(restores().update('', { log_output: 'a' })).rejects.toThrow(/empty string/i);
  });
});

describe('the list', () => {
  const ids: string[] = [];
  const storageProvider = (index: number) => ({
    id: randomUUID(),
    name: `provider ${index}`,
    provider_type: 's3' as const,
    endpoint: null,
    region: 'us-east-1',
    bucket: 'backups',
    access_key: null,
    path_style: false,
    ca_bundle: null,
    is_default: false,
    secret_key_set: true,
    jagad_ids: [],
    // three to a second, so that records of the same time are cut apart by pages too
    created_at: new Date(Date.UTC(2026, 10, 22, 2, 0, Math.floor(index / 3))).toISOString(),
  });

  beforeAll(async () => {
    const records = Array.from({ length: 230 }, (_, index) => storageProvider(index));
    await Promise.all(records.map((record) => tables.records.storageProviders.insert(record)));
    const place = ({ created_at, id }: { created_at: string; id: string }) => `${created_at}#${id}`;
    ids.push(...records.toSorted((a, b) => (place(a) < place(b) ? 1 : -1)).map(({ id }) => id));
  });

  it.each([1, 50, 100, 115, 229, 230, 231])(
    'returns the newest first in pages of %i, each record once',
    async (limit) => {
      if (limit === 1) {
        const { records } = await tables.records.storageProviders.list({}, { limit: 1 });
        expect(records.map(({ id }) => id)).toEqual(ids.slice(0, 1));
        return;
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await tables.records.storageProviders.list({}, { limit, cursor });
        expect(page.records.length).toBeLessThanOrEqual(limit);
        seen.push(...page.records.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(ids);
    },
  );

  it('returns all records, over several pages', async () => {
    const seen: string[] = [];
    for await (const { id } of tables.records.storageProviders.all()) seen.push(id);
    expect(seen).toEqual(ids);
  });

  it('is unaffected by a record that is written between two pages', async () => {
    const first = await tables.records.storageProviders.list({}, { limit: 50 });
    await tables.records.storageProviders.update(ids[60] as string, { name: 'renamed' });
    const second = await tables.records.storageProviders.list({}, { limit: 50, cursor: first.cursor });
    expect(second.records.map(({ id }) => id)).toEqual(ids.slice(50, 100));
    expect(second.records[10]?.name).toBe('renamed');
  });

  it('may be empty', async () => {
    expect(await tables.records.connections.list({}, { limit: 50 })).toEqual({ records: [], cursor: undefined });
  });

  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const list = 'storageProviders';
  const at = `2026-11-22T02:00:00.000Z#${randomUUID()}`;
  it.each([
    'x',
    '',
    forged({}),
    forged([]),
    forged(['at']),
    forged({ list, at: '' }),
    forged({ list, at: 'x' }),
    forged({ list, at: '#' }),
    forged({ list, at: '2026-11-22T02:00:00.000Z' }),
    forged({ list, at: `${'x'.repeat(3000)}#${randomUUID()}` }),
    forged({ list, at: 7 }),
    forged({ list, id: at }),
    forged({ at }),
    forged({ list: 'backups', at }),
    forged({ list, at, status: 'failed' }),
  ])('refuses the forged cursor %s', async (cursor) => {
    await expect(tables.records.storageProviders.list({}, { limit: 50, cursor })).rejects.toBeInstanceOf(
      MalformedRequest,
    );
  });

  it('accepts a cursor whose record was deleted', async () => {
    const page = await tables.records.storageProviders.list({}, { limit: 500, cursor: forged({ list, at }) });
    expect(page.records.length).toBeLessThanOrEqual(3);
    for (const { created_at } of page.records) expect(created_at).toBe('2026-11-22T02:00:00.000Z');
  });
});
