/** Imports of Jagad's lists, on the deployed tables. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionOfKey } from '../../lib/backups/catalogue/connection-of-key.ts';
import { importJagad } from '../../lib/backups/import/import-jagad.ts';
import { registerScanned } from '../../lib/backups/scan/register-scanned.ts';
import { importBody } from '../../lib/backups/schemas.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { type StorageProvider, storageProvider } from '../../lib/connections/providers/model.ts';
import { admitRestore, orThrow } from '../../lib/restores/admission/admit-restore.ts';
import { pickBackup } from '../../lib/restores/admission/pick-backup.ts';
import { aBackup, aConnection } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const records = () => tables.records;
const aProvider = (fields: Partial<StorageProvider> = {}): StorageProvider =>
  storageProvider.parse({
    ...{
      id: randomUUID(),
      name: 'a',
      provider_type: 's3',
      bucket: 'backups',
      created_at: NOW.toISOString(),
      ...fields,
    },
  });
const run = (body: object) => importJagad(records(), importBody.parse(body), new Date());
/** What a restore of a backup would write, or the error that refuses it. */
const plansFor = async (backup_id: string, target_connection?: string) =>
  orThrow(
    await admitRestore({ records: records() }, { request: { backup_id, target_connection }, asker: 'execution' }, NOW),
  ).plans;

/** Jagad's records of a connection and of a backup, as it answers them. */
const jagads = (fields: object = {}) => ({
  ...{ id: randomUUID(), name: 'Shared', db_type: 'postgresql', host: 'a', port: 5432, username: 'jagad' },
  ...{ created_at: '2026-11-01T00:00:00Z', updated_at: '2026-11-01T00:00:00Z', ...fields },
});
const aDump = (connection_id: string, fields: { name?: string; database?: string } & Record<string, unknown> = {}) => {
  const { name = 'Shared', database = 'app', ...others } = fields;
  const id = randomUUID();
  const storage_path = `backups/${name}/${database}/${id}-20261110-090000.sql.gz`;
  const times = { created_at: '2026-11-10T02:00:00Z', completed_at: '2026-11-10T02:01:00Z' };
  const provider = { storage_provider_id: undefined as string | undefined };
  return { id, connection_id, backup_type: 'full', status: 'success', storage_path, ...times, ...provider, ...others };
};

describe('an import', () => {
  it('that several users start at once creates each record once', async () => {
    const provider = aProvider();
    const connection = aConnection();
    await records().storageProviders.put(provider);
    await records().connections.put(connection);
    const ids = Array.from({ length: 100 }, () => randomUUID());
    const entry = { connection_id: connection.id, backup_type: 'full', status: 'success' };
    const request = importBody.parse({
      storage_provider_id: provider.id,
      backups: ids.map((id) => ({ ...entry, id, storage_path: `backups/a/b/${id}-20261122-020000.sql.gz` })),
    });
    const all = await Promise.all([1, 2, 3].map(() => importJagad(records(), request, new Date())));
    const sum = (of: 'created' | 'known' | 'filled') => all.reduce((total, { backups }) => total + backups[of], 0);
    expect([sum('created'), sum('known'), sum('filled')]).toEqual([100, 200, 0]);
    const twice = { ...request, backups: [...request.backups, ...request.backups.slice(0, 1)] };
    expect((await importJagad(records(), twice, new Date())).skipped).toEqual([
      { id: ids[0], reason: 'it is listed twice' },
    ]);
  });
});

describe('an import that runs out of time', () => {
  it('reports how much is left, and continues when repeated', async () => {
    const provider = aProvider();
    const connection = aConnection();
    await records().storageProviders.put(provider);
    await records().connections.put(connection);
    const backups = Array.from({ length: 10 }, () => {
      const id = randomUUID();
      const storage_path = `backups/a/b/${id}-20261122-020000.sql.gz`;
      return { id, connection_id: connection.id, backup_type: 'full', status: 'success', storage_path };
    });
    const request = importBody.parse({ storage_provider_id: provider.id, backups });
    const late = await importJagad(records(), request, NOW, Date.now() - 1);
    expect(late).toMatchObject({ backups: { created: 0, known: 0, left: 10 }, toVerify: [] });
    const again = await importJagad(records(), request, new Date());
    expect(again).toMatchObject({ backups: { created: 10, known: 0, left: 0 }, toVerify: [provider.id] });
  });
});

describe('a reused connection name', () => {
  const scan = async (provider: StorageProvider, connections: Connection[], keys: string[]) => {
    const objects = keys.map((key) => ({ key, bytes: 3, storedAt: new Date('2026-11-10T02:01:30Z') }));
    return registerScanned(records(), provider, connectionOfKey(connections), objects);
  };

  it('never leads a backup to the new server: a guess is refused, skipped and corrected', async () => {
    const provider = aProvider();
    await records().storageProviders.put(provider);
    const old = jagads({ name: 'Shared old', host: 'old' });
    const other = jagads({ name: 'Shared', host: 'new' });
    const dump = aDump(old.id);
    await run({ connections: [old, other] });
    const connections = [...(await records().connections.getMany([old.id, other.id])).values()];
    await scan(provider, connections, [dump.storage_path]);

    // the key names the new server
    const guess = await records().backups.get(dump.id);
    expect(guess).toMatchObject({
      connection_id: other.id,
      connection_source: 'key',
      created_at: expect.stringContaining('02:01:30'),
    });
    await records().backups.update(dump.id, { verify_status: 'passed' });
    await expect(plansFor(dump.id)).rejects.toMatchObject({
      status: 422,
      hint: expect.stringContaining('target_connection'),
    });
    expect(await plansFor(dump.id, old.id)).toHaveLength(1);
    const newest = () =>
      pickBackup(records(), { connection_id: other.id, database: 'app' }, { kind: 'newest_verified' });
    await expect(newest()).rejects.toThrow('no full backup');

    const { backups, warnings } = await run({
      storage_provider_id: provider.id,
      connections: [old, other],
      backups: [dump],
    });
    expect(backups).toEqual({ created: 0, corrected: 1, filled: 0, known: 0, left: 0 });
    expect(warnings).toEqual([
      {
        id: dump.id,
        reason: `corrected: its connection was Shared (${other.id}), and is now Shared old (${old.id}), as Jagad says`,
      },
    ]);
    expect(await records().backups.get(dump.id)).toMatchObject({
      ...{ connection_id: old.id, connection_source: 'jagad', verify_status: 'passed' },
      ...{ created_at: '2026-11-10T02:00:00.000Z', completed_at: '2026-11-10T02:01:00.000Z' },
    });
    expect(await plansFor(dump.id)).toMatchObject([{ target: { id: old.id } }]);
    const again = await run({ storage_provider_id: provider.id, connections: [old, other], backups: [dump] });
    expect(again).toMatchObject({ backups: { corrected: 0, filled: 0, known: 1 }, warnings: [] });
  });

  it('is found by id before its key is read: a scan recognises what was imported', async () => {
    const provider = aProvider();
    await records().storageProviders.put(provider);
    const [eu, euProd, twin1, twin2] = ['EU', 'EU/Prod', 'Twin', 'Twin'].map((name) => jagads({ name })) as [
      ...Array<ReturnType<typeof jagads>>,
    ] & { length: 4 };
    const dumps = [
      aDump(euProd?.id ?? '', { name: 'EU/Prod', database: 'app' }),
      aDump(eu?.id ?? '', { name: 'EU', database: 'Prod/app' }),
      aDump(twin1?.id ?? '', { name: 'Twin' }),
      aDump(twin2?.id ?? '', { name: 'Twin' }),
    ];
    const lists = { storage_provider_id: provider.id, connections: [eu, euProd, twin1, twin2] };
    await run({ ...lists, backups: dumps.map((dump) => ({ ...dump, database_id: null })) });
    const found = await records().backups.getMany(dumps.map(({ id }) => id));
    expect(dumps.map(({ id }) => found.get(id)?.database_name)).toEqual(['app', 'Prod/app', 'app', 'app']);
    const connections = [
      ...(await records().connections.getMany(lists.connections.map((one) => one?.id ?? ''))).values(),
    ];
    const stray = aDump(eu?.id ?? '', { name: 'EU/Prod', database: 'app' });
    const { tally } = await scan(
      provider,
      connections,
      [...dumps, stray].map(({ storage_path }) => storage_path),
    );
    expect(tally.counts).toEqual({ listed: 5, registered: 0, filled: 4, known: 0, foreign: 0, skipped: 1 });
    expect(tally.skipped).toEqual([
      { connection_name: 'EU', reason: 'the key may belong to any of the connections EU, EU/Prod', objects: 1 },
    ]);
  });
});

describe('a connection that Jagad changed', () => {
  it('is reported with each earlier backup, whose restores must name a target', async () => {
    const connection = jagads({ updated_at: '2026-11-15T00:00:00Z' });
    const before = aDump(connection.id);
    const after = aDump(connection.id, { created_at: '2026-11-16T00:00:00Z' });
    const { warnings } = await run({ connections: [connection], backups: [before, after] });
    expect(warnings.map(({ id }) => id)).toEqual([connection.id, before.id]);
    await expect(plansFor(before.id)).rejects.toThrow('Jagad changed the connection Shared');
    expect(await plansFor(after.id)).toHaveLength(1);
  });

  it('is reported if its address has changed since the last import', async () => {
    const connection = jagads();
    const dump = aDump(connection.id);
    await run({ connections: [connection], backups: [dump] });
    const moved = { ...connection, host: 'b', updated_at: undefined, created_at: undefined };
    const { connections, warnings } = await run({ connections: [moved], backups: [dump] });
    expect(connections).toEqual({ created: 0, known: 1 });
    expect(warnings[0]).toEqual({
      id: connection.id,
      reason: expect.stringContaining('moved it from a:5432 to b:5432'),
    });
    expect(await records().connections.get(connection.id)).toMatchObject({ host: 'a', jagad_address: 'b:5432' });
    await expect(plansFor(dump.id)).rejects.toThrow('Jagad changed the connection');
  });
});

describe('storage providers', () => {
  const store = (id: string, bucket: string) => ({
    ...{ id, name: bucket, provider_type: 'minio', endpoint: 'store:9000', bucket, access_key: 'k', path_style: true },
  });

  it('are imported from Jagad, and each backup keeps the one in its record', async () => {
    const [primary, archive] = [randomUUID(), randomUUID()];
    const connection = jagads();
    const dumps = [primary, archive].map((storage_provider_id) => aDump(connection.id, { storage_provider_id }));
    const buckets = { storage_providers: [store(primary, `p-${primary}`), store(archive, `a-${archive}`)] };
    const lists = { ...buckets, connections: [connection], backups: dumps };
    const first = await run(lists);
    expect(first).toMatchObject({
      storage_providers: { created: 2, known: 0 },
      skipped: [],
      toVerify: [],
    });
    for (const dump of dumps) {
      expect(await records().backups.get(dump.id)).toMatchObject({ storage_provider_id: dump.storage_provider_id });
    }
    expect(await run(lists)).toMatchObject({ storage_providers: { created: 0, known: 2 }, warnings: [], skipped: [] });
    // another part doesn't verify it either, before the key is set
    const more = (id: string) => ({ ...lists, backups: [aDump(connection.id, { storage_provider_id: id })] });
    expect((await run(more(primary))).toVerify).toEqual([]);
    await records().storageProviders.update(primary, { secret_key_set: true });
    expect((await run(more(primary))).toVerify).toEqual([primary]);
  });

  it('that exist under another id are matched by bucket or by hand, and the match is kept', async () => {
    const [jagadId, other] = [randomUUID(), randomUUID()];
    const bucket = `b-${jagadId}`;
    const ours = aProvider({ bucket, endpoint: 'https://store:9000' });
    const second = aProvider({ bucket: `s-${jagadId}` });
    await records().storageProviders.put(ours);
    await records().storageProviders.put(second);
    const connection = jagads();
    const dumps = [jagadId, other].map((storage_provider_id) => aDump(connection.id, { storage_provider_id }));
    const lists = { storage_providers: [store(jagadId, bucket)], connections: [connection], backups: dumps };
    const first = await run({ ...lists, storage_provider_id: ours.id });
    expect(first.storage_providers).toEqual({ created: 0, known: 1 });
    expect(first.skipped).toEqual([{ id: dumps[1]?.id, reason: expect.stringContaining(`"${other}"`) }]);
    const mapped = await run({ ...lists, storage_providers: [], providers: { [other]: second.id } });
    expect(mapped).toMatchObject({ backups: { created: 1, known: 1 }, skipped: [] });
    const kept = await run({ connections: [connection], backups: dumps });
    expect(kept).toMatchObject({ backups: { known: 2 }, skipped: [] });
    expect((await records().backups.get(dumps[1]?.id ?? ''))?.storage_provider_id).toBe(second.id);
  });

  it('that were matched wrongly are corrected, and the object is checked again', async () => {
    const [wrong, right] = [aProvider({ bucket: randomUUID() }), aProvider({ bucket: randomUUID() })];
    await records().storageProviders.put(wrong);
    await records().storageProviders.put(right);
    const connection = jagads();
    const dump = aDump(connection.id, { storage_provider_id: randomUUID() });
    await run({ storage_provider_id: wrong.id, connections: [connection], backups: [dump] });
    expect(await records().backups.get(dump.id)).toMatchObject({ storage_provider_id: wrong.id });
    await records().backups.update(dump.id, { verify_status: 'failed', object_bytes: 5 });
    const providers = { [dump.storage_provider_id ?? '']: right.id };
    const { backups, warnings } = await run({ providers, connections: [connection], backups: [dump] });
    expect(backups).toMatchObject({ corrected: 1 });
    expect(warnings).toEqual([{ id: dump.id, reason: expect.stringContaining('corrected: its storage provider was') }]);
    expect(await records().backups.get(dump.id)).toMatchObject({
      ...{ storage_provider_id: right.id, verify_status: 'pending', object_bytes: null },
    });
  });
});

describe('record by record', () => {
  it('an unreadable record does not block the others', async () => {
    const good = jagads();
    const long = jagads({ name: 'x'.repeat(201) });
    const dump = aDump(good.id);
    const { connections, backups, skipped } = await run({
      connections: [long, good, { name: 'no id' }],
      backups: [dump, { ...aDump(good.id), status: 'exploded' }, aDump(long.id)],
    });
    expect([connections.created, backups.created]).toEqual([1, 1]);
    expect(skipped.map(({ id }) => id)).toEqual([
      long.id,
      'number 3 of the list',
      expect.any(String),
      expect.any(String),
    ]);
    expect(skipped[0]?.reason).toContain('name');
    expect(skipped.at(-1)?.reason).toContain('import the connections too');
  });

  it('backups that Jagad marked as failed or removed are reported and kept', async () => {
    const connection = jagads();
    const [failed, dropped, kept] = [aDump(connection.id), aDump(connection.id), aDump(connection.id)];
    const lists = { connections: [connection], backups: [failed, dropped, kept] };
    await run(lists);
    const marked = { ...failed, status: 'failed' };
    const now = { connections: [connection], backups: [marked, kept], listed_ids: [failed.id, kept.id] };
    const { backups, warnings } = await run(now);
    expect(backups).toMatchObject({ corrected: 1, known: 1 });
    expect(warnings).toEqual([
      { id: failed.id, reason: 'corrected: its status was success, and is now failed, as Jagad says' },
      { id: dropped.id, reason: expect.stringContaining('no longer lists') },
    ]);
    expect(await records().backups.get(failed.id)).toMatchObject({ status: 'failed' });
    expect(await records().backups.get(dropped.id)).toMatchObject({
      status: 'success',
      warnings: [expect.stringContaining('no longer lists')],
    });
    // listed again
    await run(lists);
    expect(await records().backups.get(dropped.id)).toMatchObject({ warnings: [] });
  });

  it('a backup listed as running for days is reported, and a later import ends it', async () => {
    const connection = jagads();
    const dump = aDump(connection.id, { database_id: null });
    const running = {
      ...dump,
      status: 'running',
      storage_path: '',
      database_id: randomUUID(),
      completed_at: undefined,
    };
    const lists = { connections: [{ ...connection, databases: [{ id: running.database_id, db_name: 'app' }] }] };
    const first = await run({ ...lists, backups: [running] });
    expect(first.warnings).toEqual([{ id: dump.id, reason: expect.stringMatching(/running for \d+ days/) }]);
    expect(await records().backups.get(dump.id)).toMatchObject({ database_name: 'app', storage_path: '' });
    await run({ ...lists, backups: [dump] });
    expect(await records().backups.get(dump.id)).toMatchObject({ status: 'success', storage_path: dump.storage_path });
  });

  it('what a person set is kept, and the contradiction is reported', async () => {
    const [connection, mine] = [jagads(), aConnection()];
    await records().connections.put(mine);
    const dump = aDump(connection.id);
    await records().backups.put(
      aBackup({ id: dump.id, connection_id: mine.id, connection_source: 'you', storage_path: dump.storage_path }),
    );
    const { warnings } = await run({ connections: [connection], backups: [dump] });
    expect(warnings[0]?.reason).toContain(`Jagad says that its connection is Shared (${connection.id})`);
    expect(await records().backups.get(dump.id)).toMatchObject({
      connection_id: mine.id,
      warnings: [expect.stringContaining('the record keeps')],
    });
  });
});
