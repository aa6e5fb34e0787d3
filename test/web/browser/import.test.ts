/** An administrator imports what a running Jagad lists, or lists that were saved. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import type { Connection } from '../../../lib/connections/model.ts';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import type { ApiClient } from '../../../lib/local/demo/api-client.ts';
import type { LocalService } from '../../../lib/local/service.ts';
import type { JagadAnswer } from '../../../web/src/pages/import/import-answers.ts';
import { axeFindings, startBrowser, visit } from '../../support/browser.ts';
import { inLongTier } from '../../support/every-case.ts';
import { type JagadServer, startJagad } from '../../support/jagad-server.ts';
import { adminClient, startService } from '../../support/service.ts';
import { clientWithRole } from '../../support/sessions.ts';

const recordedFile = (name: string) => fileURLToPath(new URL(`../../fixtures/jagad-real/api/${name}`, import.meta.url));

const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
let service: LocalService;
let api: ApiClient;
let jagad: JagadServer;
let browser: Browser;

beforeAll(async () => {
  const pages = await builtPages();
  [service, jagad, browser] = await Promise.all([
    startService({ stateDirectory, pages }),
    startJagad(),
    startBrowser(),
  ]);
  api = adminClient(service);
  await api.call('PUT', '/api/settings', { verify_new_backups: false });
});
afterAll(async () => {
  await browser?.close();
  await jagad?.stop();
  await service?.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

async function using(address: string, use: (page: Page) => Promise<void>, token = service.token) {
  const { page, faults, close } = await visit(browser, service.url, { token });
  await page.goto(address);
  await use(page);
  expect(faults).toEqual([]);
  await close();
}
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
/** The values of the result, by their labels. */
async function counts(page: Page): Promise<Record<string, string>> {
  const pairs = await page.locator('dl').first().locator('dt, dd').allTextContents();
  return Object.fromEntries(pairs.flatMap((text, index) => (index % 2 === 0 ? [[text, pairs[index + 1] ?? '']] : [])));
}

it('reads everything that a running Jagad lists, reports each record that matters, and keeps no password', async () => {
  await using('/', async (page) => {
    await page.getByRole('link', { name: 'Import from Jagad' }).click();
    await page.getByRole('heading', { name: 'Import from Jagad', level: 1 }).waitFor();
    await click(page, 'Import');
    await says(page, 'Enter a value.');
    expect(await page.evaluate('document.activeElement.name')).toBe('url');
    await page.getByLabel('Address').fill('http://10.0.0.7:8080');
    await says(page, 'This address is not encrypted');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByLabel('Address').fill(jagad.url);
    await page.getByLabel('Jagad password').fill('wrong');
    await click(page, 'Import');
    await says(page, 'Jagad refuses the user or the password');
    await says(page, 'Check both by signing in to Jagad in a browser.');
    await page.getByLabel('Jagad password').fill(jagad.password);
    await click(page, 'Import');
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    expect(await counts(page)).toMatchObject({ 'New storage providers': '2', 'New connections': '11' });
    const listed = (await allBackups()).length;
    expect(await counts(page)).toMatchObject({ 'New backups': String(listed), 'Backups already known': '0' });
    const skipped = listed === 130 ? 0 : await rowsIn(page, 'Not imported');
    expect(listed + skipped).toBe(130);
    await says(page, 'Give each of the 11 new connections its password');
    await says(page, 'Give each of the 2 new storage providers its secret key');
    expect(await axeFindings(page)).toEqual([]);

    // a connection that was edited in Jagad, and a backup from before
    const toLookAt = page.getByRole('grid', { name: 'To review' });
    await page.getByLabel('Search: To review').fill('may be from another server');
    await toLookAt.getByRole('row').nth(1).waitFor();
    await toLookAt
      .getByText(/^Backup/)
      .first()
      .waitFor();
    expect(await toLookAt.getByRole('row').count()).toBeLessThanOrEqual(11);
    await page.getByLabel('Search: To review').fill('no such thing');
    await says(page, 'Nothing matches.');
    await page.getByLabel('Search: To review').fill('Connection');
    expect(await axeFindings(page)).toEqual([]);

    // the credentials are gone
    expect(await page.getByLabel('Jagad password').inputValue()).toBe('');
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, location.href])',
    );
    expect(kept).not.toContain(jagad.password);
    expect(await page.content()).not.toContain(jagad.password);
    await page.getByRole('link', { name: 'See the backups' }).click();
    await page.getByRole('heading', { name: 'Backups', level: 1 }).waitFor();
  });
});

it('changes nothing the second time, with a token, and links the records that it names', async () => {
  const before = await allBackups();
  await using('/backups', async (page) => {
    await click(page, 'Import from Jagad');
    await page.getByLabel('Address').fill(jagad.url);
    await page.getByRole('radio', { name: /^Token/ }).check();
    await page.getByLabel('Jagad token').fill(jagad.signIn());
    await click(page, 'Import');
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    const known = { 'New connections': '0', 'New backups': '0', 'Backups corrected': '0', 'Backups completed': '0' };
    expect(await counts(page)).toMatchObject({ ...known, 'Backups already known': String(before.length) });
    const table = page.getByRole('grid', { name: 'To review' });
    await page.getByLabel('Search: To review').fill('it was made before Jagad changed');
    const link = table.getByRole('link').first();
    const name = await link.textContent();
    await link.click();
    await says(page, 'This backup may be from another server');
    await page.getByRole('heading', { name: name?.split(' on ')[0] ?? '', level: 1 }).waitFor();
  });
  expect(await allBackups()).toEqual(before);
});

inLongTier(it)('goes on until nothing is left, and says how far it is', async () => {
  await using('/import', async (page) => {
    let calls = 0;
    const bodies: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/api/backups/import-from-jagad', async (route) => {
      bodies.push(route.request().postData() ?? '');
      if (++calls === 2) await held;
      const response = await route.fetch();
      const answer = (await response.json()) as JagadAnswer;
      // as if the first call had run out of time
      const { known } = answer.backups;
      if (calls === 1) answer.backups = { ...answer.backups, known: known - 30, left: 30 };
      await route.fulfill({ response, json: answer });
    });
    await page.getByLabel('Address').fill(jagad.url);
    await page.getByLabel('Jagad password').fill(jagad.password);
    await click(page, 'Import');
    await says(page, '100 of 130 backups');
    expect(await axeFindings(page)).toEqual([]);
    release();
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    expect(calls).toBe(2);
    expect(bodies[1]).toBe(bodies[0]);
    expect(await counts(page)).not.toHaveProperty('Backups not reached');
  });
});

inLongTier(it)('takes lists that were saved, a file for each page of backups', async () => {
  const [first] = await allBackups();
  await api.call('DELETE', `/api/backups/${first?.id}`);
  await using('/connections', async (page) => {
    await click(page, 'Import from Jagad');
    await page.getByRole('radio', { name: /^From files/ }).check();
    await click(page, 'Import');
    await says(page, 'Choose a file first.');
    const [providers, connections, backups] = [0, 1, 2].map((nth) => page.locator('input[type=file]').nth(nth));
    await connections?.setInputFiles(recordedFile('login-wrong.json'));
    await click(page, 'Import');
    await says(page, "The file login-wrong.json contains no list: save Jagad's response unchanged.");
    await page.getByRole('button', { name: 'Remove login-wrong.json' }).click();
    await providers?.setInputFiles(recordedFile('storage-providers.json'));
    await connections?.setInputFiles(recordedFile('connections.json'));
    await backups?.setInputFiles(['', '-offset-100'].map((page) => recordedFile(`backups-limit-100${page}.json`)));
    await click(page, 'Import');
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    expect(await counts(page)).toMatchObject({
      ...{ 'Storage providers already known': '2', 'Connections already known': '11', 'New backups': '1' },
    });
    expect(await axeFindings(page)).toEqual([]);
  });
});

it('is for administrators', async () => {
  const operator = await clientWithRole(service, 'operator');
  await using(
    '/backups',
    async (page) => {
      const button = page.getByRole('button', { name: 'Import from Jagad' });
      await button.waitFor();
      expect(await button.getAttribute('aria-disabled')).toBe('true');
      await page.goto('/import');
      await says(page, 'Your role does not allow this');
    },
    operator.token,
  );
});

async function allBackups(): Promise<Backup[]> {
  const found: Backup[] = [];
  for (const { id } of (await api.call('GET', '/api/connections?limit=200')).body as Connection[]) {
    found.push(...((await api.call('GET', `/api/backups?connection_id=${id}&limit=200`)).body as Backup[]));
  }
  return found;
}

/** What the heading of a table counts. */
async function rowsIn(page: Page, title: string): Promise<number> {
  const heading = await page.getByRole('heading', { name: title }).textContent();
  return Number(/\((\d+)\)/.exec(heading ?? '')?.[1]);
}
