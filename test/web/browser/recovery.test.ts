/** Restores of physical backups through the pages: the recovery window, the wizard to its last step, and the result. */
import { randomUUID } from 'node:crypto';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import { concurrently } from '../../../lib/backups/scan/concurrently.ts';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { putObject } from '../../../lib/local/demo/register.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { axeFindings, findingsOfPages, startBrowser, type VisitOptions, visit } from '../../support/browser.ts';
import { inLongTier } from '../../support/every-case.ts';
import { type Harness, startHarness } from '../../support/harness.ts';
import { aBackup, aConnection, aRestore } from '../../support/records.ts';

const FIXTURES = new URL('../../fixtures/pgbackrest/', import.meta.url);
const REPOSITORY = 'pgbackrest/Production PG/main';
const NEWEST_WAL = '2026-11-21T09:30:12.000Z';
const segment = (low: string) => `0000000100000000000000${low}`;

let harness: Harness;
let browser: Browser;
let stopServer: () => Promise<void>;
let full: Backup;
let increment: Backup;
let orphan: Backup;
let copy: Backup;
/** As Jagad records an archive: incremental, and of no known parent. */
let unread: Backup;
/** Of one request. */
let restores: [Restore, Restore];

beforeAll(async () => {
  const pages = await builtPages();
  const server = await startPostgres();
  stopServer = server.stop;
  [harness, browser] = await Promise.all([startHarness(server, { pages }), startBrowser()]);
  await putRepository();
  const { records } = harness.service;
  const mariadb = aConnection({ db_type: 'mariadb', name: 'Shop MariaDB' });
  await records.connections.put(mariadb);
  const common: Partial<Backup> = {
    ...{ engine: 'pgbackrest', connection_id: harness.connection.id, storage_path: REPOSITORY, stanza: 'main' },
    ...{ database_name: 'main', server_version: '15', created_at: '2026-11-21T02:00:00.000Z' },
  };
  full = aBackup({
    ...{ ...common, label: '20261122-211621F', completed_at: '2026-11-21T01:00:00.000Z', from_lsn: '0/2000028' },
    ...{ wal_start: segment('02'), wal_stop: segment('02') },
  });
  increment = aBackup({
    ...{ ...common, label: '20261122-211621F_20261122-211625I', backup_type: 'incremental', parent_id: full.id },
    ...{ completed_at: '2026-11-21T02:00:00.000Z', from_lsn: '0/4000028' },
    ...{ wal_start: segment('04'), wal_stop: segment('04') },
  });
  const later = {
    ...{ ...increment, id: randomUUID(), label: '20261122-211621F_20261122-211629I', parent_id: increment.id },
    ...{ completed_at: '2026-11-21T06:00:00.000Z', created_at: '2026-11-21T06:00:00.000Z' },
  };
  orphan = { ...increment, id: randomUUID(), parent_id: randomUUID() };
  copy = aBackup({
    ...{ engine: 'mariabackup', db_type: 'mariadb', connection_id: mariadb.id, completed_at: NEWEST_WAL },
    storage_path: 'mariabackup/Shop MariaDB/full.tar.gz',
  });
  const archive = readFileSync(new URL('../jagad-real/objects/mariabackup-slash.tar.gz', FIXTURES));
  unread = {
    ...{ ...copy, id: randomUUID(), backup_type: 'incremental' },
    storage_path: 'mariabackup/Shop MariaDB/unread.tar.gz',
  };
  await putObject(harness.service, copy.storage_path, Buffer.from('x'));
  await putObject(harness.service, unread.storage_path, archive);
  for (const backup of [full, increment, later, orphan, copy, unread]) await records.backups.put(backup);
  restores = restoresOf(increment);
  for (const restore of restores) await records.restores.put(restore);
});
afterAll(async () => {
  await browser?.close();
  await harness?.stop();
  await stopServer?.();
});

/** The files of a real repository by their names: the window is told by them, and nothing reads them. */
async function putRepository(): Promise<void> {
  const keys = readFileSync(new URL('keys.txt', FIXTURES), 'utf8').trim().split('\n');
  await concurrently(keys, 10, (key) => putObject(harness.service, `${REPOSITORY}/${key}`, Buffer.from('x')));
  const newest = keys.find((key) => key.includes(`/${segment('0C')}-`));
  const { bucket } = harness.service.bucket.provider;
  const object = join(harness.stateDirectory, 's3', bucket, REPOSITORY, `${newest}._S3rver_object`);
  utimesSync(object, new Date(NEWEST_WAL), new Date(NEWEST_WAL));
}

function restoresOf({ id: backup_id }: Backup): [Restore, Restore] {
  const restore_ids = [randomUUID(), randomUUID()];
  const target = { kind: 'time', time: '2026-11-21T07:15:00.000Z' } as const;
  const timings = { download_ms: 12_300, prepare_ms: 4_100, replay_ms: 65_000, load_ms: null };
  const [shop, crm] = ['shop', 'crm'].map((source_database, index) =>
    aRestore({
      ...{ id: restore_ids[index] as string, backup_id, target_database: `${source_database}_restored` },
      progress: { stage: 'restoring', bytes_done: 1, bytes_total: 2 },
      recovery: { restore_ids, source_database, target, timeline: 2, reached: 'the last commit before 07:15', timings },
    }),
  );
  return [shop as Restore, crm as Restore];
}

const open = (options: VisitOptions = {}) =>
  visit(browser, harness.service.url, { token: harness.service.token, ...options });

// also done by the restore wizard, or rarely needed
const itInLongTier = inLongTier(it);

describe('a physical backup', () => {
  it('that may be from another server is restored to a chosen one', async () => {
    const { records } = harness.service;
    const guess: Backup = { ...full, id: randomUUID(), connection_source: 'key' };
    await records.backups.put(guess);
    const { page, faults, close } = await open();
    await page.goto(`/backups/${guess.id}/restore?from=shop&to=copy`);
    await page.getByText('The backup itself').first().waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('This backup may be from another server').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Choose a server.', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: /^Server/ }).click();
    await page.getByRole('option', { name: /Production PG.*Possibly the original server/ }).click();
    await page.getByText('The server can be used for restores.').waitFor();
    const sent = page.waitForRequest('**/restore/preview');
    await page.getByRole('button', { name: 'Next' }).click();
    expect((await sent).postDataJSON()).toMatchObject({ target_connection: harness.connection.id });
    await page.getByRole('heading', { name: 'Review', level: 1 }).waitFor();
    await page.getByText('This backup may be from another server').waitFor();
    expect(faults).toEqual([]);
    await close();
    await records.backups.delete(guess.id);
  });

  it('is recovered to a point that is chosen on a timeline, up to the last step of the wizard', async () => {
    const { page, faults, close } = await open();
    await page.goto(`/backups/${increment.id}`);
    const handle = page.getByRole('slider', { name: 'Point in time' });
    const time = page.getByLabel('Your time (UTC+01:00)');
    const utc = page.getByLabel('The same time in UTC');
    expect(await handle.getAttribute('aria-valuetext')).toBe('about 2026-11-21 10:30:12');
    await page.getByText('A later backup is closer to the chosen time').waitFor();
    await page.getByRole('link', { name: full.label as string, exact: true }).waitFor();

    await handle.press('Home');
    expect(await time.inputValue()).toBe('2026-11-21 03:00:00');
    await handle.press('ArrowRight');
    await handle.press('ArrowRight');
    expect(await handle.getAttribute('aria-valuetext')).toBe('2026-11-21 03:02:00');
    expect(await utc.inputValue()).toBe('2026-11-21 02:02:00');
    await handle.press('End');
    expect(await utc.inputValue()).toBe('2026-11-21 09:30:12');
    await utc.fill('2026-11-21 01:00');
    await page.getByText('Choose an older backup.').filter({ visible: true }).waitFor();
    expect(await utc.getAttribute('aria-invalid')).toBe('true');
    const restore = page.getByRole('button', { name: 'Restore to this point' });
    expect(await restore.getAttribute('aria-disabled')).toBe('true');
    await time.fill('2026-11-21 03:15:30');
    expect(await handle.getAttribute('aria-valuetext')).toBe('2026-11-21 03:15:30');

    await restore.click();
    await page.getByRole('heading', { name: 'Choose the point', level: 1 }).waitFor();
    expect(await utc.inputValue()).toBe('2026-11-21 02:15:30');
    await page.getByRole('radio', { name: 'A transaction' }).check();
    await page.getByLabel('Transaction id').fill('7x');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Must be a transaction id').waitFor();
    await page.getByRole('radio', { name: 'A point in time' }).check();
    expect(await time.inputValue()).toBe('2026-11-21 03:15:30');
    await page.getByRole('button', { name: 'Next' }).click();

    const from = page.getByRole('textbox', { name: 'Database in the backup' });
    await from.fill('shop');
    await page.getByRole('button', { name: 'Add database' }).click();
    await from.nth(1).fill('shop');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Two databases have the target name shop_restored.').waitFor();
    await page.getByRole('textbox', { name: 'Restored as' }).nth(1).fill('shop_again');
    expect(await axeFindings(page)).toEqual([]);
    await page.waitForURL(/point_in_time=2026-11-21T02%3A15%3A30\.000Z/);
    await page.waitForURL(/from=shop&to=shop_restored&from=shop&to=shop_again/);

    await page.reload();
    await page.getByText('Nothing is replayed').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.getByRole('textbox', { name: 'Restored as' }).nth(1).inputValue()).toBe('shop_again');
    await page.getByText('The server can be used for restores.').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('No blockers found').waitFor();
    await page.getByText('shop as shop_again').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('None of them exist yet, so nothing is overwritten.').waitFor();
    expect(await page.getByRole('button', { name: 'Start restore' }).isEnabled()).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });

  itInLongTier('after which several timelines continue is recovered along the chosen one', async () => {
    const repository = 'pgbackrest/Production PG/forked';
    const archive = `${repository}/archive/main/15-1`;
    const wal = (timeline: number, low: string) =>
      `${archive}/0000000${timeline}00000000/0000000${timeline}0000000000000${low}-${'ab'.repeat(20)}.gz`;
    const keys = [wal(1, '002'), wal(1, '003'), wal(1, '004'), wal(2, '004'), wal(2, '005')];
    keys.push(`${repository}/backup/main/${full.label}/backup.manifest`);
    for (const key of keys) await putObject(harness.service, key, Buffer.from('x'));
    const history = Buffer.from('1\t0/4000000\tno recovery target specified\n');
    await putObject(harness.service, `${archive}/00000002.history`, history);
    const forked: Backup = { ...full, id: randomUUID(), storage_path: repository, to_lsn: '0/2000100' };
    await harness.service.records.backups.put(forked);

    const { page, faults, close } = await open();
    await page.goto(`/backups/${forked.id}`);
    await page.getByText('At 0/4000000 of timeline 1 (no recovery target specified)').waitFor();
    await page.getByText('Several timelines continue after this backup. Choose the one').waitFor();
    const restore = page.getByRole('button', { name: 'Restore to this point' });
    expect(await restore.getAttribute('aria-disabled')).toBe('true');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('radio', { name: 'Timeline 2' }).check();
    await restore.click();
    await page.getByRole('heading', { name: 'Choose the point', level: 1 }).waitFor();
    await page.waitForURL(/timeline=2/);
    expect(await page.getByRole('radio', { name: 'Timeline 2' }).isChecked()).toBe(true);
    await page.getByRole('radio', { name: 'A transaction' }).check();
    await page.getByLabel('Transaction id').fill('742');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('textbox', { name: 'Database in the backup' }).fill('shop');
    await page.getByText('The server can be used for restores.').waitFor();
    const sent = page.waitForRequest('**/restore/preview');
    await page.getByRole('button', { name: 'Next' }).click();
    expect((await sent).postDataJSON()).toMatchObject({ transaction_id: '742', timeline: 2 });
    await page.getByText('Timeline', { exact: true }).first().waitFor();
    await page.getByText('No blockers found').waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  itInLongTier('asks for the name of what it overwrites', async () => {
    await harness.sql(undefined, 'CREATE DATABASE taken');
    const { page, close } = await open();
    await page.goto(`/backups/${increment.id}/restore?from=shop&to=taken`);
    await page.getByText('Nothing is replayed').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('The server can be used for restores.').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('No blockers found').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('To confirm, type the name of the database: taken').fill('take');
    await page.getByRole('button', { name: 'Start restore' }).click();
    await page.getByText('Type taken exactly as shown.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });

  it('says what it lacks, and stops there', async () => {
    const { page, close } = await open();
    await page.goto(`/backups/${orphan.id}`);
    await page.getByText('This backup cannot be assembled').waitFor();
    await page.getByText(`Backup ${orphan.parent_id}, which backup ${orphan.label} builds on`).waitFor();
    await page.goto(`/backups/${orphan.id}/restore`);
    await page.getByText('This backup cannot be assembled').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Choose the point');

    await page.goto(`/backups/${copy.id}`);
    await page.getByText('This backup can only be restored as it is, not to a later point').waitFor();
    await page.goto(`/backups/${copy.id}/restore`);
    expect(await page.getByRole('radio', { name: 'The backup itself' }).isChecked()).toBe(true);
    expect(await page.getByRole('radio', { name: 'A GTID' }).isDisabled()).toBe(true);
    await page.getByText("Set the connection's binlog_prefix").first().waitFor();
    await close();
  });
});

describe('an unread archive', () => {
  it('may be restored as it is, and is described correctly after it is verified', async () => {
    const { page, faults, close } = await open();
    await page.goto(`/backups/${unread.id}/restore`);
    await page.getByText('This backup has not been read yet', { exact: true }).waitFor();
    expect(await page.getByRole('radio', { name: 'The backup itself' }).isChecked()).toBe(true);
    expect(await page.getByRole('radio', { name: 'A GTID' }).isDisabled()).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Choose databases and target', level: 1 }).waitFor();

    await page.goto(`/backups/${unread.id}`);
    await page.getByText('This backup has not been read yet', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('This backup can only be restored as it is, not to a later point').waitFor();
    await page.getByText('0 to 44878').waitFor();
    await page.getByText('10.11.19-MariaDB-0+deb12u1-log').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });
});

it('a restore says how its database was extracted, and what stops with it', async () => {
  const [shop, crm] = restores;
  const { page, faults, close } = await open();
  await page.goto(`/restores/${shop.id}`);
  await page.getByText('the last commit before 07:15').waitFor();
  await page.getByText('On timeline 2').waitFor();
  await page.getByText('1 min 5 s').waitFor();
  await page.getByRole('button', { name: 'Cancel restore' }).click();
  await page.getByText('so another one stops with it: crm_restored').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Let it run' }).click();
  await page.getByRole('link', { name: 'crm_restored' }).click();
  await page.waitForURL(`**/restores/${crm.id}`);
  await page.getByRole('link', { name: 'shop_restored' }).waitFor();
  expect(faults).toEqual([]);
  await close();
});

it('its pages are accessible', async () => {
  const { page, faults, close } = await open();
  const addresses = [
    `/backups/${increment.id}`,
    `/backups/${orphan.id}`,
    `/backups/${increment.id}/restore?point_in_time=2026-11-21T07:15:00Z`,
    `/restores/${restores[0].id}`,
  ];
  expect(await findingsOfPages(page, addresses)).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});
