/** One machine's tables on a full disk: acknowledged writes are kept, refused writes leave nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { STATE_NOT_WRITABLE } from '../../../lib/errors/not-writable.ts';
import { TableStore } from '../../../lib/local/aws/table-store.ts';
import { type SmallDisk, smallDisk } from '../../support/trouble/small-disk.ts';

const { ClassicLevel } = createRequire(import.meta.url)('classic-level') as { ClassicLevel: { prototype: Native } };
/** LevelDB's own calls, as classic-level has them. */
type Native = Record<'_put' | '_del' | '_batch', (...args: unknown[]) => Promise<void>>;

const TABLE = {
  TableName: 'things',
  AttributeDefinitions: ['id', 'kind'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-kind',
      KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
      // a query ends at 1 MiB of what it finds
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};

interface Answer {
  Item?: Record<string, { S: string }>;
  Items?: Record<string, { S: string }>[];
}

const item = (id: string, kind: string, text = '') => ({ id: { S: id }, kind: { S: kind }, text: { S: text } });
const put = (store: TableStore, id: string, kind: string, text = '') =>
  store.run('PutItem', { TableName: 'things', Item: item(id, kind, text) });
const get = async (store: TableStore, id: string) =>
  ((await store.run('GetItem', { TableName: 'things', Key: { id: { S: id } } })) as Answer).Item;
const ofKind = async (store: TableStore, kind: string) =>
  (
    (await store.run('Query', {
      TableName: 'things',
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': { S: kind } },
    })) as Answer
  ).Items?.map(({ id }) => id?.S);

async function openWithTable(directory: string): Promise<TableStore> {
  const store = await TableStore.open(directory);
  await store.run('CreateTable', structuredClone(TABLE)).catch(() => {});
  await sleep(50); // it becomes active
  return store;
}

const found = smallDisk(64);
if (typeof found !== 'string') found.remove();

describe.skipIf(typeof found === 'string')(`on a full disk${typeof found === 'string' ? ` (${found})` : ''}`, () => {
  let disk: SmallDisk;
  let store: TableStore;
  beforeEach(async () => {
    disk = smallDisk(64) as SmallDisk;
    store = await openWithTable(disk.directory);
  });
  afterEach(async () => {
    await store.close();
    disk.remove();
  });

  it('a write is refused with the reason, reads still work, and writes work again once there is space', async () => {
    await put(store, 'a', 'old');
    disk.fill();
    await expect(put(store, 'a', 'new')).rejects.toMatchObject({
      name: STATE_NOT_WRITABLE,
      message: expect.stringMatching(/cannot write to .*state: the disk is full/),
    });
    expect(await get(store, 'a')).toEqual(item('a', 'old'));
    expect([await ofKind(store, 'old'), await ofKind(store, 'new')]).toEqual([['a'], []]);
    disk.makeRoom();
    await put(store, 'a', 'new');
    expect([await ofKind(store, 'old'), await ofKind(store, 'new')]).toEqual([[], ['a']]);
  });

  it('everything that was acknowledged is there after a restart, and nothing that was refused', async () => {
    const kept = new Map<string, string>();
    const refused = new Set<string>();
    const text = 'x'.repeat(100_000);
    // LevelDB itself fills the disk: the last bytes are used while it writes
    for (let round = 0; round < 3; round++) {
      let writes = 0;
      const writeSome = async () => {
        for (let n = 0; n < 60; n++) {
          const id = `${round}-${writes++}`;
          const kind = `kind ${round}`;
          await put(store, id, kind, text).then(
            () => kept.set(id, kind),
            () => refused.add(id),
          );
        }
      };
      const filling = sleep(20).then(() => disk.fill());
      await Promise.all([writeSome(), writeSome(), writeSome(), filling]);
      disk.makeRoom();
      await sleep(1100);
      await put(store, `after ${round}`, 'after');
      kept.set(`after ${round}`, 'after');
    }
    expect(refused.size).toBeGreaterThan(0);
    await store.close();
    store = await TableStore.open(disk.directory);
    for (const [id, kind] of kept) expect((await get(store, id))?.kind?.S, id).toBe(kind);
    for (const id of refused) expect(await get(store, id), id).toBeUndefined();
    const listed = await Promise.all(['kind 0', 'kind 1', 'kind 2', 'after'].map((kind) => ofKind(store, kind)));
    expect(listed.flat().toSorted()).toEqual([...kept.keys()].toSorted());
  });
});

it.each([1, 2, 3])('a write that fails at step %i leaves an item and its index unchanged', async (step) => {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const store = await openWithTable(directory);
  onTestFinished(async () => {
    vi.restoreAllMocks();
    await store.close();
    rmSync(directory, { recursive: true });
  });
  await put(store, 'there', 'old');
  let steps = 0;
  for (const name of ['_put', '_del', '_batch'] as const) {
    const real = ClassicLevel.prototype[name];
    vi.spyOn(ClassicLevel.prototype, name).mockImplementation(async function (this: Native, ...args: unknown[]) {
      steps += 1;
      if (steps >= step) throw new Error('IO error: 000003.log: No space left on device');
      await real.apply(this, args);
    });
  }
  const written = await put(store, 'there', 'new').then(
    () => true,
    () => false,
  );
  vi.restoreAllMocks();
  const kind = written ? 'new' : 'old';
  expect((await get(store, 'there'))?.kind?.S).toBe(kind);
  expect([await ofKind(store, 'old'), await ofKind(store, 'new')]).toEqual(written ? [[], ['there']] : [['there'], []]);
});

describe('a table of an earlier version', () => {
  it('gets its missing indexes, filled with the existing items', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'jagad-tables-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const earlier = await TableStore.open(directory);
    const { GlobalSecondaryIndexes: _, ...withoutIndexes } = TABLE;
    await earlier.run('CreateTable', { ...withoutIndexes, AttributeDefinitions: [TABLE.AttributeDefinitions[0]] });
    await vi.waitFor(() => put(earlier, 'a', 'old'));
    await put(earlier, 'b', 'old');
    await expect(ofKind(earlier, 'old')).rejects.toThrow(/by-kind|specified index/);
    await earlier.close();

    const later = await TableStore.open(directory);
    onTestFinished(() => later.close());
    for (let start = 0; start < 2; start++) await later.addIndexes(TABLE as never);
    expect((await ofKind(later, 'old'))?.toSorted()).toEqual(['a', 'b']);
    await put(later, 'c', 'old');
    await put(later, 'a', 'new');
    expect((await ofKind(later, 'old'))?.toSorted()).toEqual(['b', 'c']);
  });
});
