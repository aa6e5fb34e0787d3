/** Every page in every look, as each role sees it. */
import { expect, it } from 'vitest';
import { ROLES } from '../../../lib/accounts/roles.ts';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { report } from '../../long/campaign.ts';
import { findingsOfPages, startBrowser, visit } from '../../support/browser.ts';
import { startHarness } from '../../support/harness.ts';
import { startServer } from '../../support/servers.ts';
import { clientWithRole } from '../../support/sessions.ts';
import { addRecoveryPlan, pageAddresses } from '../page-addresses.ts';

it('every page is accessible, in every look and role', async () => {
  const server = await startServer('postgresql');
  if (server === undefined) throw new Error('no PostgreSQL');
  const [harness, browser] = await Promise.all([
    builtPages().then((pages) => startHarness(server, { pages })),
    startBrowser(),
  ]);
  try {
    await harness.restore(harness.backups[0]);
    await addRecoveryPlan(harness.api);
    const addresses = (await pageAddresses(harness.api)).map(({ address }) => address);
    for (const role of ROLES) {
      const { token } = await clientWithRole(harness.service, role);
      const { page, faults, close } = await visit(browser, harness.service.url, { token });
      expect(await findingsOfPages(page, addresses, 'all'), role).toEqual([]);
      expect(faults, role).toEqual([]);
      await close();
    }
    report({ name: `pages, in 4 looks and ${ROLES.length} roles each`, count: addresses.length, failed: [] });
  } finally {
    await browser.close();
    await harness.stop();
    await server.stop();
  }
}, 1_800_000);
