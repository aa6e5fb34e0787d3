/** `npm run screenshots`: every page, light and dark, wide and narrow, of a service with the demo's data in it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtPages } from '../../lib/infra/pages/build.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { runDemo, startDemoServers } from '../../lib/local/demo/demo.ts';
import { ensurePackages } from '../../lib/local/packages.ts';
import { startLocalService } from '../../lib/local/service.ts';
import { settled, startBrowser, visit } from '../support/browser.ts';
import { addRecoveryPlan, pageAddresses } from './page-addresses.ts';

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: 'dist/screenshots' }, only: { type: 'string', default: '' } },
});
const LOOKS = [
  { look: 'light', width: 1280, dark: false },
  { look: 'dark', width: 1280, dark: true },
  { look: 'light-narrow', width: 380, dark: false },
];

const say = (line: string) => console.log(line);
await ensurePackages(['postgresql', 'mariadb-server', 'mariadb-client', 'browser'], say);
const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-screenshots-'));
const cleanUps: (() => Promise<unknown>)[] = [];
try {
  const servers = await startDemoServers(say, (server) => cleanUps.push(() => server.stop()));
  const service = await startLocalService({ stateDirectory, port: 0, pages: await builtPages() });
  cleanUps.push(() => service.stop());
  const api = new ApiClient(service.url, service.token);
  await runDemo(service, api, servers, say);
  await addRecoveryPlan(api);
  const browser = await startBrowser();
  cleanUps.push(() => browser.close());
  mkdirSync(options.out, { recursive: true });
  const addresses = [{ name: 'sign-in', address: '/', signedIn: false }].concat(
    (await pageAddresses(api)).map(({ page, address }) => ({ name: nameOf(page.path), address, signedIn: true })),
  );
  for (const { name, address, signedIn } of addresses) {
    if (!name.includes(options.only)) continue;
    for (const { look, ...how } of LOOKS) {
      const { page, close } = await visit(browser, service.url, {
        ...how,
        inTest: false,
        ...(signedIn ? { token: service.token } : {}),
      });
      await page.goto(address);
      await settled(page);
      await page.screenshot({ path: join(options.out, `${name}-${look}.png`) });
      await close();
    }
    say(`${name}: ${address}`);
  }
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  rmSync(stateDirectory, { recursive: true, force: true });
}

/** `/backups/:id/restore` → `backups-id-restore`. */
function nameOf(path: string): string {
  return path === '/' ? 'home' : path.slice(1).replaceAll('/', '-').replaceAll(':', '');
}
