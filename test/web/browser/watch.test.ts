/** What an operator does besides the wizard: verify, watch a restore, stop one; and what a viewer sees. */
import { buffer } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../../lib/accounts/roles.ts';
import type { Backup } from '../../../lib/backups/model.ts';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import { startMariadb } from '../../../lib/local/servers/mariadb.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { RESTORE_STATES } from '../../../lib/restores/execution/states.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { findingsOfPages, startBrowser, type Visit, visit } from '../../support/browser.ts';
import { addDump, backUp } from '../../support/dumps.ts';
import { inLongTier } from '../../support/every-case.ts';
import { type Harness, startHarness } from '../../support/harness.ts';
import { clientWithRole } from '../../support/sessions.ts';
import { addRecoveryPlan, pageAddresses } from '../page-addresses.ts';

/** Rows of a kibibyte that gzip cannot shrink much: enough for a restore that takes two seconds. */
const BIG_ROWS = 25_000;

let harness: Harness;
let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
  server = await startMariadb();
  [harness, browser] = await Promise.all([
    builtPages().then((pages) => startHarness(server, { pages })),
    startBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await harness?.stop();
  await server?.stop();
});

/** The pages, as someone with a role who is signed in. */
async function open(role: Role): Promise<Visit> {
  const { token } = await clientWithRole(harness.service, role);
  return visit(browser, harness.service.url, { token });
}

const rowOf = (page: Page, { id }: Backup) =>
  page.getByRole('row').filter({ has: page.locator(`a[href="/backups/${id}"]`) });

/** Goes through the wizard that is open; `name` confirms what is overwritten. */
async function finishWizard(page: Page, name?: string): Promise<void> {
  await page.getByText('The server can be used for restores.').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('heading', { name: 'Verification' }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  const start = page.getByRole('button', { name: 'Start restore' });
  await start.waitFor();
  if (name !== undefined) {
    await start.click();
    await page.getByText(`Type ${name} exactly as shown.`).waitFor();
    await page.getByLabel(/^To confirm, type the name/).fill(name);
  }
  await start.click();
  await page.waitForURL('**/restores/*');
}

describe('an operator', () => {
  it('verifies a backup from the list', async () => {
    const [backup] = harness.backups;
    const { page, faults, close } = await open('operator');
    await page.goto('/backups');
    const row = rowOf(page, backup);
    await row.getByText('Not verified').waitFor();
    await row.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Verify' }).click();
    await row.getByText('Verified', { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  it('sees the progress, and cancels if a server holds it up', async () => {
    await harness.sql(undefined, 'CREATE DATABASE big');
    await harness.sql(
      'big',
      'CREATE TABLE filler (id INT PRIMARY KEY, noise VARBINARY(1024))',
      `INSERT INTO filler SELECT seq, RANDOM_BYTES(1000) FROM seq_1_to_${BIG_ROWS}`,
    );
    const backup = await backUp(harness, 'big');
    const { page, close } = await open('operator');
    await page.goto(`/backups/${backup.id}/restore?target_database=big_copy`);
    await finishWizard(page);
    const bar = page.getByRole('progressbar');
    const seen = new Set<string>();
    while ((await page.getByText('RESTORE: OK').count()) === 0) {
      seen.add((await bar.getAttribute('value', { timeout: 100 }).catch(() => null)) ?? 'none');
      await page.waitForTimeout(100);
    }
    seen.delete('none');
    expect(seen.size).toBeGreaterThan(1);
    expect(await harness.sql('big_copy', 'SELECT count(*) AS n FROM filler')).toEqual([{ n: BIG_ROWS }]);

    const holder = await openSession(server, 'big_copy');
    await holder.rows('LOCK TABLES filler READ');
    await page.goto(`/backups/${backup.id}/restore?target_database=big_copy`);
    await finishWizard(page, 'big_copy');
    await page.getByText(RESTORE_STATES.pipeline, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel restore' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this restore?' });
    await dialog.getByRole('button', { name: 'Cancel restore' }).click();
    await page.getByText('The restore was cancelled').waitFor();
    await holder.end();
    const [restore] = (await harness.api.call('GET', '/api/restores?limit=1')).body as {
      status: string;
      cancelled_by: string;
    }[];
    expect(restore).toMatchObject({ status: 'cancelled', cancelled_by: 'some.operator' });
    await close();
  });

  it('sees the state of each table after a failed restore', async () => {
    await harness.sql(undefined, 'CREATE DATABASE torn');
    const tables = ['first', 'second', 'third'].flatMap((name) => [
      `CREATE TABLE ${name} (id INT PRIMARY KEY)`,
      `INSERT INTO ${name} VALUES (1)`,
    ]);
    await harness.sql('torn', ...tables);
    const dump = (await buffer(openDump(server, 'torn'))).toString();
    const twice = dump.replace(/(INSERT INTO `second` VALUES\s*)\(1\)/, '$1(1),(1)');
    const backup = await addDump(harness, twice, 'torn');
    const { body } = await harness.api.call('POST', `/api/backups/${backup.id}/restore`, {});
    const some = (...names: string[]) => ({ count: names.length, names });
    const restore = await harness.api.follow((body as Restore).id);
    expect(restore).toMatchObject({
      status: 'failed',
      target_state: 'incomplete',
      tables: { complete: some('first'), incomplete: some('second'), untouched: some('third') },
    });
    const listed = (await harness.api.call('GET', '/api/restores?limit=1')).body;
    expect(listed).toMatchObject([{ id: restore.id, tables: null }]);

    const { page, faults, close } = await open('operator');
    await page.goto(`/restores/${restore.id}`);
    await page.getByRole('heading', { name: 'Tables in the target' }).waitFor();
    await page.getByText('Incomplete or missing: 1 table', { exact: true }).waitFor();
    await page.getByText('second', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Not touched: 1 table' }).click();
    await page.getByText('third', { exact: true }).filter({ visible: true }).waitFor();
    if (process.env.SHOT !== undefined) await page.screenshot({ path: process.env.SHOT, fullPage: true });
    expect(faults).toEqual([]);
    await close();
  });

  it('is named to a viewer as the one to ask', async () => {
    const [backup] = harness.backups;
    const { page, close } = await open('viewer');
    await page.goto('/backups');
    await rowOf(page, backup).getByRole('checkbox').check();
    const restore = page.getByRole('button', { name: 'Restore', exact: true });
    expect(await restore.getAttribute('aria-disabled')).toBe('true');
    await restore.hover();
    const reason = page.getByText('Your role, viewer, may not do this. Ask someone with the role operator.');
    await reason.filter({ visible: true }).first().waitFor();
    await page.goto(`/backups/${backup.id}/restore`);
    await page.getByText('Your role does not allow this').waitFor();
    await page.goto('/users');
    await page.getByText('You are signed in as viewer; this page is for the role admin.').waitFor();
    await close();
  });
});

it('the dry run of a recovery plan says what a run would meet, and touches nothing', async () => {
  await addRecoveryPlan(harness.api);
  const { page, faults, close } = await open('operator');
  await page.goto('/recovery-plans');
  await page.getByRole('link', { name: 'Weekly rehearsal' }).click();
  await page.getByText('Manual start only').waitFor();
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.waitForURL('**/recovery-plan-runs/*');
  await page.getByRole('row').filter({ hasText: 'rehearsal' }).getByText('Done', { exact: true }).waitFor();
  expect(await harness.sql(undefined, "SHOW DATABASES LIKE 'rehearsal'")).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});

inLongTier(it)('a run of a plan that failed before any restore began stands on the first page', async () => {
  await addRecoveryPlan(harness.api, { name: 'For nothing', database: 'never_backed_up' });
  const { page, faults, close } = await open('viewer');
  await page.goto('/');
  await page.getByRole('link', { name: 'Dry run of For nothing' }).click();
  await page.waitForURL('**/recovery-plan-runs/*');
  await page.getByRole('row').filter({ hasText: 'never_backed_up' }).getByText('Failed', { exact: true }).waitFor();
  expect(faults).toEqual([]);
  await close();
});

inLongTier(it)('the pages follow the colours of the system, until the reader chooses', async () => {
  const { page, close } = await open('viewer');
  await page.goto('/');
  const toggle = (mode: string) => page.getByRole('button', { name: `Use the ${mode} colours` });
  const isDark = () => page.evaluate<boolean>("document.body.classList.contains('awsui-dark-mode')");
  await toggle('dark').waitFor();
  expect(await isDark()).toBe(false);
  await page.emulateMedia({ colorScheme: 'dark' });
  await toggle('light').waitFor();
  expect(await isDark()).toBe(true);
  await toggle('light').click();
  await toggle('dark').waitFor();
  expect(await isDark()).toBe(false);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await toggle('dark').waitFor();
  expect(await isDark()).toBe(false);
  await close();
});

it('every page is accessible', async () => {
  const { token } = harness.service;
  const { page, faults, close } = await visit(browser, harness.service.url, { token });
  await addRecoveryPlan(harness.api);
  const addresses = (await pageAddresses(harness.api)).map(({ address }) => address);
  expect(await findingsOfPages(page, addresses)).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});
