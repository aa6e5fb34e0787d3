/** The timelines of a real repository with a promoted copy, and restores along each. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { RecoveryWindow } from '../../lib/backups/physical/recovery-window.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { registerServer } from '../../lib/local/demo/register.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService } from '../../lib/local/service.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { everyCase, inLongTier } from '../support/every-case.ts';
import { runSql } from '../support/harness.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import {
  type ArchivingServer,
  CIPHER_PASS,
  PLAIN,
  SEALED,
  type SourceServer,
  startSource,
} from '../support/physical/pgbackrest-repository.ts';
import { adminClient, startService } from '../support/service.ts';

/** A copy was promoted and archives into the same repository while production goes on: the same ids have other rows. */
const HISTORY = 'main/15-1/00000002.history';

type Along = readonly [point: 'a transaction' | 'a restore point' | 'a time' | 'the end', timeline: 1 | 2];
/** What follows the copy's timeline and production's. */
const ALONG = everyCase<Along>(
  [
    ['a transaction', 2],
    ['the end', 1],
  ],
  [
    ['a transaction', 1],
    ['a restore point', 1],
    ['a time', 1],
    ['the end', 2],
  ],
);

describe('pgBackRest with a second timeline', () => {
  let stateDirectory: string;
  let service: LocalService;
  let api: ApiClient;
  let source: SourceServer;
  let promoted: ArchivingServer;
  let target: RunningServer;
  let target_connection: string;
  /** Before the copy, and two on timeline 2. */
  let before: Backup;
  let sealed: Backup;
  /** The transaction id of row 3 in production, which is also that of row 100 in the copy. */
  let xid: string;
  let beforeFour: string;
  let last1: string;
  let last2: string;

  const windowOf = async (backup: Backup) =>
    (await api.call('GET', `/api/backups/${backup.id}/recovery-window`)).body as RecoveryWindow;
  const clock = async () => {
    const [row] = await source.sql(
      undefined,
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
    );
    return String(row?.now);
  };
  const insert = async (server: ArchivingServer, id: number) => {
    const [row] = await server.sql('shop', `INSERT INTO t VALUES (${id}) RETURNING pg_current_xact_id()::text AS xid`);
    return String(row?.xid);
  };
  const ask = (backup: Backup, request: object, path = '') =>
    api.call('POST', `/api/backups/${backup.id}/restore${path}`, { target_connection, ...request });
  let count = 0;
  /** The restored rows, and the restore's record. */
  const restored = async (backup: Backup, request: object) => {
    const to = `shop_${count++}`;
    const { status, body } = await ask(backup, { databases: [{ from: 'shop', to }], ...request });
    expect([status, body]).toMatchObject([201, {}]);
    const restore = await api.follow((body as Restore).id);
    expect(restore).toMatchObject({ status: 'success' });
    const [row] = await runSql(target, to, ['SELECT array_agg(id ORDER BY id) AS ids FROM t']);
    return { ids: row?.ids, restore };
  };
  const cipherPassIs = (connection: string, cipher_pass: string) =>
    service.secrets.set(service.secretNames.cipherPass(connection), JSON.stringify({ cipher_pass }));
  /** The backups that a repository has now, in their order. */
  const imported = async (repo: 1 | 2, storage_path: string, connection_id: string): Promise<Backup[]> => {
    const info = [{ connection_id, storage_path, info: await source.info(repo) }];
    const body = { storage_provider_id: source.provider.id, pgbackrest_info: info };
    expect(await api.call('POST', '/api/backups/import', body)).toMatchObject({ status: 200 });
    const all = (await api.call('GET', `/api/backups?connection_id=${connection_id}`)).body as Backup[];
    return all.toSorted((a, b) => String(a.label).localeCompare(String(b.label)));
  };

  beforeAll(async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
    service = await startService({ stateDirectory });
    api = adminClient(service);
    [source, target] = await Promise.all([startSource(), startPostgres()]);
    await source.sql(undefined, 'CREATE DATABASE shop');
    await source.sql('shop', 'CREATE TABLE t (id int)', 'INSERT INTO t VALUES (1)');
    await source.backup(1, 'full');
    await source.backup(2, 'full');
    await insert(source, 2);
    await source.archiveWal();
    promoted = await source.promoteCopy();
    const ofCopy = await insert(promoted, 100);
    await promoted.sql(undefined, "SELECT pg_create_restore_point('release')");
    await promoted.archiveWal();
    xid = await insert(source, 3);
    expect(xid).toBe(ofCopy);
    await source.sql(undefined, "SELECT pg_create_restore_point('release')");
    beforeFour = await clock();
    await insert(source, 4);
    await new Promise((resolve) => setTimeout(resolve, 1000)); // stores report the time of archiving in whole seconds
    last1 = await source.archiveWal();
    await insert(promoted, 101);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    last2 = await promoted.archiveWal();

    ({ id: target_connection } = await registerServer(service, target, { id: randomUUID(), name: 'its target' }));
    const { provider } = source;
    await service.records.storageProviders.put({ ...provider, is_default: false });
    const secret = JSON.stringify({ secret_key: LOCAL_CREDENTIALS.secretAccessKey });
    service.secrets.set(service.secretNames.storageProvider(provider.id), secret);
    const ofPlain = await registerServer(service, source.server, { id: randomUUID(), name: 'forked' });
    const ofSealed = await registerServer(service, source.server, { id: randomUUID(), name: 'forked and sealed' });
    cipherPassIs(ofSealed.id, CIPHER_PASS);
    [before] = (await imported(1, PLAIN, ofPlain.id)) as [Backup];
    [sealed] = (await imported(2, SEALED, ofSealed.id)) as [Backup];
  });
  afterAll(async () => {
    await service?.stop();
    await Promise.all([source?.stop(), target?.stop()]);
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  it('shows each with its fork and its end', async () => {
    for (const backup of [before, sealed]) {
      const window = await windowOf(backup);
      expect(window).toMatchObject({
        ...{ complete: true, timeline: null },
        timelines: [
          { timeline: 1, parent: null, fork_lsn: null, last_segment: last1, goes_on: true, problem: null },
          {
            ...{ timeline: 2, parent: 1, fork_reason: 'no recovery target specified', last_segment: last2 },
            ...{ goes_on: true, problem: null, fork_lsn: expect.stringMatching(/^0\/[0-9A-F]+$/) },
          },
        ],
      });
      const [one, two] = window.timelines;
      expect(Date.parse(String(two?.latest))).toBeGreaterThan(Date.parse(String(one?.latest)));
      expect(Date.parse(String(two?.promoted_at))).toBeGreaterThan(Date.parse(String(window.earliest)));
    }
  });

  type Point = readonly [kind: Along[0], request: () => object | Promise<object>];
  const POINTS = everyCase<Point>(
    [
      ['a transaction', () => ({ transaction_id: xid })],
      ['the end', async () => ({ point_in_time: (await windowOf(before)).latest })],
    ],
    [
      ['a restore point', () => ({ restore_point: 'release' })],
      ['a time', () => ({ point_in_time: beforeFour })],
    ],
  );
  it.each(POINTS)('needs a choice: %s', async (_, point) => {
    const asked = { databases: [{ from: 'shop', to: 'never' }], ...(await point()) };
    const refusal = {
      error: expect.stringMatching(
        /^2 timelines continue after this backup: timeline 1, .*; timeline 2, which left timeline 1 at 0\//,
      ),
      hint: expect.stringContaining('Send "timeline": 1 or "timeline": 2'),
    };
    expect(await ask(before, asked)).toMatchObject({ status: 422, body: refusal });
    const preview = await ask(before, asked, '/preview');
    expect(preview).toMatchObject({
      status: 200,
      body: { obstacles: [expect.stringMatching(/^2 timelines continue .*Send "timeline": 1 or "timeline": 2/)] },
    });
  });

  it.each(ALONG)('is followed to %s along timeline %i', async (point, timeline) => {
    const { asked, ids } = await pointOf(point, timeline);
    const result = await restored(before, { ...asked, timeline });
    expect(result.ids).toEqual(ids);
    expect(result.restore.recovery).toMatchObject({
      ...{ timeline, reached: expect.stringContaining(`timeline ${timeline}, `) },
    });
    expect(result.restore.log_output).toContain(`RECOVER: timeline ${timeline}, `);
  });
  const pointOf = async (point: Along[0], timeline: Along[1]): Promise<{ asked: object; ids: number[] }> => {
    const last = timeline === 1 ? 3 : 100;
    switch (point) {
      case 'a transaction':
        return { asked: { transaction_id: xid }, ids: [1, 2, last] };
      case 'a restore point':
        return { asked: { restore_point: 'release' }, ids: [1, 2, last] };
      case 'a time':
        return { asked: { point_in_time: beforeFour }, ids: [1, 2, last] };
      case 'the end':
        return { asked: { point_in_time: await endOf(timeline) }, ids: [1, 2, last, last + 1] };
    }
  };
  const endOf = async (timeline: number) =>
    (await windowOf(before)).timelines.find((one) => one.timeline === timeline)?.latest;

  it('is read in an encrypted repository', async () => {
    expect((await restored(sealed, { transaction_id: xid, timeline: 2 })).ids).toEqual([1, 2, 100]);
    cipherPassIs(sealed.connection_id, 'wrong');
    const window = await windowOf(sealed);
    cipherPassIs(sealed.connection_id, CIPHER_PASS);
    expect(window.timelines[1]?.problem).toMatch(/^00000002.history cannot be read: /);
    expect(window.timeline).toBeNull();
  });

  it('does not matter for the state of the backup itself', async () => {
    const asItIs = await ask(before, { databases: [{ from: 'shop', to: 'never' }] }, '/preview');
    expect(asItIs).toMatchObject({ status: 200, body: { obstacles: [] } });
    expect(await ask(before, { databases: [{ from: 'shop', to: 'never' }], timeline: 2 })).toMatchObject({
      ...{ status: 422, body: { error: 'timeline is given without a point' } },
    });
  });

  it('is refused if the archive has none with that number', async () => {
    const asked = { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid };
    expect(await ask(before, { ...asked, timeline: 7 })).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('the archive has no timeline 7 after it') },
    });
    expect(await ask(before, { ...asked, timeline: 0 })).toMatchObject({ status: 400 });
  });

  it.each([
    ['missing', (work: () => Promise<void>) => source.withoutObject(HISTORY, work), 'is not in the archive'],
    ['empty', (work: () => Promise<void>) => source.withObjectOf(HISTORY, '', work), 'cannot be read: '],
    ['cut off', (work: () => Promise<void>) => source.withObjectOf(HISTORY, '1\t0/', work), 'is damaged'],
  ] as const)('is not guessed if its history is %s', async (_, change, problem) => {
    await change(async () => {
      expect(await windowOf(before)).toMatchObject({
        timeline: null,
        timelines: [{ problem: null }, { problem: expect.stringContaining(`00000002.history ${problem}`) }],
      });
      const asked = { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid };
      const refusal = { status: 422, body: { error: expect.stringContaining(`00000002.history ${problem}`) } };
      expect(await ask(before, { ...asked, timeline: 2 })).toMatchObject(refusal);
      expect(await ask(before, asked)).toMatchObject(refusal);
      expect(await ask(before, { ...asked, timeline: 1 }, '/preview')).toMatchObject({ body: { obstacles: [] } });
    });
  });

  it('is followed by default if the old one ended at the fork, and the record names it', async () => {
    await source.withoutObject(last1, async () => {
      expect(await windowOf(before)).toMatchObject({
        timeline: 2,
        timelines: [{ goes_on: false }, { goes_on: true }],
      });
      const { ids, restore } = await restored(before, { transaction_id: xid });
      expect(ids).toEqual([1, 2, 100]);
      expect(restore.recovery).toMatchObject({
        timeline: 2,
        reached: expect.stringMatching(/^timeline 2, after commit/),
      });
    });
  });

  inLongTier(it)('is the only one from a backup that was made on it, or in production after the fork', async () => {
    // made with the promoted copy
    await promoted.backup(1, 'full');
    const ofCopy = (await imported(1, PLAIN, before.connection_id)).at(-1) as Backup;
    expect(ofCopy.wal_stop).toMatch(/^00000002/);
    await insert(promoted, 102);
    await promoted.archiveWal();
    const { timeline, timelines } = await windowOf(ofCopy);
    expect([timeline, timelines.map((one) => one.timeline)]).toEqual([2, [2]]);
    const xid102 = await insert(promoted, 103);
    await promoted.archiveWal();
    const { ids, restore } = await restored(ofCopy, { transaction_id: xid102 });
    expect(ids).toEqual([1, 2, 100, 101, 102, 103]);
    expect(restore.recovery?.timeline).toBe(2);

    await source.backup(1, 'full');
    const ofProduction = (await imported(1, PLAIN, before.connection_id)).at(-1) as Backup;
    expect(ofProduction.wal_stop).toMatch(/^00000001/);
    await insert(source, 5);
    await source.archiveWal();
    const after = await windowOf(ofProduction);
    expect(after).toMatchObject({
      timeline: 1,
      timelines: [
        { problem: null },
        { problem: expect.stringMatching(/^timeline 2 left timeline 1 at .* before the backup ended/) },
      ],
    });
    expect(
      await ask(ofProduction, { databases: [{ from: 'shop', to: 'never' }], transaction_id: xid, timeline: 2 }),
    ).toMatchObject({
      status: 422,
      body: {
        error: expect.stringContaining('timeline 2 left timeline 1 at'),
        hint: expect.stringContaining('"timeline": 1'),
      },
    });
  });
});
