/** Sessions as a user sees them, and the size of the pages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import { axeFindings, startBrowser, type VisitOptions, visit } from '../../support/browser.ts';
import { type Harness, startHarness } from '../../support/harness.ts';

const USER = { username: 'night.shift', password: 'a long enough password' };
const KB = 1000;

let harness: Harness;
let browser: Browser;
let pages: string;
let stopServer: () => Promise<void>;

beforeAll(async () => {
  pages = await builtPages();
  const server = await startPostgres();
  stopServer = server.stop;
  [harness, browser] = await Promise.all([startHarness(server, { pages }), startBrowser()]);
  await harness.api.call('POST', '/api/users', { ...USER, role: 'operator' });
});
afterAll(async () => {
  await browser?.close();
  await harness?.stop();
  await stopServer?.();
});

const open = (options?: VisitOptions) => visit(browser, harness.service.url, options);

describe('signing in', () => {
  it('comes first, says why it is refused, and leads to the requested page', async () => {
    const { page, faults, close } = await open();
    await page.goto('/backups');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your password.').waitFor();
    await page.getByLabel('User name').fill(USER.username);
    await page.getByLabel('Password').fill('another password');
    await page.keyboard.press('Enter');
    await page.getByText('You are not signed in').waitFor();
    await page.getByLabel('Password').fill(USER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Backups', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/backups');
    await page.getByRole('row').filter({ hasText: 'shop' }).first().waitFor();
    expect(faults).toEqual([]);

    await page.getByRole('button', { name: `Account of ${USER.username}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await close();
  });

  it('comes again when the session ends, over the page, which stays', async () => {
    const { page, close } = await open();
    await page.goto('/backups');
    await page.getByLabel('User name').fill(USER.username);
    await page.getByLabel('Password').fill(USER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('row').filter({ hasText: 'shop' }).first().waitFor();
    // typed, and not yet submitted
    const filter = page.getByRole('combobox', { name: 'Filter backups' });
    await filter.fill('half a wo');

    const [{ id = '' } = {}] = (
      (await harness.api.call('GET', '/api/users')).body as { id: string; username: string }[]
    ).filter(({ username }) => username === USER.username);
    await harness.api.call('PUT', `/api/users/${id}`, { password: `${USER.password} 2` });
    // as when the user comes back to the window: otherwise the next request for the list would notice, some seconds
    // later
    await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel('Password').fill(`${USER.password} 2`);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await filter.inputValue()).toBe('half a wo');
    await close();
  });
});

describe('the size of what is loaded', () => {
  /** Gzipped bytes of scripts and styles that a page requests. */
  async function weigh(path: string, token?: string): Promise<number> {
    const { page, close } = await open(token === undefined ? {} : { token });
    const loaded = new Set<string>();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (/\.(js|css)$/.test(pathname)) loaded.add(pathname);
    });
    await page.goto(path, { waitUntil: 'networkidle' });
    await page
      .getByRole('heading', { level: token === undefined ? 2 : 1 })
      .first()
      .waitFor();
    await close();
    expect(loaded.size).toBeGreaterThan(1);
    return [...loaded].reduce((sum, file) => sum + gzipSync(readFileSync(join(pages, file))).length, 0);
  }

  it('is below 220 kB for signing in, and below 485 kB for the backups', async () => {
    expect(await weigh('/')).toBeLessThan(220 * KB);
    expect(await weigh('/backups', harness.service.token)).toBeLessThan(485 * KB);
  });
});
