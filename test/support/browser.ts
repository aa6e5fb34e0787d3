/** A real Chromium that opens the pages of a running service. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { findCommand } from '../../lib/engines/programs/find-binaries.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FAILED_PAGES = fileURLToPath(new URL('../../dist/failed-pages/', import.meta.url));
/** How long a response may take on a busy machine. */
const PATIENCE_MS = 30_000;

const LOOK_AGAIN_MS = 100;
const HEIGHT = 900;

const FLAGS = [
  // root cannot have one, and the pages are our own
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface VisitOptions {
  width?: number;
  dark?: boolean;
  /** Already signed in with this session's token. */
  token?: string;
  /** False outside a test: then no picture of a failure is kept. */
  inTest?: boolean;
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** Hidden failures: errors of scripts, refusals by the content security policy, requests to other origins. */
  faults: string[];
  close(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = await findCommand('chromium-headless-shell');
  if (executablePath === undefined) throw new Error('chromium-headless-shell is not on the PATH');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Opens a service's pages in a browser profile of their own. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1280, dark = false, token, inTest = true } = options;
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: HEIGHT },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(PATIENCE_MS);
  if (token !== undefined) await context.addCookies([{ name: 'session', value: token, url, httpOnly: true }]);
  // an error that a script catches itself is reported nowhere else
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('refused:', event.violatedDirective, event.blockedURI))",
  );
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(`console: ${text}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !/^(data|blob):/.test(request.url()))
      faults.push(`request: ${request.url()}`);
  });
  if (inTest) keepPictureOfFailure(page);
  return { page, context, faults, close: () => context.close() };
}

/** Closes the page with the test that opened it; if the test has failed, what the page shows is kept. */
function keepPictureOfFailure(page: Page): void {
  onTestFinished(async ({ task }) => {
    if (page.isClosed()) return;
    if (task.result?.state === 'fail') {
      const name = task.fullName.replaceAll(/[^\w.-]+/g, '-').slice(-120);
      const path = join(FAILED_PAGES, `${name}-${randomUUID().slice(0, 4)}.png`);
      await page.screenshot({ path, fullPage: true, timeout: PATIENCE_MS });
      console.log(`a picture of the page: ${path}`);
    }
    await page.context().close();
  });
}

/** Waits until a page has loaded: it has a heading, and nothing on it says that it is loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  while ((await page.getByText(/^(Loading|Logging in) /).count()) > 0) await page.waitForTimeout(LOOK_AGAIN_MS);
  // what has to scroll is known, and can be reached by keyboard, once it has been laid out
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))',
  );
}

/** What axe-core finds on the page: each broken rule, with its place. */
export async function axeFindings(page: Page): Promise<string[]> {
  // by evaluation, as the content security policy lets no other script in
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.filter(({ html }) => !isOfCloudscape(id, html)).map(({ target }) => `${id} (${help}): ${target.join(' ')}`),
  );
}

interface Look {
  width: number;
  colorScheme: 'light' | 'dark';
}
const BY_TURNS: Look[] = [
  { width: 1280, colorScheme: 'light' },
  { width: 380, colorScheme: 'dark' },
];
const LOOKS: Look[] = [...BY_TURNS, { width: 1280, colorScheme: 'dark' }, { width: 380, colorScheme: 'light' }];

/**
 * Accessibility findings of pages. Each page is checked in one look, alternately wide and light or narrow and dark, or
 * in every look, as in `npm run test:long`.
 */
export async function findingsOfPages(
  page: Page,
  addresses: Iterable<string>,
  looks: 'by turns' | 'all' = 'by turns',
): Promise<string[]> {
  const found: string[] = [];
  for (const [index, address] of [...addresses].entries()) {
    await page.goto(address);
    for (const { width, colorScheme } of looks === 'all' ? LOOKS : [BY_TURNS[index % BY_TURNS.length] as Look]) {
      await page.setViewportSize({ width, height: HEIGHT });
      await page.emulateMedia({ colorScheme });
      await settled(page);
      const findings = await axeFindings(page);
      if (await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth'))
        findings.push('is wider than the window');
      found.push(...findings.map((finding) => `${address}, ${width} px, ${colorScheme}: ${finding}`));
    }
  }
  return found;
}

/**
 * The toolbar of AppLayout on a narrow screen is a `nav` with `aria-orientation`: set by itself, and not configurable.
 */
function isOfCloudscape(rule: string, html: string): boolean {
  return rule === 'aria-allowed-attr' && /^<nav [^>]*aria-orientation=/.test(html);
}
