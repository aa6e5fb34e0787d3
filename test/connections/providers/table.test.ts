/** Which storage provider is the default: never more than one, whatever happens at the same time. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Records } from '../../../lib/api/tables.ts';
import { type StorageProvider, storageProvider } from '../../../lib/connections/providers/model.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
let providers: Records['storageProviders'];
beforeAll(async () => {
  tables = await startTables();
  providers = tables.records.storageProviders;
});
afterAll(() => tables.stop());
beforeEach(async () => {
  for await (const { id } of providers.all()) await providers.delete(id);
});

function provider(fields: Partial<StorageProvider> = {}): StorageProvider {
  const created_at = new Date().toISOString();
  return storageProvider.parse({
    id: randomUUID(),
    name: 'p',
    provider_type: 's3',
    bucket: 'backups',
    created_at,
    ...fields,
  });
}
async function add(fields: Partial<StorageProvider> = {}): Promise<string> {
  const added = provider(fields);
  expect(await providers.insert(added)).toBe(true);
  return added.id;
}
async function defaults(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id, is_default } of providers.all()) if (is_default) ids.push(id);
  const one = await providers.default();
  expect(ids).toEqual(one === undefined ? [] : [one.id]);
  return ids;
}

it('is the first one added, until another is made the default', async () => {
  expect(await defaults()).toEqual([]);
  const first = await add();
  const second = await add();
  expect(await defaults()).toEqual([first]);
  expect((await providers.get(first))?.is_default).toBe(true);
  expect((await providers.get(second))?.is_default).toBe(false);
  expect(await providers.setDefault(second)).toBe(true);
  expect(await defaults()).toEqual([second]);
  const third = await add({ is_default: true });
  expect(await defaults()).toEqual([third]);
});

it('is kept when a record is written again', async () => {
  const first = await add();
  const second = provider();
  await providers.put(second);
  expect(await defaults()).toEqual([first]);
  await providers.put({ ...second, is_default: true });
  expect(await defaults()).toEqual([second.id]);
  await providers.update(second.id, { name: 'renamed', is_default: false });
  expect(await providers.get(second.id)).toMatchObject({ name: 'renamed', is_default: true });
  expect(await providers.update(second.id, {})).toBe(true);
  expect(await providers.update(randomUUID(), {})).toBe(false);
});

it('is missing once it is deleted, and then the next one that is added', async () => {
  const first = await add();
  const second = await add();
  expect(await providers.delete(first)).toBe(true);
  expect(await providers.delete(first)).toBe(false);
  expect(await defaults()).toEqual([]);
  expect(await providers.setDefault(first)).toBe(false);
  expect(await providers.setDefault(second)).toBe(true);
  await providers.delete(second);
  const third = await add();
  expect(await defaults()).toEqual([third]);
});

it('is not stored as a record that could be taken for a provider', async () => {
  await add();
  expect(await providers.get('default')).toBeUndefined();
  expect(await providers.delete('default')).toBe(false);
  expect(await defaults()).toHaveLength(1);
});

describe('is exactly one, even with concurrent changes', () => {
  it('when the first ones are added', async () => {
    await Promise.all(Array.from({ length: 10 }, () => add()));
    expect(await defaults()).toHaveLength(1);
  });

  it('when calls make others the default', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => add()));
    await Promise.all([...ids, ...ids].map((id) => providers.setDefault(id)));
    expect(await defaults()).toHaveLength(1);
  });

  it('when it is deleted', async () => {
    const old = await add();
    const [, next] = await Promise.all([providers.delete(old), add({ is_default: true })]);
    expect(await defaults()).toEqual([next]);
  });
});
