/** A restore through the wizard, and what stops it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import { axeFindings, startBrowser, type VisitOptions, visit } from '../../support/browser.ts';
import { inLongTier } from '../../support/every-case.ts';
import { expected, fixtureBytes, type Harness, startHarness } from '../../support/harness.ts';

const PASSWORD = 'a long enough password';

let harness: Harness;
let browser: Browser;
let stopServer: () => Promise<void>;

beforeAll(async () => {
  const pages = await builtPages();
  const server = await startPostgres();
  stopServer = server.stop;
  [harness, browser] = await Promise.all([startHarness(server, { pages }), startBrowser()]);
  await harness.restore(harness.backups[0]);
});
afterAll(async () => {
  await browser?.close();
  await harness?.stop();
  await stopServer?.();
});

const open = (options: VisitOptions = { token: harness.service.token }) => visit(browser, harness.service.url, options);

describe('the restore wizard', () => {
  // other browser tests cover parts of these paths
  const itInLongTier = inLongTier(it);

  it('restores lost data after its name is typed, and only once if the response is lost', async () => {
    const [backup] = harness.backups;
    await harness.sql('shop', 'DELETE FROM sales.orders WHERE id % 2 = 0', 'DROP TABLE sales.audit CASCADE');
    const { page, faults, close } = await open();
    await page.goto(`/backups/${backup.id}`);
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('The server can be used for restores.').waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('No blockers found').waitFor();
    await page.getByText('sales.orders_2024', { exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Next' }).click();
    const name = page.getByLabel('To confirm, type the name of the database: shop');
    await name.fill('sho');
    await page.getByRole('button', { name: 'Start restore' }).click();
    await page.getByText('Type shop exactly as shown.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await name.fill('shop');

    const before = await restoresOf(backup.id);
    let tries = 0;
    await page.route('**/restore', async (route) => {
      tries += 1;
      if (tries > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Start restore' }).click();
    await page.getByRole('strong').filter({ hasText: 'The restore may have started.' }).waitFor();
    await page.getByRole('button', { name: 'Start restore' }).click();
    await page.waitForURL('**/restores/*');
    const id = page.url().split('/').at(-1) as string;
    expect(await harness.api.follow(id)).toMatchObject({ status: 'success', target_database: null });
    expect(await harness.answer('shop')).toBe(expected.postgresql.row);
    expect(await restoresOf(backup.id)).toBe(before + 1);
    expect(faults).toEqual([]);
    await close();
  });

  itInLongTier(
    'takes its form from the address, keeps it there, and asks for no word where it makes a new database',
    async () => {
      const [, backup] = harness.backups;
      const { page, close } = await open();
      await page.goto(
        `/backups/${backup.id}/restore?target_connection=${harness.connection.id}&target_database=copy&verify=recent`,
      );
      await page.getByText('The server can be used for restores.').waitFor();
      const database = page.getByLabel('Database', { exact: true });
      expect(await database.inputValue()).toBe('copy');
      await database.fill('template1');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('Template1 is a database of the server itself. Choose another name.').waitFor();
      await database.fill('copy & paste');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('No blockers found').waitFor();
      expect(new URL(page.url()).searchParams.get('target_database')).toBe('copy & paste');
      expect(await page.getByRole('radio', { name: 'Trust a verification from the last 24 hours' }).isChecked()).toBe(
        true,
      );
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('The database copy & paste is created').waitFor();
      await page.getByRole('button', { name: 'Start restore' }).click();
      await page.waitForURL('**/restores/*');
      await harness.api.follow(page.url().split('/').at(-1) as string);
      expect(await harness.answer('copy & paste')).toBe(expected.postgresql.row);
      await close();
    },
  );

  it('stops a damaged backup at its review', async () => {
    const [of] = harness.backups;
    const bytes = fixtureBytes(of.storage_path);
    bytes.writeUInt8(bytes.readUInt8(200_000) ^ 1, 200_000);
    const damaged = await harness.addBackup(of, bytes);
    const { page, close } = await open();
    await page.goto(`/backups/${damaged.id}`);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The backup is damaged', { exact: true }).waitFor();
    await page.getByText(/^DECRYPT ERROR/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('The server can be used for restores.').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('This restore is blocked').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('This restore is blocked.').first().waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Review');
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });

  itInLongTier('takes no server for the original one if it is not certain which that is', async () => {
    const { backups, connection, service } = harness;
    const guess = await harness.addBackup(backups[0], fixtureBytes(backups[0].storage_path), {
      connection_source: 'key',
    });
    const { page, faults, close } = await open();
    await page.goto(`/backups?connection_id=${connection.id}`);
    await page.getByRole('row').filter({ hasText: 'Guessed from its key' }).first().waitFor();
    await page.goto(`/backups/${guess.id}`);
    await page.getByText('is a guess from the name in its key.').waitFor();
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('This backup may be from another server').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Choose a server.', { exact: true }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Choose the target');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: /^Server/ }).click();
    await page.getByRole('option', { name: /Production PG.*Possibly the original server/ }).click();
    await page.getByText('The server can be used for restores.').waitFor();
    await page.getByLabel('Database', { exact: true }).fill('guessed');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('No blockers found').waitFor();
    // told once, at the top
    expect(await page.getByText('is a guess from the name in its key').count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('The database guessed will be created').waitFor();
    await page.getByText('This backup may be from another server').waitFor();
    await page.getByRole('button', { name: 'Start restore' }).click();
    await page.waitForURL('**/restores/*');
    const id = page.url().split('/').at(-1) as string;
    expect(await harness.api.follow(id)).toMatchObject({ status: 'success', target_connection: connection.id });
    expect(faults).toEqual([]);
    await close();

    // Jagad changes the connection while the wizard is at its review
    const [sure] = backups;
    const other = await open();
    await other.page.goto(`/backups/${sure.id}/restore`);
    await other.page.getByText('The server can be used for restores.').waitFor();
    await other.page.getByRole('button', { name: 'Next' }).click();
    await other.page.getByText('No blockers found').waitFor();
    const before = await restoresOf(sure.id);
    await service.records.connections.update(connection.id, { jagad_changed_at: new Date().toISOString() });
    await other.page.getByText('after this backup was made').first().waitFor();
    await other.page.getByRole('button', { name: 'Next' }).click();
    await other.page.getByText('Choose a server.', { exact: true }).waitFor();
    await other.page.goto(`/connections/${connection.id}`);
    await other.page.getByText("Jagad's record of this connection was changed").waitFor();
    expect(await axeFindings(other.page)).toEqual([]);
    expect(await restoresOf(sure.id)).toBe(before);
    await service.records.connections.update(connection.id, { jagad_changed_at: null });
    await other.close();
  });

  it('makes no calls for a viewer, and links back from a backup that cannot be restored', async () => {
    const [of] = harness.backups;
    const incremental = await harness.addBackup(of, Buffer.from('x'), { backup_type: 'incremental' });
    await harness.api.call('POST', '/api/users', { username: 'viewer', password: PASSWORD, role: 'viewer' });
    const { body } = await harness.api.call('POST', '/api/auth/login', { username: 'viewer', password: PASSWORD });
    const asViewer = await open({ token: (body as { token: string }).token });
    const calls: string[] = [];
    asViewer.page.on('request', (request) => {
      if (request.url().includes('/api/')) calls.push(new URL(request.url()).pathname);
    });
    await asViewer.page.goto(`/backups/${of.id}/restore`);
    await asViewer.page.getByText('Your role does not allow this').waitFor();
    expect(new Set(calls)).toEqual(new Set(['/api/auth/check']));
    await asViewer.close();

    const { page, close } = await open();
    await page.goto(`/backups/${incremental.id}/restore`);
    await page.getByText('The tool that made it is unknown: import it again, or choose a full backup.').waitFor();
    await page.getByRole('button', { name: 'Back to the backup' }).click();
    await page.getByRole('heading', { name: 'Restores of this backup' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });
});

async function restoresOf(backupId: string): Promise<number> {
  return ((await harness.api.call('GET', `/api/restores?backup_id=${backupId}`)).body as unknown[]).length;
}
