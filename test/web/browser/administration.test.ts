/** Connections, storage, keys, users and the audit log as an administrator sees them, and what others see of them. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPages } from '../../../lib/infra/pages/build.ts';
import { putObject } from '../../../lib/local/demo/register.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import type { RecoveryPlan } from '../../../lib/plans/model.ts';
import { axeFindings, startBrowser, type Visit, visit } from '../../support/browser.ts';
import { inLongTier } from '../../support/every-case.ts';
import { fixtureBytes, type Harness, startHarness } from '../../support/harness.ts';
import { clientWithRole } from '../../support/sessions.ts';

const PASSWORD = 'a long enough password';

let harness: Harness;
let browser: Browser;
let stopServer: () => Promise<void>;

beforeAll(async () => {
  const pages = await builtPages();
  const server = await startPostgres();
  stopServer = server.stop;
  [harness, browser] = await Promise.all([startHarness(server, { pages }), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await harness?.stop();
  await stopServer?.();
});

/** Opens a page as an administrator, and checks it against every rule once it has been used. */
async function using(address: string, use: (page: Page) => Promise<void>, token = harness.service.token) {
  const opened: Visit = await visit(browser, harness.service.url, { token });
  await opened.page.goto(address);
  await use(opened.page);
  expect(opened.faults).toEqual([]);
  await opened.close();
}
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).first().waitFor();
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

describe('connections', () => {
  it('are checked, tested and saved as they were typed, and changed', async () => {
    const { server } = harness;
    await using('/connections', async (page) => {
      await page.getByRole('row').filter({ hasText: 'Production PG' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await click(page, 'Add connection');
      await heading(page, 'Add connection');

      await page.getByLabel('Port').fill('70000');
      await click(page, 'Add connection');
      await says(page, 'Must be 65535 or less.');
      expect(await page.getByText('Enter a value.').count()).toBe(4);
      expect(await page.evaluate('document.activeElement.name')).toBe('name');
      expect(await axeFindings(page)).toEqual([]);

      await page.getByLabel('Name', { exact: true }).fill('Staging');
      await page.getByLabel('Host').fill(server.host);
      await page.getByLabel('Port').fill(String(server.port));
      await page.getByLabel('User name').fill(server.username);
      await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
      await click(page, 'Test');
      await says(page, /password authentication failed|Check username and password/);
      await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
      await says(page, 'The settings have changed since this test');
      await click(page, 'Test');
      await says(page, 'The server can be used for restores.');
      expect(await axeFindings(page)).toEqual([]);
      expect((await harness.api.call('GET', '/api/connections')).body).toHaveLength(1);

      await click(page, 'Add connection');
      await heading(page, 'Staging');
      await says(page, 'The connection Staging was saved.');
      await click(page, 'Edit');
      await heading(page, 'Edit Staging');
      await page.getByRole('radio', { name: /^disable/ }).check();
      await page.getByLabel('Host').fill('localhost');
      // the stored password is for another host
      expect(await page.getByRole('button', { name: 'Test' }).getAttribute('aria-disabled')).toBe('true');
      await says(page, 'Type the password again');
      await click(page, 'Save');
      await says(page, 'Enter a value.');
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
      await click(page, 'Save');
      await says(page, 'localhost:');
      await click(page, 'Test');
      await says(page, 'The server can be used for restores.');
      await says(page, 'Not encrypted');
      expect(await axeFindings(page)).toEqual([]);
      await click(page, 'Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await says(page, 'The connection Staging was deleted.');
    });
  });

  inLongTier(it)('that have backups stay, and say why', async () => {
    await using(`/connections/${harness.connection.id}`, async (page) => {
      await click(page, 'Delete');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await dialog.getByText('has backups, such as').waitFor();
      await dialog.getByText('Remove the records of its backups first').waitFor();
      expect(await axeFindings(page)).toEqual([]);
    });
    await using(`/connections/${crypto.randomUUID()}`, (page) => says(page, 'No such connection'));
  });
});

describe('storage providers', () => {
  it('are added, tested with the typed values, and made the default', async () => {
    const { provider, secretKey } = harness.service.bucket;
    await using('/storage-providers/new', async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Copy');
      await page.getByRole('button', { name: /^Type/ }).click();
      await page.getByRole('option', { name: 'MinIO' }).click();
      await page.getByLabel('Bucket', { exact: true }).fill(provider.bucket);
      await page.getByLabel('Access key', { exact: true }).fill(provider.access_key ?? '');
      await page.getByLabel('Secret key').fill(secretKey);
      await click(page, 'Test');
      await says(page, 'Is needed with provider_type minio.');
      await page.getByLabel('Endpoint').fill(provider.endpoint ?? '');
      await click(page, 'Test');
      await says(page, 'Objects can be read');
      expect(await axeFindings(page)).toEqual([]);
      await click(page, 'Add storage provider');
      await heading(page, 'Copy');
      await click(page, 'Set as default');
      await says(page, 'Copy is now the default storage provider.');
      await harness.api.call('POST', `/api/storage-providers/${provider.id}/set-default`);
      await click(page, 'Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await says(page, 'The storage provider Copy was deleted.');
    });
  });

  it('are scanned, and report what was skipped', async () => {
    const { service } = harness;
    await putObject(service, 'backups/Nobody/shop/one-20261122-010000.sql.gz', Buffer.from('x'));
    const renamed = 'copies/shop.gz';
    await putObject(service, renamed, fixtureBytes(harness.backups[1].storage_path));
    await using(`/storage-providers/${service.bucket.provider.id}`, async (page) => {
      await click(page, 'Scan');
      await says(page, 'no connection has this name');
      await says(page, 'Done');
      expect(await axeFindings(page)).toEqual([]);
      await page.reload();
      await says(page, 'no connection has this name');

      await page.getByLabel('Path in the bucket').fill(renamed);
      await click(page, 'Register');
      await says(page, 'The object was not registered');
      await page.getByRole('button', { name: /^Connection/ }).click();
      await page.getByRole('option', { name: 'Production PG' }).click();
      await page.getByLabel(/^Database/).fill('shop');
      await click(page, 'Register');
      await says(page, 'the backup of shop');
      expect(await page.getByLabel('Path in the bucket').inputValue()).toBe('');
    });
  });
});

describe("a backup's record", () => {
  it('is confirmed, corrected and removed', async () => {
    const [of] = harness.backups;
    const guess = await harness.addBackup(of, fixtureBytes(of.storage_path), {
      ...{ connection_source: 'key', warnings: ['Jagad no longer lists this backup: its object may be gone'] },
    });
    await using(`/backups/${guess.id}`, async (page) => {
      await says(page, 'This backup may be from another server');
      await says(page, 'Guessed from its key');
      await says(page, 'Jagad no longer lists this backup: its object may be gone.');
      expect(await axeFindings(page)).toEqual([]);
      await click(page, 'Confirm or correct');
      const dialog = page.getByRole('dialog', { name: 'Confirm or correct the record' });
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('Nothing has changed yet.').first().waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await dialog.getByRole('button', { name: /^Connection/ }).click();
      await page.getByRole('option', { name: /Production PG \(current\)/ }).click();
      await dialog.getByLabel('Database').fill('shop_of_2026');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await says(page, 'The record now says: shop_of_2026 on Production PG.');
      await says(page, 'Set by hand');
      expect(await page.getByText('This backup may be from another server').count()).toBe(0);
      expect((await harness.api.call('GET', `/api/backups/${guess.id}`)).body).toMatchObject({
        ...{ connection_source: 'you', database_name: 'shop_of_2026', storage_path: guess.storage_path },
      });

      await click(page, 'Record');
      await page.getByRole('menuitem', { name: 'Remove the record' }).click();
      const removing = page.getByRole('dialog', { name: 'Remove the record?' });
      await removing.getByText('The object stays in storage.').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await removing.getByRole('button', { name: 'Remove the record' }).click();
      await says(page, 'The record of the backup of shop_of_2026 was removed.');
      expect(new URL(page.url()).pathname).toBe('/backups');
    });
    expect((await harness.api.call('GET', `/api/backups/${guess.id}`)).status).toBe(404);
  });

  inLongTier(it)('stays as it is for others than administrators', async () => {
    const operator = await clientWithRole(harness.service, 'operator');
    const [of] = harness.backups;
    await using(
      `/backups/${of.id}`,
      async (page) => {
        await says(page, "Jagad's record");
        expect(await page.getByRole('button', { name: 'Record' }).getAttribute('aria-disabled')).toBe('true');
      },
      operator.token,
    );
  });
});

describe('recovery plans', () => {
  it('are made, changed and deleted', async () => {
    await using('/recovery-plans', async (page) => {
      await click(page, 'Add recovery plan');
      await heading(page, 'Add recovery plan');
      await click(page, 'Add recovery plan');
      await says(page, 'Choose one.');
      expect(await page.evaluate('document.activeElement.name')).toBe('name');

      await page.getByLabel('Name', { exact: true }).fill('Rehearsal');
      const choose = async (within: Locator, label: string, option: string | RegExp) => {
        await within.getByRole('button', { name: new RegExp(`^${label}`) }).click();
        await page.getByRole('option', { name: option }).first().click();
      };
      const first = page.getByRole('group', { name: 'Group 1, restore 1' });
      await choose(first, 'Backed-up server', 'Production PG');
      await first.getByLabel('Backed-up database').fill('shop');
      await choose(first, 'Backup', 'A specific backup');
      await choose(first, 'Specific backup', /Verified|Not verified/);
      await choose(first, 'Target server', 'Production PG');
      await first.getByLabel('Target database').fill('rehearsal');
      await click(page, 'Add restore to group 1');
      await click(page, 'Remove restore: Group 1, restore 2');
      await click(page, 'Add group');
      const second = page.getByRole('group', { name: 'Group 2, restore 1' });
      await choose(second, 'Backed-up server', 'Production PG');
      await second.getByLabel('Backed-up database').fill('crm');
      await choose(second, 'Target server', 'Production PG');
      await click(page, 'Move group 2 up');
      await click(page, 'Add trigger');
      const trigger = page.getByRole('group', { name: 'Trigger 1' });
      await trigger.getByRole('textbox', { name: 'Schedule' }).fill('daily');
      await says(page, 'Events may not restore to Production PG');
      await click(page, 'Add recovery plan');
      await says(page, 'Write rate(6 hours), or cron(0 2 * * ? *).');
      expect(await axeFindings(page)).toEqual([]);
      await trigger.getByRole('textbox', { name: 'Schedule' }).fill('rate(1 day)');
      await click(page, 'Add recovery plan');

      await says(page, 'The recovery plan Rehearsal was saved.');
      await says(page, 'rate(1 day) (UTC)');
      const [plan] = (await harness.api.call('GET', '/api/recovery-plans')).body as RecoveryPlan[];
      expect(plan?.groups).toMatchObject([
        [{ database: 'crm', pick: { kind: 'newest_verified' }, target_database: null }],
        [{ database: 'shop', pick: { kind: 'backup' }, target_database: 'rehearsal' }],
      ]);

      await click(page, 'Edit');
      await heading(page, 'Edit Rehearsal');
      await click(page, 'Remove restore: Group 1, restore 1');
      await choose(first, 'Backup', 'The newest before a given time');
      await first.getByLabel('Made before').fill('2026-11-22 14:30');
      // another user, at the same time
      await harness.api.call('PUT', `/api/recovery-plans/${plan?.id}`, { enabled: false });
      await click(page, 'Save');
      await says(page, 'The newest before 2026-11-22T14:30:00Z');
      await says(page, 'Switched off: manual start only');
      await harness.api.call('PUT', `/api/recovery-plans/${plan?.id}`, { on_failure: 'continue' });
      await says(page, 'The other restores continue.');
      await click(page, 'Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await says(page, 'The recovery plan Rehearsal was deleted.');
    });
  });
});

it('encryption keys are added, made the default, and deleted after their name is typed', async () => {
  await using('/settings', async (page) => {
    await page.getByRole('row').filter({ hasText: 'fixtures' }).waitFor();
    await click(page, 'Add key');
    const adding = page.getByRole('dialog', { name: 'Add encryption key' });
    await adding.getByLabel('ID').fill('two words');
    await adding.getByRole('button', { name: 'Add key' }).click();
    await adding.getByText('Must contain only letters, digits, . _ -.').waitFor();
    await adding.getByLabel('ID').fill('jagad-2027');
    await adding.getByLabel('Passphrase').fill('hunter2');
    expect(await axeFindings(page)).toEqual([]);
    await adding.getByRole('button', { name: 'Add key' }).click();
    await says(page, 'The encryption key jagad-2027 was added.');
    await click(page, 'Set as default: jagad-2027');
    await says(page, 'jagad-2027 is now the default key.');
    await click(page, 'Delete: jagad-2027');
    const deleting = page.getByRole('dialog', { name: 'Delete the key jagad-2027?' });
    await deleting.getByLabel('To confirm').press('Enter');
    expect((await harness.api.call('GET', '/api/encryption-keys')).body).toHaveLength(3);
    await deleting.getByLabel('To confirm').fill('jagad-2027');
    expect(await axeFindings(page)).toEqual([]);
    await deleting.getByRole('button', { name: 'Delete' }).click();
    await says(page, 'The encryption key jagad-2027 was deleted.');

    await page.getByRole('checkbox', { name: 'Verify new backups' }).uncheck();
    await says(page, 'New backups will not be verified.');
    expect((await harness.api.call('GET', '/api/settings')).body).toMatchObject({ verify_new_backups: false });
  });
});

it('users are added, changed and deleted, and the audit log records it', async () => {
  await using('/users', async (page) => {
    await click(page, 'Add user');
    const adding = page.getByRole('dialog', { name: 'Add user' });
    await adding.getByLabel('User name').fill('night.shift');
    await adding.getByLabel('Password').fill('short');
    await adding.getByRole('button', { name: 'Add user' }).click();
    await adding.getByText('Must have at least 12 characters.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await adding.getByLabel('Password').fill(PASSWORD);
    await adding.getByRole('button', { name: 'Add user' }).click();
    await says(page, 'The user night.shift was added.');
    const act = async (name: string) => {
      await click(page, 'Actions for night.shift');
      await page.getByRole('menuitem', { name }).click();
      return page.getByRole('dialog');
    };
    const role = await act('Change role');
    await role.getByRole('radio', { name: /^Operator/ }).check();
    await role.getByRole('button', { name: 'Change role' }).click();
    await says(page, 'night.shift is now: Operator.');
    const password = await act('Reset password');
    await password.getByLabel('New password').fill(`${PASSWORD} 2`);
    await password.getByRole('button', { name: 'Reset password' }).click();
    await says(page, 'The password of night.shift was changed.');
    const removal = await act('Delete');
    await removal.getByRole('button', { name: 'Delete' }).click();
    await says(page, 'The user night.shift was deleted.');
    await page.goto('/audit');
    await page.getByRole('row').filter({ hasText: 'DELETE /api/users/{id}' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
});

it('users change their own password, and keep the session', async () => {
  const user = { username: 'own.password', password: PASSWORD };
  await harness.api.call('POST', '/api/users', { ...user, role: 'viewer' });
  const { body } = await harness.api.call('POST', '/api/auth/login', user);
  await using(
    '/account',
    async (page) => {
      await page.getByLabel('Current password').fill('wrong');
      await page.getByLabel('New password', { exact: true }).fill(`${PASSWORD} 2`);
      await page.getByLabel('Repeat the new password').fill(`${PASSWORD} 3`);
      await click(page, 'Change password');
      await says(page, 'The passwords do not match.');
      await page.getByLabel('Repeat the new password').fill(`${PASSWORD} 2`);
      await click(page, 'Change password');
      await says(page, 'The current password is wrong.');
      await page.getByLabel('Current password').fill(PASSWORD);
      await click(page, 'Change password');
      await says(page, 'Your password has been changed');
      expect(await axeFindings(page)).toEqual([]);
    },
    (body as { token: string }).token,
  );
});

it('viewers see what there is, and why they may not change it', async () => {
  const viewer = await clientWithRole(harness.service, 'viewer');
  await using(
    `/connections/${harness.connection.id}`,
    async (page) => {
      await heading(page, 'Production PG');
      for (const name of ['Delete', 'Edit', 'Test']) {
        expect(await page.getByRole('button', { name }).getAttribute('aria-disabled')).toBe('true');
      }
      expect(await axeFindings(page)).toEqual([]);
      await page.goto('/users');
      await says(page, 'Your role does not allow this');
    },
    viewer.token,
  );
});
